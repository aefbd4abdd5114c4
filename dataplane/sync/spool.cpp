#include "dataplane/sync/spool.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <spdlog/logger.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace smartroute::sync {
namespace {

constexpr char kSuffix[] = ".seg";
constexpr std::size_t kNameDigits = 16;

std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t number) {
  char name[kNameDigits + sizeof kSuffix];
  std::snprintf(name, sizeof name, "%016llx%s", static_cast<unsigned long long>(number), kSuffix);
  return directory / name;
}

// Files of ours, oldest first.
std::vector<std::pair<std::uint64_t, std::filesystem::path>> segments_in(const std::filesystem::path& directory) {
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() != kNameDigits + std::strlen(kSuffix) || !name.ends_with(kSuffix) ||
        name.find_first_not_of("0123456789abcdef") != kNameDigits)
      continue;
    out.emplace_back(std::stoull(name.substr(0, kNameDigits), nullptr, 16), at->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string random_boot_id() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  char hex[2 * sizeof bytes + 1];
  sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
  return hex;
}

Spool::Spool(SpoolOptions options, const Clock& clock, spdlog::logger& log)
    : options_(std::move(options)), clock_(clock), log_(log), disk_limit_(options_.disk_bytes) {
  if (options_.boot_id.empty()) options_.boot_id = random_boot_id();
}

Spool::~Spool() { close(); }

// Push.
// ------------------------------------------------------------------------------------------------------------------------
bool Spool::push(std::string&& records, std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  Slot slot;
  auto batch = std::make_shared<Batch>();
  batch->instance = options_.instance.str();
  batch->boot = options_.boot_id;
  batch->first_sequence = next_sequence_;
  batch->count = count;
  batch->records = std::move(records);
  slot.batch = batch;
  slot.since = clock_.steady();
  const std::size_t size = batch->records.size();
  auto written = Written::Failed;
  if (has_disk() && belongs_on_disk(size)) {
    spill();
    if (memory_bytes_ == 0) written = write(slot);   // else older ones found no room either
  }
  if (written != Written::Yes) {
    const std::size_t most = has_disk() && !failing_ ? options_.memory_bytes : options_.memory_only_bytes;
    if (memory_bytes_ + size > most && memory_bytes_ > 0) {
      drop(count);
      if (!std::exchange(full_, true))
        log_.warn("request records wait for the control plane, and no more can be kept: the newest are dropped");
      return false;
    }
    memory_bytes_ += size;
  }
  next_sequence_ += count;
  slots_.push_back(std::move(slot));
  changed_.notify_all();
  return true;
}

bool Spool::belongs_on_disk(std::size_t more) const {
  if (on_disk_ > 0 || memory_bytes_ + more > options_.memory_bytes) return true;
  return !slots_.empty() && clock_.steady() - slots_.front().since > options_.memory_wait;
}

// Oldest first, as far as there is room.
void Spool::spill() {
  for (Slot& slot : slots_) {
    if (!slot.batch) continue;
    const std::size_t size = slot.batch->records.size();
    if (write(slot) != Written::Yes) return;
    memory_bytes_ -= size;
  }
}

Spool::Written Spool::write(Slot& slot) {
  const std::uint64_t size = frame_size(*slot.batch);
  if (spooled_bytes_ + size > disk_limit_) return Written::NoRoom;
  if ((!writer_ || writer_->size() + size > options_.segment_bytes) && !begin_segment()) return Written::Failed;
  auto frame = writer_->append(*slot.batch);
  if (!frame) {
    if (!std::exchange(failing_, true))
      log_.warn("request records cannot be kept on disk, they wait in memory: {}", frame.error().text());
    writer_.reset();
    drop_unused_segment();
    return Written::Failed;
  }
  failing_ = false;
  slot.segment = current_;
  slot.frame = *frame;
  slot.batch.reset();
  ++current_->waiting;
  ++on_disk_;
  spooled_bytes_ += size;
  spooled_records_ += frame->count;
  return Written::Yes;
}

bool Spool::begin_segment() {
  writer_.reset();
  drop_unused_segment();
  auto path = segment_path(options_.directory, next_segment_++);
  auto created = SegmentWriter::create(path);
  if (!created) {
    if (!std::exchange(failing_, true))
      log_.warn("request records cannot be kept on disk, they wait in memory: {}", created.error().text());
    return false;
  }
  writer_.emplace(*std::move(created));
  current_ = std::make_shared<Segment>();
  current_->path = std::move(path);
  return true;
}

void Spool::drop_unused_segment() {
  if (current_ && current_->waiting == 0) ::unlink(current_->path.c_str());
  current_.reset();
}

// What earlier processes left.
// ------------------------------------------------------------------------------------------------
void Spool::open() {
  if (open_ || options_.directory.empty()) return;
  const SteadyTime now = clock_.steady();
  if (refused_lock_ && now - *refused_lock_ < kLockRetry) return;
  if (!lock_files()) {
    refused_lock_ = now;
    return;
  }
  std::deque<Slot> left;
  std::uint64_t last = 0;
  for (const auto& [number, path] : segments_in(options_.directory)) {
    last = std::max(last, number);
    adopt(path, left);
  }
  std::uint64_t records = 0, bytes = 0;
  for (const Slot& slot : left) {
    records += slot.frame.count;
    bytes += slot.frame.size;
  }
  if (records > 0) log_.info("{} request records that an earlier process left are sent first", records);
  const std::lock_guard lock(mutex_);
  on_disk_ += left.size();
  spooled_records_ += records;
  spooled_bytes_ += bytes;
  slots_.insert(slots_.begin(), std::make_move_iterator(left.begin()), std::make_move_iterator(left.end()));
  next_segment_ = last + 1;
  open_ = true;
}

bool Spool::lock_files() {
  const auto cannot = [this](const char* what) {
    if (!refused_lock_)
      log_.warn("{}: {}: {}; request records that wait are kept in memory only", options_.directory.string(), what, std::strerror(errno));
    return false;
  };
  std::error_code ignored;
  if (const auto parent = options_.directory.parent_path(); std::filesystem::create_directories(parent, ignored))
    std::filesystem::permissions(parent, std::filesystem::perms::owner_all, ignored);      // as the sealed configuration beside it
  if (::mkdir(options_.directory.c_str(), 0700) != 0 && errno != EEXIST) return cannot("cannot create");
  const auto path = options_.directory / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("cannot open the lock");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const bool said = cannot(errno == EWOULDBLOCK ? "another process has it" : "cannot lock");
    ::close(fd);
    return said;
  }
  lock_ = fd;
  return true;
}

void Spool::adopt(const std::filesystem::path& path, std::deque<Slot>& slots) {
  auto content = read_segment(path);
  if (!content) {
    log_.warn("request records are left where they are: {}", content.error().text());
    return;
  }
  if (content->torn > 0) log_.warn("{}: {} bytes at its end are no whole batch, they are cut off", path.string(), content->torn);
  if (content->damaged > 0) log_.warn("{}: {} batches are damaged, they are lost", path.string(), content->damaged);
  if (content->frames.empty()) {
    ::unlink(path.c_str());
    return;
  }
  auto segment = std::make_shared<Segment>();
  segment->path = path;
  segment->waiting = content->frames.size();
  for (const Frame& frame : content->frames) {
    Slot& slot = slots.emplace_back();
    slot.segment = segment;
    slot.frame = frame;
    slot.since = clock_.steady();
  }
}

// Out.
// --------------------------------------------------------------------------------------------------------------------------------
std::shared_ptr<const Batch> Spool::front() {
  const std::lock_guard lock(mutex_);
  while (!slots_.empty()) {
    Slot& slot = slots_.front();
    if (slot.batch) return slot.batch;
    if (auto batch = read_batch(slot.segment->path, slot.frame)) return std::make_shared<Batch>(*std::move(batch));
    log_.error("{}: a batch of {} request records cannot be read any more, it is lost", slot.segment->path.string(), slot.frame.count);
    drop(slot.frame.count);
    forget(slot);
    slots_.pop_front();
  }
  return nullptr;
}

void Spool::remove_front(Fate fate) {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) return;
  Slot& slot = slots_.front();
  if (fate == Fate::Dropped) drop(slot.count());
  forget(slot);
  slots_.pop_front();
  if (fate == Fate::Delivered) full_ = false;
}

void Spool::forget(Slot& slot) {
  if (slot.batch) {
    memory_bytes_ -= slot.batch->records.size();
    return;
  }
  --on_disk_;
  spooled_bytes_ -= slot.frame.size;
  spooled_records_ -= slot.frame.count;
  if (--slot.segment->waiting > 0) return;
  if (slot.segment == current_) {
    writer_.reset();
    drop_unused_segment();
  } else {
    ::unlink(slot.segment->path.c_str());
  }
}

void Spool::keep_safe() {
  const std::lock_guard lock(mutex_);
  if (has_disk() && memory_bytes_ > 0 && belongs_on_disk(0)) spill();
}

void Spool::wait(std::chrono::microseconds most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [this] { return woken_ || !slots_.empty(); });
  woken_ = false;
}

void Spool::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Spool::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  if (has_disk()) spill();
  for (const Slot& slot : slots_)
    if (slot.batch) drop(slot.batch->count);
  if (on_disk_ > 0) log_.info("{} request records stay on disk for the next start", spooled_records());
  writer_.reset();
  drop_unused_segment();
  slots_.clear();
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace smartroute::sync
