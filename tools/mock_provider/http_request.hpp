// Reads one HTTP/1.1 request at a time out of a connection's bytes. As strict as a friendly
// provider, no stricter.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smartroute::mock_provider {

constexpr std::size_t kMaxHeadBytes = 64 * 1024;
constexpr std::size_t kMaxBodyBytes = 128 * 1024 * 1024;

// Views lie in the connection's buffer, or in `decoded` when the body came in chunks.
struct HttpRequest {
  std::string_view method;
  std::string_view target;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  std::string decoded;
  bool keep_alive = true;

  // First header of that name (lower case), or empty.
  std::string_view header(std::string_view name) const;
};

enum class ReadState : unsigned char { NeedMore, NeedContinue, Complete, Malformed };

// A growing buffer with the unread bytes of one connection. After take() said Complete, the
// request's views hold until the next call of drop_taken().
class RequestReader {
 public:
  // Bytes past the unread ones that are always allocated: simdjson reads that far.
  static constexpr std::size_t kPadding = 64;

  // Room for at least `kReadBytes` more bytes.
  std::pair<char*, std::size_t> space();
  void filled(std::size_t bytes) { end_ += bytes; }
  bool empty() const noexcept { return begin_ == end_; }

  // NeedContinue is said once, when the client waits for `100 Continue`.
  ReadState take(HttpRequest& request);
  void drop_taken();

 private:
  static constexpr std::size_t kReadBytes = 16 * 1024;

  ReadState parse_head(HttpRequest& request);
  ReadState take_chunked(HttpRequest& request);

  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t head_bytes_ = 0;  // 0: the head is not complete
  std::size_t taken_ = 0;       // bytes of the request last given out
  std::size_t body_bytes_ = 0;  // content-length
  bool chunked_ = false;
  bool continue_said_ = false;
};

}  // namespace smartroute::mock_provider
