// Heads of requests and responses: the end is found alike for every split; what is accepted points
// into the input and is unambiguous.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/http1/request_head.hpp"
#include "dataplane/core/http1/response_head.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::lies_inside;
using fuzz::require;

std::size_t end_in_pieces(std::string_view bytes) {
  SeededRandom random = fuzz::random_of(bytes);
  std::size_t seen = 0;
  while (seen < bytes.size()) {
    const std::size_t from = seen;
    seen += 1 + static_cast<std::size_t>(random.below(bytes.size() - seen));
    const std::size_t end = http1::find_head_end(bytes.substr(0, seen), from);
    if (end != std::string_view::npos) return end;
  }
  return std::string_view::npos;
}

bool has_control_byte(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
  }
  return false;
}

void check_request(std::string_view head) {
  const auto parsed = http1::parse_request_head(head, http1::HeadLimits{});
  if (!parsed) {
    require(!parsed.error().text().empty(), "a refusal says why");
    return;
  }
  require(parsed->size == head.size(), "the head is all of the bytes");
  require(head.ends_with("\r\n\r\n"), "only CR LF CR LF ends a head");
  require(lies_inside(parsed->target, head) && lies_inside(parsed->path, head) &&
              lies_inside(parsed->query, head),
          "target inside");
  require(parsed->path.starts_with('/') && parsed->path.find("//") == std::string_view::npos,
          "path is plain");
  require(!parsed->get(http1::Known::Host).empty(), "Host is there");
  for (const std::string_view value : parsed->known) {
    require(lies_inside(value, head) && !has_control_byte(value), "values are inside and plain");
  }
  if (parsed->body == http1::BodyKind::Length) require(parsed->content_length > 0, "a length");
  if (parsed->body == http1::BodyKind::Chunked)
    require(parsed->content_length == 0 && parsed->minor == 1, "no length beside chunked");
  require(parsed->body != http1::BodyKind::UntilClose, "requests end before the connection does");
}

void check_response(std::string_view head) {
  const auto parsed = http1::parse_response_head(head, http1::HeadLimits{});
  if (!parsed) {
    require(parsed.error().kind() == ErrorKind::UpstreamBroke, "one kind of refusal");
    return;
  }
  require(parsed->status >= 100 && parsed->status <= 599 && parsed->status != 101,
          "status in range");
  for (const std::string_view value :
       {parsed->content_type, parsed->content_encoding, parsed->retry_after, parsed->retry_after_ms,
        parsed->ratelimit_reset_requests, parsed->ratelimit_reset_tokens, parsed->ratelimit_reset,
        parsed->ratelimit_remaining_requests, parsed->ratelimit_remaining_tokens,
        parsed->request_id, parsed->should_retry}) {
    require(lies_inside(value, head) && !has_control_byte(value), "values are inside and plain");
  }
  if (parsed->body == http1::BodyKind::UntilClose)
    require(!parsed->keep_alive, "read until close is not reused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const std::size_t end = http1::find_head_end(bytes, 0);
  require(end_in_pieces(bytes) == end, "the end of a head does not depend on the split");
  // A copy of its own, so that a read beyond the head is seen.
  const std::string head(bytes.substr(0, end));
  check_request(head);
  check_response(head);
  return 0;
}
