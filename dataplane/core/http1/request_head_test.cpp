#include "dataplane/core/http1/request_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smartroute::http1 {
namespace {

RequestHead accepted(std::string_view bytes) {
  auto parsed = parse_request_head(bytes, HeadLimits{});
  EXPECT_TRUE(parsed.has_value()) << bytes << (parsed ? "" : parsed.error().text());
  return parsed ? *parsed : RequestHead{};
}

RequestHead accepted_with(const std::string& lines,
                          const std::string& line = "POST /v1/chat/completions HTTP/1.1") {
  static std::string bytes;  // the views of the result live as long as the next call
  bytes = line + "\r\nHost: a\r\n" + lines + "\r\n";
  return accepted(bytes);
}

constexpr std::string_view kTypical =
    "POST /v1/chat/completions?trace=1 HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "User-Agent: OpenAI/Python 1.99.1\r\n"
    "X-Stainless-Lang: python\r\n"
    "X-Stainless-Read-Timeout: 600\r\n"
    "Authorization:   Bearer sk-test-0123456789 \r\n"
    "Content-Length: 1234\r\n"
    "\r\n";

TEST(RequestHead, ReadsWhatATypicalClientSends) {
  const RequestHead head = accepted(kTypical);
  EXPECT_EQ(head.method, Method::Post);
  EXPECT_EQ(head.target, "/v1/chat/completions?trace=1");
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.query, "trace=1");
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.body, BodyKind::Length);
  EXPECT_EQ(head.content_length, 1234u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_EQ(head.size, kTypical.size());
  EXPECT_EQ(head.get(Known::Host), "127.0.0.1:8080");
  EXPECT_EQ(head.get(Known::Authorization), "Bearer sk-test-0123456789");
  EXPECT_EQ(head.get(Known::UserAgent), "OpenAI/Python 1.99.1");
  EXPECT_EQ(head.get(Known::XStainlessReadTimeout), "600");
  EXPECT_EQ(head.get(Known::XApiKey), "");
}

TEST(RequestHead, KnowsItsHeadersInAnyCase) {
  struct Row {
    const char* name;
    Known known;
  };
  constexpr Row kRows[] = {
      {"Host", Known::Host},
      {"Authorization", Known::Authorization},
      {"X-Api-Key", Known::XApiKey},
      {"Api-Key", Known::ApiKey},
      {"X-Goog-Api-Key", Known::XGoogApiKey},
      {"Content-Type", Known::ContentType},
      {"Content-Encoding", Known::ContentEncoding},
      {"Accept", Known::Accept},
      {"X-Request-Id", Known::XRequestId},
      {"Traceparent", Known::Traceparent},
      {"Tracestate", Known::Tracestate},
      {"OpenAI-Organization", Known::OpenAiOrganization},
      {"OpenAI-Project", Known::OpenAiProject},
      {"OpenAI-Beta", Known::OpenAiBeta},
      {"Anthropic-Version", Known::AnthropicVersion},
      {"Anthropic-Beta", Known::AnthropicBeta},
      {"X-Session-Id", Known::XSessionId},
      {"X-Conversation-Id", Known::XConversationId},
      {"User-Agent", Known::UserAgent},
      {"X-Stainless-Read-Timeout", Known::XStainlessReadTimeout},
      {"Origin", Known::Origin},
      {"X-Smartroute-Guarantee", Known::XSmartrouteGuarantee},
      {"X-Smartroute-On-Break", Known::XSmartrouteOnBreak},
  };
  static_assert(std::size(kRows) == static_cast<std::size_t>(Known::kCount));
  for (const Row& row : kRows) {
    std::string upper = row.name;
    std::string lower = row.name;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    for (const std::string& name : {std::string(row.name), upper, lower}) {
      SCOPED_TRACE(name);
      const std::string host = row.known == Known::Host ? "" : "Host: b\r\n";
      const std::string bytes = "GET / HTTP/1.1\r\n" + host + name + ": the.value\r\n\r\n";
      EXPECT_EQ(accepted(bytes).get(row.known), "the.value");
    }
    // One letter off is another header.
    std::string other = row.name;
    other.back() = other.back() == 'q' ? 'j' : 'q';
    const std::string bytes = "GET / HTTP/1.1\r\nHost: b\r\n" + other + ": v\r\n\r\n";
    if (row.known != Known::Host) {
      EXPECT_EQ(accepted(bytes).get(row.known), "") << other;
    }
  }
}

TEST(RequestHead, DecidesHowTheBodyIsFramed) {
  EXPECT_EQ(accepted_with("").body, BodyKind::None);
  EXPECT_EQ(accepted_with("Content-Length: 0\r\n").body, BodyKind::None);
  EXPECT_EQ(accepted_with("Content-Length: 999999999999999999\r\n").content_length,
            999999999999999999u);
  EXPECT_EQ(accepted_with("Transfer-Encoding: chunked\r\n").body, BodyKind::Chunked);
  EXPECT_EQ(accepted_with("transfer-encoding:CHUNKED \r\n").body, BodyKind::Chunked);
  EXPECT_EQ(accepted_with("Content-Length: 0\r\n", "GET / HTTP/1.1").body, BodyKind::None);
  EXPECT_EQ(accepted_with("Content-Length: 7\r\n", "POST / HTTP/1.0").body, BodyKind::Length);
}

TEST(RequestHead, DecidesWhetherTheConnectionGoesOn) {
  struct Row {
    const char* lines;
    const char* line;
    bool keep_alive;
  };
  constexpr Row kRows[] = {
      {"", "GET / HTTP/1.1", true},
      {"Connection: close\r\n", "GET / HTTP/1.1", false},
      {"Connection: CLOSE\r\n", "GET / HTTP/1.1", false},
      {"Connection: keep-alive\r\n", "GET / HTTP/1.1", true},
      {"Connection: keep-alive, close\r\n", "GET / HTTP/1.1", false},
      {"Connection: foo ,\tclose\r\n", "GET / HTTP/1.1", false},
      {"Connection: closed\r\n", "GET / HTTP/1.1", true},
      {"Connection: te\r\nConnection: close\r\n", "GET / HTTP/1.1", false},
      {"Connection: authorization, x-request-id\r\n", "GET / HTTP/1.1", true},
      {"Connection: Upgrade\r\nUpgrade: h2c\r\n", "GET / HTTP/1.1", false},
      {"Upgrade: foo\r\n", "GET / HTTP/1.1", false},
      {"", "GET / HTTP/1.0", false},
      {"Connection: keep-alive\r\n", "GET / HTTP/1.0", true},
      {"Connection: keep-alive, close\r\n", "GET / HTTP/1.0", false},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(accepted_with(row.lines, row.line).keep_alive, row.keep_alive)
        << row.line << ' ' << row.lines;
  }
}

TEST(RequestHead, WaitsForContinueOnlyWhereABodyFollows) {
  EXPECT_TRUE(accepted_with("Content-Length: 5\r\nExpect: 100-continue\r\n").expect_continue);
  EXPECT_TRUE(
      accepted_with("Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\n").expect_continue);
  EXPECT_FALSE(accepted_with("Expect: 100-continue\r\n").expect_continue);
  EXPECT_FALSE(accepted_with("Content-Length: 5\r\nExpect: 100-continue\r\n", "POST / HTTP/1.0")
                   .expect_continue);
}

TEST(RequestHead, TakesThePlainFormsOfATarget) {
  struct Row {
    const char* target;
    const char* path;
    const char* query;
  };
  constexpr Row kRows[] = {
      {"/", "/", ""},
      {"/v1/models/gpt-4o", "/v1/models/gpt-4o", ""},
      {"/v1/models/openai/gpt-4o:free", "/v1/models/openai/gpt-4o:free", ""},
      {"/v1/models/a@b!$&'()*+,;=~_", "/v1/models/a@b!$&'()*+,;=~_", ""},
      {"/.well-known/x", "/.well-known/x", ""},
      {"/a/...", "/a/...", ""},
      {"/a/.b/..c", "/a/.b/..c", ""},
      {"/a.b..c", "/a.b..c", ""},
      {"/%61%5A%30%2d%5f%7E", "/%61%5A%30%2d%5f%7E", ""},
      {"/v1/models/openai%2Fgpt-4o%3Afree", "/v1/models/openai%2Fgpt-4o%3Afree", ""},
      {"/a%2f.b%3a", "/a%2f.b%3a", ""},
      {"/?", "/", ""},
      {"/?a=//../%2e%2f%20?b", "/", "a=//../%2e%2f%20?b"},
      {"/a/?x", "/a/", "x"},
      {"http://a/v1/models?x=1", "/v1/models", "x=1"},
      {"HTTPS://A/", "/", ""},
  };
  for (const Row& row : kRows) {
    const RequestHead head = accepted_with("", std::string("GET ") + row.target + " HTTP/1.1");
    EXPECT_EQ(head.target, row.target);
    EXPECT_EQ(head.path, row.path);
    EXPECT_EQ(head.query, row.query);
  }
}

TEST(RequestHead, TakesThePlainFormsOfAHost) {
  for (const std::string host : {"a", "api.example.com", "a_b.c-d.e~f", "127.0.0.1", "a:1",
                                 "a:65535", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:1"}) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    EXPECT_EQ(accepted(bytes).get(Known::Host), host);
  }
}

TEST(RequestHead, KeepsTheFirstOfAHeaderThatMayRepeat) {
  EXPECT_EQ(accepted_with("Accept: a\r\nAccept: b\r\n").get(Known::Accept), "a");
}

TEST(RequestHead, DropsWhatItDoesNotKnow) {
  const RequestHead head = accepted_with(
      "X-Forwarded-For: 10.0.0.1\r\nForwarded: for=x\r\nX_Y: z\r\nTE: trailers\r\nTrailer: X\r\nX: "
      "\xc3\xa4\t\xff\r\nEmpty:\r\n");
  for (std::size_t i = 1; i < head.known.size(); ++i) EXPECT_TRUE(head.known[i].empty()) << i;
}

TEST(FindHeadEnd, FindsTheBlankLineHoweverTheBytesCome) {
  const std::string stream = std::string(kTypical) + "{\"body\":\"\r\n\r\n\"}";
  EXPECT_EQ(find_head_end(stream, 0), kTypical.size());
  for (std::size_t cut = 0; cut < kTypical.size(); ++cut) {
    const std::string_view first(stream.data(), cut);
    ASSERT_EQ(find_head_end(first, 0), std::string_view::npos) << cut;
    ASSERT_EQ(find_head_end(stream, cut), kTypical.size()) << cut;
  }
}

TEST(FindHeadEnd, EndsAtLfLfSoThatItCanBeRefused) {
  EXPECT_EQ(find_head_end("GET /\nHost: a\n\nrest", 0), 15u);
  EXPECT_EQ(find_head_end("GET /\r\n\nrest", 0), 8u);
  EXPECT_EQ(find_head_end("GET /\r\n\rX\r\n\r", 0), std::string_view::npos);
  EXPECT_EQ(find_head_end("", 0), std::string_view::npos);
  EXPECT_EQ(find_head_end("\n", 1), std::string_view::npos);
}

}  // namespace
}  // namespace smartroute::http1
