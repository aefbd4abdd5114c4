// Whatever we accept, a second parser must read the same way. The second parser is Boost.Beast's;
// it accepts more than we do.
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"
#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::http1 {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view kHeads[] = {
    "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: "
    "application/json\r\nContent-Type: application/json\r\n"
    "User-Agent: OpenAI/JS 5.1\r\nAuthorization: Bearer sk-x\r\nContent-Length: 1234\r\n\r\n",
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: "
    "chunked\r\nconnection: close\r\n\r\n",
    "GET /v1/models/gpt-4o HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: keep-alive, "
    "Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "GET http://a/v1/models HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: "
    "0\r\n\r\n",
    "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 7\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 7\r\nX: \xc3\xa4 \"q\" "
    ";,\r\n\r\n",
};

// Bytes and words that parsers quarrel over.
constexpr std::string_view kSpice[] = {
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\"",
    std::string_view("\0", 1),
    "\x7f",
    "\xff",
    "\xa0",
    "_",
    "0",
    "00",
    "+1",
    "-",
    "%2e",
    "/",
    "//",
    "/../",
    "?",
    "#",
    "\\",
    "chunked",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: b\r\n",
    "Connection: close\r\n",
    "HTTP/1.0",
    "HTTP/1.1",
    " HTTP/1.1\r\n",
    "GET",
    "POST",
    "x",
    "\r\n ",
    "X: y\r\n",
    "http://",
};

std::string mutate(std::string head, Random& random) {
  for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
    const std::size_t at = static_cast<std::size_t>(random.below(head.size() + 1));
    const std::size_t length = static_cast<std::size_t>(random.below(4));
    const std::string_view spice = kSpice[random.below(std::size(kSpice))];
    switch (random.below(5)) {
      case 0:
        head.insert(at, spice);
        break;
      case 1:
        head.erase(at, length);
        break;
      case 2:
        head.replace(at, std::min(length, head.size() - at), spice);
        break;
      case 3:
        head.insert(at, head.substr(static_cast<std::size_t>(random.below(head.size() + 1)),
                                    1 + random.below(24)));
        break;
      default:
        if (at < head.size()) head[at] = static_cast<char>(random.below(256));
        break;
    }
    if (head.empty()) head = "x";
  }
  return head;
}

struct SecondReading {
  std::string method, target;
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool keep_alive = false;
  unsigned version = 0;
  std::string host, authorization;
};

std::optional<SecondReading> read_by_beast(std::string_view head) {
  beast_http::request_parser<beast_http::empty_body> parser;
  parser.header_limit(64 * 1024);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || !parser.is_header_done() || used != head.size()) return std::nullopt;
  SecondReading out;
  const auto& message = parser.get();
  out.method = std::string(message.method_string());
  out.target = std::string(message.target());
  if (const auto length = parser.content_length()) out.length = *length;
  out.chunked = parser.chunked();
  out.keep_alive = parser.keep_alive();
  out.version = message.version();
  out.host = std::string(message[beast_http::field::host]);
  out.authorization = std::string(message[beast_http::field::authorization]);
  return out;
}

std::string_view spelled(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Head:
      return "HEAD";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Patch:
      return "PATCH";
    case Method::Delete:
      return "DELETE";
    case Method::Options:
      return "OPTIONS";
  }
  return "";
}

void expect_same_reading(std::string_view head) {
  const auto ours = parse_request_head(head, HeadLimits{});
  if (!ours) return;
  const auto theirs = read_by_beast(head);
  ASSERT_TRUE(theirs.has_value()) << "accepted by us alone: " << head;
  EXPECT_EQ(spelled(ours->method), theirs->method) << head;
  EXPECT_EQ(ours->target, theirs->target) << head;
  EXPECT_EQ(ours->get(Known::Host), theirs->host) << head;
  EXPECT_EQ(ours->get(Known::Authorization), theirs->authorization) << head;
  EXPECT_EQ(10u + ours->minor, theirs->version) << head;
  EXPECT_EQ(ours->body == BodyKind::Chunked, theirs->chunked) << head;
  EXPECT_EQ(ours->content_length, theirs->length.value_or(0)) << head;
  // We close in one case more: after an Upgrade we did not follow.
  if (ours->keep_alive) {
    EXPECT_TRUE(theirs->keep_alive) << head;
  }
}

TEST(RequestHeadAgainstBeast, GoodHeadsReadTheSame) {
  for (const std::string_view head : kHeads) {
    ASSERT_TRUE(parse_request_head(head, HeadLimits{}).has_value()) << head;
    expect_same_reading(head);
  }
}

TEST(RequestHeadAgainstBeast, MutatedHeadsAreRefusedOrReadTheSame) {
  constexpr std::uint64_t kSeed = 20240229;
  constexpr int kRounds = 20000;
  SeededRandom random(kSeed);
  int accepted = 0;
  for (int round = 0; round < kRounds && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const std::string head = mutate(std::string(kHeads[random.below(std::size(kHeads))]), random);
    accepted += parse_request_head(head, HeadLimits{}).has_value() ? 1 : 0;
    expect_same_reading(head);
  }
  // The test says something only while it meets both kinds.
  EXPECT_GT(accepted, kRounds / 20);
  EXPECT_LT(accepted, kRounds * 19 / 20);
}

}  // namespace
}  // namespace smartroute::http1
