#include "dataplane/core/http1/response_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smartroute::http1 {
namespace {

using namespace std::string_view_literals;

ResponseHead accepted(std::string_view bytes) {
  auto parsed = parse_response_head(bytes, HeadLimits{});
  EXPECT_TRUE(parsed.has_value()) << bytes << (parsed ? "" : parsed.error().text());
  return parsed ? *parsed : ResponseHead{};
}

TEST(ResponseHead, ReadsWhatAProviderAnswers) {
  constexpr std::string_view kHead =
      "HTTP/1.1 429 Too Many Requests\r\nDate: x\r\nContent-Type: application/json; "
      "charset=utf-8\r\nContent-Encoding: identity\r\n"
      "Retry-After: 7\r\nretry-after-ms: 6500\r\nX-Request-ID: req_1\r\nX-Should-Retry: "
      "false\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
      "Connection: keep-alive\r\nContent-Length: 12\r\n\r\n";
  const ResponseHead head = accepted(kHead);
  EXPECT_EQ(head.status, 429);
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.body, BodyKind::Length);
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(head.content_encoding, "identity");
  EXPECT_EQ(head.retry_after, "7");
  EXPECT_EQ(head.retry_after_ms, "6500");
  EXPECT_EQ(head.request_id, "req_1");
  EXPECT_EQ(head.should_retry, "false");
  EXPECT_EQ(head.size, kHead.size());
  EXPECT_EQ(accepted("HTTP/1.1 200 OK\r\nrequest-id: r\r\n\r\n").request_id, "r");
}

TEST(ResponseHead, ReadsWhenTheProviderMayBeAskedAgain) {
  const ResponseHead head = accepted(
      "HTTP/1.1 429 Too Many Requests\r\nX-RateLimit-Reset-Requests: 1s\r\nx-ratelimit-reset-tokens: 6m0s\r\n"
      "X-RATELIMIT-REMAINING-REQUESTS: 0\r\nx-ratelimit-remaining-tokens: 149984\r\nX-RateLimit-Reset: 30\r\n"
      "x-ratelimit-limit-requests: 60\r\nX-RateLimit-Reset-Requests: 9s\r\nRateLimit-Reset: 31\r\n\r\n");
  EXPECT_EQ(head.ratelimit_reset_requests, "1s");  // of two, the first
  EXPECT_EQ(head.ratelimit_reset_tokens, "6m0s");
  EXPECT_EQ(head.ratelimit_remaining_requests, "0");
  EXPECT_EQ(head.ratelimit_remaining_tokens, "149984");
  EXPECT_EQ(head.ratelimit_reset, "30");
  EXPECT_EQ(accepted("HTTP/1.1 429 x\r\nRateLimit-Reset: 31\r\n\r\n").ratelimit_reset, "31");
  const ResponseHead none = accepted(
      "HTTP/1.1 429 x\r\nx-ratelimit-resets: 1\r\nx_ratelimit_reset: 1\r\nx-ratelimit-reset-token: 1\r\n"
      "x-ratelimit-limit-tokens: 1\r\n\r\n");
  EXPECT_TRUE(none.ratelimit_reset.empty());
  EXPECT_TRUE(none.ratelimit_reset_requests.empty());
  EXPECT_TRUE(none.ratelimit_reset_tokens.empty());
  EXPECT_TRUE(none.ratelimit_remaining_requests.empty());
  EXPECT_TRUE(none.ratelimit_remaining_tokens.empty());
}

TEST(ResponseHead, DecidesFramingAndReuse) {
  struct Row {
    const char* name;
    const char* bytes;
    BodyKind body;
    bool keep_alive;
  };
  constexpr Row kRows[] = {
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", BodyKind::Chunked, true},
      {"chunked in capitals", "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n",
       BodyKind::Chunked, true},
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", BodyKind::Length, true},
      {"length zero", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", BodyKind::None, true},
      {"neither", "HTTP/1.1 200 OK\r\n\r\n", BodyKind::UntilClose, false},
      {"neither but keep-alive", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n",
       BodyKind::UntilClose, false},
      {"close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n",
       BodyKind::Length, false},
      {"odd connection", "HTTP/1.1 200 OK\r\nConnection: a b\r\nContent-Length: 3\r\n\r\n",
       BodyKind::Length, false},
      {"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", BodyKind::Length, false},
      {"1.0 kept alive", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\n",
       BodyKind::Length, true},
      {"1.0 until close", "HTTP/1.0 200 OK\r\n\r\n", BodyKind::UntilClose, false},
      {"no reason phrase", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", BodyKind::Length, true},
      {"empty reason phrase", "HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n", BodyKind::Length, true},
      {"odd reason phrase", "HTTP/1.1 200 \xc3\xa4\tOK! \r\nContent-Length: 3\r\n\r\n",
       BodyKind::Length, true},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", BodyKind::None, true},
      {"204 with length zero", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
       BodyKind::None, true},
      {"204 with length", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", BodyKind::None,
       false},
      {"204 chunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
       BodyKind::None, false},
      {"304 with length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", BodyKind::None,
       true},
      {"304 chunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
       BodyKind::None, false},
      {"100", "HTTP/1.1 100 Continue\r\n\r\n", BodyKind::None, true},
      {"103", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", BodyKind::None, true},
      {"599", "HTTP/1.1 599 x\r\nContent-Length: 0\r\n\r\n", BodyKind::None, true},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const ResponseHead head = accepted(row.bytes);
    EXPECT_EQ(head.body, row.body);
    EXPECT_EQ(head.keep_alive, row.keep_alive);
  }
}

struct Row {
  const char* name;
  std::string_view bytes;
};

constexpr Row kRefused[] = {
    {"length and coding",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"coding and length",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"sv},
    {"coding and length zero",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"sv},
    {"two lengths, equal", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"sv},
    {"two lengths, different",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"sv},
    {"length list", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n"sv},
    {"length with plus", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n"sv},
    {"length with zeros in front", "HTTP/1.1 200 OK\r\nContent-Length: 03\r\n\r\n"sv},
    {"length empty", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n"sv},
    {"length 2^64", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n"sv},
    {"length twin", "HTTP/1.1 200 OK\r\nContent_Length: 3\r\n\r\n"sv},
    {"coding gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"sv},
    {"coding gzip, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"sv},
    {"coding identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n"sv},
    {"coding empty", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n"sv},
    {"coding twice",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"coding with tab", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked\r\n\r\n"sv},
    {"coding with VT", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\x0b\r\n\r\n"sv},
    {"coding twin", "HTTP/1.1 200 OK\r\nTransfer_Encoding: chunked\r\n\r\n"sv},
    {"coding on 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"content coding twice",
     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n"sv},
    {"folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"sv},
    {"folded first line", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n"sv},
    {"NUL in a value", "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"sv},
    {"DEL in a value", "HTTP/1.1 200 OK\r\nX: \x7f\r\n\r\n"sv},
    {"bare CR", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"sv},
    {"bare LF", "HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n"sv},
    {"LF only", "HTTP/1.1 200 OK\nContent-Length: 3\n\n"sv},
    {"no colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"sv},
    {"space before colon", "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n"sv},
    {"empty name", "HTTP/1.1 200 OK\r\n: 3\r\n\r\n"sv},
    {"high byte in a name", "HTTP/1.1 200 OK\r\n\xff: 3\r\n\r\n"sv},
    {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"sv},
    {"interim with length", "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n"sv},
    {"interim with coding", "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"status 099", "HTTP/1.1 099 x\r\n\r\n"sv},
    {"status 600", "HTTP/1.1 600 x\r\n\r\n"sv},
    {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n"sv},
    {"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"sv},
    {"status glued to its reason", "HTTP/1.1 200OK\r\n\r\n"sv},
    {"status with sign", "HTTP/1.1 +20 OK\r\n\r\n"sv},
    {"two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n"sv},
    {"tab before the status", "HTTP/1.1\t200 OK\r\n\r\n"sv},
    {"no status", "HTTP/1.1\r\n\r\n"sv},
    {"NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n"sv},
    {"HTTP/2", "HTTP/2 200\r\n\r\n"sv},
    {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"sv},
    {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"sv},
    {"http/1.1", "http/1.1 200 OK\r\n\r\n"sv},
    {"ICY", "ICY 200 OK\r\n\r\n"sv},
    {"a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"empty", ""sv},
    {"blank", "\r\n\r\n"sv},
    {"empty line in front", "\r\nHTTP/1.1 200 OK\r\n\r\n"sv},
    {"no blank line", "HTTP/1.1 200 OK\r\nX: y\r\n"sv},
    {"bytes behind", "HTTP/1.1 200 OK\r\n\r\nx"sv},
};

TEST(ResponseHead, RefusesWhatLeavesFramingInDoubt) {
  for (const Row& row : kRefused) {
    SCOPED_TRACE(row.name);
    const auto parsed = parse_response_head(row.bytes, HeadLimits{});
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().kind(), ErrorKind::UpstreamBroke);
    EXPECT_FALSE(parsed.error().text().empty());
  }
}

TEST(ResponseHead, HoldsItsLimits) {
  HeadLimits limits;
  limits.max_headers = 2;
  limits.max_bytes = 64;
  EXPECT_TRUE(parse_response_head("HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\n\r\n", limits).has_value());
  EXPECT_FALSE(
      parse_response_head("HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", limits).has_value());
  EXPECT_FALSE(
      parse_response_head("HTTP/1.1 200 OK\r\nA: " + std::string(64, 'x') + "\r\n\r\n", limits)
          .has_value());
}

}  // namespace
}  // namespace smartroute::http1
