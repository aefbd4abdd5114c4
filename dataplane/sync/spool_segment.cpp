#include "dataplane/sync/spool_segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "contract/base/crc32c.hpp"

namespace smartroute::sync {
namespace {

constexpr std::string_view kMagic("SRSPOOL\1", 8);
constexpr std::size_t kFrameHead = 8;
constexpr std::size_t kPayloadHead = 4 + 8 + 1 + 2;   // without its names

auto storage_error(const std::filesystem::path& path, const char* doing) {
  return fail(ErrorKind::Storage, path.string() + ": " + doing + ": " + std::strerror(errno));
}

template <class Number>
void put(Number number, std::string& out) {
  for (std::size_t i = 0; i < sizeof number; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class Number>
Number number_at(std::string_view bytes) noexcept {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  return number;
}

bool write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool read_exactly(int fd, std::uint64_t offset, std::string& out) noexcept {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t n = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string payload_head(const Batch& batch) {
  std::string head;
  put<std::uint32_t>(batch.count, head);
  put<std::uint64_t>(batch.first_sequence, head);
  put<std::uint8_t>(static_cast<std::uint8_t>(batch.boot.size()), head);
  head += batch.boot;
  put<std::uint16_t>(static_cast<std::uint16_t>(batch.instance.size()), head);
  head += batch.instance;
  return head;
}

std::optional<Batch> parse_payload(std::string_view bytes) {
  if (bytes.size() < kPayloadHead) return std::nullopt;
  Batch batch;
  batch.count = number_at<std::uint32_t>(bytes);
  batch.first_sequence = number_at<std::uint64_t>(bytes.substr(4));
  const std::size_t boot = number_at<std::uint8_t>(bytes.substr(12));
  bytes.remove_prefix(13);
  if (bytes.size() < boot + 2) return std::nullopt;
  batch.boot = bytes.substr(0, boot);
  const std::size_t instance = number_at<std::uint16_t>(bytes.substr(boot));
  bytes.remove_prefix(boot + 2);
  if (bytes.size() < instance) return std::nullopt;
  batch.instance = bytes.substr(0, instance);
  batch.records = bytes.substr(instance);
  return batch;
}

// `frame` with its head. False: its sum is wrong.
bool is_intact(std::string_view frame) noexcept {
  const auto sum = crc32c(frame.substr(kFrameHead), crc32c(frame.substr(0, 4)));
  return number_at<std::uint32_t>(frame.substr(4)) == sum;
}

}  // namespace

std::uint64_t frame_size(const Batch& batch) noexcept {
  return kFrameHead + kPayloadHead + batch.boot.size() + batch.instance.size() + batch.records.size();
}

Result<SegmentWriter> SegmentWriter::create(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return storage_error(path, "cannot create");
  SegmentWriter writer(fd, kMagic.size());
  if (write_all(fd, kMagic)) return writer;
  auto error = storage_error(path, "cannot write");
  ::unlink(path.c_str());
  return error;
}

SegmentWriter::~SegmentWriter() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Frame> SegmentWriter::append(const Batch& batch) {
  const std::uint64_t size = frame_size(batch);
  if (size > kMaxFrameBytes) return fail(ErrorKind::Storage, "a batch of records is too large for the spool");
  const std::string names = payload_head(batch);
  std::string head;
  put<std::uint32_t>(static_cast<std::uint32_t>(size - kFrameHead), head);
  put<std::uint32_t>(crc32c(batch.records, crc32c(names, crc32c(head))), head);
  if (!write_all(fd_, head + names) || !write_all(fd_, batch.records)) {
    auto error = fail(ErrorKind::Storage, std::string("cannot write request records: ") + std::strerror(errno));
    [[maybe_unused]] const int cut = ::ftruncate(fd_, static_cast<off_t>(size_));   // else the reader cuts it
    return error;
  }
  const Frame frame{size_, static_cast<std::uint32_t>(size), batch.count};
  size_ += size;
  return frame;
}

Result<SegmentContent> read_segment(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return storage_error(path, "cannot open");
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return storage_error(path, "cannot stat");
  if (!S_ISREG(facts.st_mode)) return fail(ErrorKind::Storage, path.string() + " is not a regular file");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  SegmentContent content;
  std::string bytes(kMagic.size(), '\0');
  if (size < kMagic.size()) {      // its making was cut short
    content.torn = size;
    return content;
  }
  if (!read_exactly(fd.get(), 0, bytes)) return storage_error(path, "cannot read");
  if (bytes != kMagic) return fail(ErrorKind::Storage, path.string() + " is not a file of request records of this version");
  std::uint64_t at = kMagic.size();
  while (size - at >= kFrameHead) {
    bytes.resize(kFrameHead);
    if (!read_exactly(fd.get(), at, bytes)) return storage_error(path, "cannot read");
    const std::uint64_t whole = kFrameHead + std::uint64_t{number_at<std::uint32_t>(bytes)};
    if (whole > kMaxFrameBytes || whole < kFrameHead + kPayloadHead || whole > size - at) break;
    bytes.resize(whole);
    if (!read_exactly(fd.get(), at, bytes)) return storage_error(path, "cannot read");
    if (is_intact(bytes)) {
      content.frames.push_back({at, static_cast<std::uint32_t>(whole),
                                number_at<std::uint32_t>(std::string_view(bytes).substr(kFrameHead))});
    } else {
      ++content.damaged;
    }
    at += whole;
  }
  content.torn = size - at;
  if (content.torn > 0 && ::ftruncate(fd.get(), static_cast<off_t>(at)) != 0) return storage_error(path, "cannot cut");
  return content;
}

std::optional<Batch> read_batch(const std::filesystem::path& path, const Frame& frame) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  std::string bytes(frame.size, '\0');
  if (fd.get() < 0 || !read_exactly(fd.get(), frame.offset, bytes) || !is_intact(bytes)) return std::nullopt;
  return parse_payload(std::string_view(bytes).substr(kFrameHead));
}

}  // namespace smartroute::sync
