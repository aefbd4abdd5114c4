#include "tools/mock_provider/http_request.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace smartroute::mock_provider {
namespace {

bool same_name(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::pair<char*, std::size_t> RequestReader::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  // Room is made only between requests or while one grows: views of a request given out are not in
  // use then.
  if (buffer_.size() < end_ + kReadBytes + kPadding) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const std::size_t wanted = end_ + kReadBytes + kPadding;
    if (buffer_.size() < wanted) buffer_.resize(std::max(wanted, buffer_.size() * 2));
  }
  return {buffer_.data() + end_, buffer_.size() - end_ - kPadding};
}

ReadState RequestReader::take(HttpRequest& request) {
  const std::string_view unread(buffer_.data() + begin_, end_ - begin_);
  if (head_bytes_ == 0) {
    const std::size_t end = unread.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      return unread.size() > kMaxHeadBytes ? ReadState::Malformed : ReadState::NeedMore;
    }
    head_bytes_ = end + 4;
    continue_said_ = false;
  }
  // The buffer may have moved since the last call, so the views are made anew.
  const ReadState head = parse_head(request);
  if (head != ReadState::Complete) return head;
  if (!continue_said_ && same_name(request.header("expect"), "100-continue")) {
    continue_said_ = true;
    if (unread.size() == head_bytes_) return ReadState::NeedContinue;
  }
  if (chunked_) return take_chunked(request);
  if (unread.size() < head_bytes_ + body_bytes_) return ReadState::NeedMore;
  request.body = unread.substr(head_bytes_, body_bytes_);
  taken_ = head_bytes_ + body_bytes_;
  return ReadState::Complete;
}

ReadState RequestReader::parse_head(HttpRequest& request) {
  std::string_view head(buffer_.data() + begin_, head_bytes_ - 2);
  const std::size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const std::size_t a = line.find(' ');
  const std::size_t b = line.rfind(' ');
  if (a == std::string_view::npos || a == b) return ReadState::Malformed;
  request.method = line.substr(0, a);
  request.target = line.substr(a + 1, b - a - 1);
  request.keep_alive = line.substr(b + 1) == "HTTP/1.1";
  request.headers.clear();
  chunked_ = false;
  body_bytes_ = 0;
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view field = head.substr(0, end);
    head.remove_prefix(end + 2);
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) return ReadState::Malformed;
    const std::string_view name = field.substr(0, colon);
    const std::string_view value = trimmed(field.substr(colon + 1));
    request.headers.emplace_back(name, value);
    if (same_name(name, "content-length")) {
      const auto [end_of_number, error] =
          std::from_chars(value.data(), value.data() + value.size(), body_bytes_);
      if (error != std::errc() || end_of_number != value.data() + value.size() ||
          body_bytes_ > kMaxBodyBytes) {
        return ReadState::Malformed;
      }
    } else if (same_name(name, "transfer-encoding")) {
      if (!same_name(value, "chunked")) return ReadState::Malformed;
      chunked_ = true;
    } else if (same_name(name, "connection") && same_name(value, "close")) {
      request.keep_alive = false;
    }
  }
  return ReadState::Complete;
}

ReadState RequestReader::take_chunked(HttpRequest& request) {
  const std::string_view unread(buffer_.data() + begin_, end_ - begin_);
  // Nobody pipelines behind a chunked body here; without this a large one would be decoded again at
  // every read.
  if (!unread.ends_with("\r\n\r\n")) return ReadState::NeedMore;
  request.decoded.clear();
  std::size_t at = head_bytes_;
  for (;;) {
    const std::size_t line_end = unread.find("\r\n", at);
    if (line_end == std::string_view::npos) return ReadState::NeedMore;
    std::size_t size = 0;
    const auto [rest, error] =
        std::from_chars(unread.data() + at, unread.data() + line_end, size, 16);
    if (error != std::errc() || size > kMaxBodyBytes) return ReadState::Malformed;
    at = line_end + 2;
    if (size == 0) break;
    if (unread.size() < at + size + 2) return ReadState::NeedMore;
    request.decoded.append(unread.substr(at, size));
    if (request.decoded.size() > kMaxBodyBytes) return ReadState::Malformed;
    at += size + 2;
  }
  for (;;) {  // trailers, up to the empty line
    const std::size_t line_end = unread.find("\r\n", at);
    if (line_end == std::string_view::npos) return ReadState::NeedMore;
    const bool last = line_end == at;
    at = line_end + 2;
    if (last) break;
  }
  request.decoded.reserve(request.decoded.size() + kPadding);
  request.body = request.decoded;
  taken_ = at;
  return ReadState::Complete;
}

void RequestReader::drop_taken() {
  begin_ += taken_;
  taken_ = 0;
  head_bytes_ = 0;
}

}  // namespace smartroute::mock_provider
