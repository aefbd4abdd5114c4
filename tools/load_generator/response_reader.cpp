#include "tools/load_generator/response_reader.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace smartroute::load_generator {
namespace {

constexpr std::string_view kStamp = "\"t\":";
constexpr std::string_view kDone = "data: [DONE]\n\n";

bool same_name(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : -1;
}

}  // namespace

struct ResponseReader::Sha {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Sha() { EVP_MD_CTX_free(context); }
};

ResponseReader::ResponseReader(Digest digest) {
  if (digest == Digest::Sha256) sha_ = std::make_unique<Sha>();
  reset();
}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;

void ResponseReader::reset() {
  stage_ = Stage::Head;
  line_.clear();
  left_ = 0;
  status_ = 0;
  keep_alive_ = true;
  after_newline_ = false;
  wire_bytes_ = body_bytes_ = events_ = 0;
  tail_size_ = 0;
  provider_received_ns_ = provider_sent_ns_ = 0;
  problem_ = "";
  if (sha_) EVP_DigestInit_ex(sha_->context, EVP_sha256(), nullptr);
}

ReadState ResponseReader::broken(const char* why) {
  problem_ = why;
  return ReadState::Broken;
}

ReadState ResponseReader::feed(std::string_view bytes, std::int64_t now_ns,
                               Histogram* event_delay) {
  wire_bytes_ += bytes.size();
  while (!bytes.empty()) {
    switch (stage_) {
      case Stage::Head:
        if (!read_head(bytes)) return broken("bad_head");
        break;
      case Stage::Length:
      case Stage::ChunkData: {
        const std::size_t size = std::min<std::uint64_t>(left_, bytes.size());
        take_payload(bytes.substr(0, size), now_ns, event_delay);
        bytes.remove_prefix(size);
        left_ -= size;
        if (left_ == 0) stage_ = stage_ == Stage::Length ? Stage::Done : Stage::ChunkEnd;
        break;
      }
      case Stage::ChunkSize:
      case Stage::ChunkEnd:
      case Stage::Trailer:
        if (!read_chunk_line(bytes)) return broken("bad_chunk");
        break;
      case Stage::UntilClose:
        take_payload(bytes, now_ns, event_delay);
        bytes = {};
        break;
      case Stage::Done:
        return broken("bytes_after_end");
    }
  }
  return stage_ == Stage::Done ? ReadState::Complete : ReadState::NeedMore;
}

ReadState ResponseReader::end() {
  if (stage_ != Stage::UntilClose) return broken(started() ? "cut" : "closed_before_response");
  keep_alive_ = false;
  stage_ = Stage::Done;
  return ReadState::Complete;
}

bool ResponseReader::read_head(std::string_view& bytes) {
  // The mark may lie across two reads: look from a little before the new bytes.
  const std::size_t from = line_.size() < 3 ? 0 : line_.size() - 3;
  const std::size_t had = line_.size();
  line_ += bytes;
  const std::size_t end = line_.find("\r\n\r\n", from);
  if (end == std::string::npos) {
    bytes = {};
    return line_.size() <= kMaxHeadBytes;
  }
  bytes.remove_prefix(end + 4 - had);
  line_.resize(end + 2);
  const bool good = parse_head();
  line_.clear();
  return good;
}

bool ResponseReader::parse_head() {
  std::string_view head = line_;
  if (head.size() < 12 || !head.starts_with("HTTP/1.")) return false;
  keep_alive_ = head[7] == '1';
  status_ = static_cast<int>(number(head.substr(9, 3)));
  if (status_ < 100) return false;
  if (status_ < 200) return true;  // an interim response; the next head follows
  std::int64_t length = -1;
  bool chunked = false;
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::size_t line_end = head.find("\r\n");
    const std::string_view field = head.substr(0, line_end);
    head.remove_prefix(line_end + 2);
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view name = field.substr(0, colon);
    std::string_view value = field.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    if (same_name(name, "content-length")) length = number(value);
    if (same_name(name, "transfer-encoding")) chunked = same_name(value, "chunked");
    if (same_name(name, "connection") && same_name(value, "close")) keep_alive_ = false;
    if (same_name(name, "x-mock-recv-ns")) provider_received_ns_ = number(value);
    if (same_name(name, "x-mock-send-ns")) provider_sent_ns_ = number(value);
  }
  left_ = length < 0 ? 0 : static_cast<std::uint64_t>(length);
  stage_ = chunked       ? Stage::ChunkSize
           : length > 0  ? Stage::Length
           : length == 0 ? Stage::Done
                         : Stage::UntilClose;
  return true;
}

bool ResponseReader::read_chunk_line(std::string_view& bytes) {
  const std::size_t newline = bytes.find('\n');
  const bool whole = newline != std::string_view::npos;
  std::string_view line = bytes.substr(0, whole ? newline + 1 : bytes.size());
  bytes.remove_prefix(line.size());
  if (!whole || !line_.empty()) {
    line_ += line;
    if (line_.size() > kMaxHeadBytes) return false;
    if (!whole) return true;
    line = line_;
  }
  if (!line.ends_with("\r\n")) return false;
  line.remove_suffix(2);
  bool good = true;
  if (stage_ == Stage::ChunkEnd) {
    good = line.empty();
    stage_ = Stage::ChunkSize;
  } else if (stage_ == Stage::Trailer) {
    if (line.empty()) stage_ = Stage::Done;
  } else {
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
    good = error == std::errc() && (rest == line.data() + line.size() || *rest == ';');
    stage_ = left_ == 0 ? Stage::Trailer : Stage::ChunkData;
  }
  line_.clear();
  return good;
}

void ResponseReader::take_payload(std::string_view payload, std::int64_t now_ns,
                                  Histogram* event_delay) {
  if (payload.empty()) return;
  body_bytes_ += payload.size();
  const char* const end = payload.data() + payload.size();
  const char* at = payload.data();
  if (after_newline_ && *at == '\n') ++events_;
  while ((at = static_cast<const char*>(
              std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
    if (++at == end) break;
    if (*at == '\n') {
      ++events_;
      if (++at == end) break;
    }
  }
  after_newline_ = payload.back() == '\n';
  if (payload.size() >= kTailBytes) {
    std::memcpy(tail_.data(), end - kTailBytes, kTailBytes);
    tail_size_ = kTailBytes;
  } else {
    const std::size_t kept = std::min(tail_size_, kTailBytes - payload.size());
    std::memmove(tail_.data(), tail_.data() + tail_size_ - kept, kept);
    std::memcpy(tail_.data() + kept, payload.data(), payload.size());
    tail_size_ = kept + payload.size();
  }
  if (sha_) EVP_DigestUpdate(sha_->context, payload.data(), payload.size());
  if (event_delay == nullptr) return;
  for (std::size_t found = payload.find(kStamp); found != std::string_view::npos;
       found = payload.find(kStamp, found + kStamp.size())) {
    const std::int64_t stamp = number(payload.substr(found + kStamp.size()));
    if (stamp > 0) event_delay->add(now_ns - stamp);
  }
}

bool ResponseReader::done() const noexcept {
  return std::string_view(tail_.data(), tail_size_).ends_with(kDone);
}

std::string ResponseReader::sha256() {
  if (!sha_) return {};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(sha_->context, digest, &size);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

}  // namespace smartroute::load_generator
