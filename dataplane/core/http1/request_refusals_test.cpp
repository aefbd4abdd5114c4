// Every request that must not pass the edge, by name. Rows of one group share what surrounds the
// hostile bytes.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::http1 {
namespace {

using namespace std::string_view_literals;
using enum ErrorKind;

struct Row {
  const char* name;
  std::string_view bytes;
  ErrorKind kind = BadRequest;
};

void expect_refused(const Row& row, const std::string& head) {
  SCOPED_TRACE(row.name);
  ASSERT_EQ(find_head_end(head, 0), head.size()) << "the vector is not one head";
  const auto parsed = parse_request_head(head, HeadLimits{});
  ASSERT_FALSE(parsed.has_value()) << head;
  EXPECT_EQ(parsed.error().kind(), row.kind) << parsed.error().text();
  EXPECT_FALSE(parsed.error().text().empty());
}

// Header lines after `POST /v1/chat/completions HTTP/1.1` and a good Host.
constexpr Row kPostLines[] = {
    {"length then coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"sv},
    {"coding then length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"sv},
    {"unknown coding and length", "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"sv},
    {"length and unknown coding", "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"sv},
    {"quoted coding and length", "Transfer-Encoding: \"chunked\"\r\nContent-Length: 5\r\n"sv},
    {"empty coding and length", "Transfer-Encoding:\r\nContent-Length: 5\r\n"sv},
    {"coding and length zero", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"sv},
    {"coding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"sv},
    {"coding twice, second unknown", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n"sv},
    {"coding twice, cases differ",
     "Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n"sv},
    {"coding gzip", "Transfer-Encoding: gzip\r\n"sv, UnsupportedCoding},
    {"coding identity", "Transfer-Encoding: identity\r\n"sv, UnsupportedCoding},
    {"coding nonsense", "Transfer-Encoding: blegh\r\n"sv, UnsupportedCoding},
    {"coding xchunked", "Transfer-Encoding: xchunked\r\n"sv, UnsupportedCoding},
    {"coding chunkedx", "Transfer-Encoding: chunkedx\r\n"sv, UnsupportedCoding},
    {"coding with hyphens", "Transfer-Encoding: chun-ked\r\n"sv, UnsupportedCoding},
    {"coding empty", "Transfer-Encoding: \r\n"sv},
    {"coding list, chunked first", "Transfer-Encoding: chunked, cow\r\n"sv},
    {"coding list, chunked last", "Transfer-Encoding: gzip, chunked\r\n"sv},
    {"coding list, chunked twice", "Transfer-Encoding: chunked, chunked\r\n"sv},
    {"coding with comma in front", "Transfer-Encoding: ,chunked\r\n"sv},
    {"coding with comma behind", "Transfer-Encoding: chunked,\r\n"sv},
    {"coding quoted", "Transfer-Encoding: \"chunked\"\r\n"sv},
    {"coding with parameter", "Transfer-Encoding: chunked;q=1\r\n"sv},
    {"coding with value", "Transfer-Encoding: chunked=x\r\n"sv},
    {"coding with semicolon", "Transfer-Encoding: chunked;\r\n"sv},
    {"coding with inner space", "Transfer-Encoding: chun ked\r\n"sv},
    {"coding with tab in front", "Transfer-Encoding:\tchunked\r\n"sv},
    {"coding with tab behind", "Transfer-Encoding: chunked\t\r\n"sv},
    {"coding with VT in front",
     "Transfer-Encoding: \x0b"
     "chunked\r\n"sv},
    {"coding with FF in front",
     "Transfer-Encoding: \x0c"
     "chunked\r\n"sv},
    {"coding with VT behind", "Transfer-Encoding: chunked\x0b\r\n"sv},
    {"coding with NUL in front", "Transfer-Encoding: \0chunked\r\n"sv},
    {"coding with NUL behind", "Transfer-Encoding: chunked\0\r\n"sv},
    {"coding with NBSP in front",
     "Transfer-Encoding: \xa0"
     "chunked\r\n"sv},
    {"coding with NEL behind", "Transfer-Encoding: chunked\x85\r\n"sv},
    {"coding with 0xff behind", "Transfer-Encoding: chunked\xff\r\n"sv},
    {"coding with NBSP and length",
     "Transfer-Encoding: \xa0"
     "chunked\r\nContent-Length: 5\r\n"sv},
    {"coding folded", "Transfer-Encoding:\r\n chunked\r\n"sv},
    {"coding folded and length", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n"sv},
    {"coding folded by tab", "Transfer-Encoding: chunked\r\n\tcow\r\n"sv},
    {"coding after bare CR", "X: y\rTransfer-Encoding: chunked\r\n"sv},
    {"coding after bare LF", "X: y\nTransfer-Encoding: chunked\r\n"sv},
    {"space before the coding's colon", "Transfer-Encoding : chunked\r\n"sv},
    {"tab before the coding's colon", "Transfer-Encoding\t: chunked\r\n"sv},
    {"space in front of the coding's name", " Transfer-Encoding: chunked\r\n"sv},
    {"NUL in the coding's name", "Transfer-\0Encoding: chunked\r\n"sv},
    {"high byte in the coding's name",
     "Transfer\xad"
     "Encoding: chunked\r\n"sv},
    {"twin of the coding by underscore", "Transfer_Encoding: chunked\r\n"sv},
    {"twin of the coding by dot", "Transfer.Encoding: chunked\r\n"sv},
    {"twin of the length by underscore", "Content_Length: 5\r\n"sv},
    {"twin of the length, lower case", "content_length: 5\r\n"sv},
    {"twin of the length by plus", "Content+Length: 5\r\n"sv},
    {"twin of the content coding", "Content_Encoding: gzip\r\n"sv},
    {"twin of the key header", "x_api_key: sk\r\n"sv},
    {"twin of the other key header", "api_key: sk\r\n"sv},
    {"header api_base", "api_base: http://evil\r\n"sv},
    {"header base-url", "Base-URL: http://evil\r\n"sv},

    {"length empty", "Content-Length:\r\n"sv},
    {"length with plus", "Content-Length: +5\r\n"sv},
    {"length negative", "Content-Length: -48\r\n"sv},
    {"length hex", "Content-Length: 0x5\r\n"sv},
    {"length with underscore", "Content-Length: 1_0\r\n"sv},
    {"length octal look", "Content-Length: 010\r\n"sv},
    {"length with zeros in front", "Content-Length: 005\r\n"sv},
    {"length zero twice", "Content-Length: 00\r\n"sv},
    {"length with letter", "Content-Length: 1Z\r\n"sv},
    {"length fraction", "Content-Length: 5.0\r\n"sv},
    {"length exponent", "Content-Length: 1e1\r\n"sv},
    {"length list of equals", "Content-Length: 5, 5\r\n"sv},
    {"length list", "Content-Length: 5,6\r\n"sv},
    {"length twice, same", "Content-Length: 5\r\nContent-Length: 5\r\n"sv},
    {"length twice, different", "Content-Length: 5\r\nContent-Length: 6\r\n"sv},
    {"length 2^64", "Content-Length: 18446744073709551616\r\n"sv},
    {"length 2^64 + 5", "Content-Length: 18446744073709551621\r\n"sv},
    {"length 2^63", "Content-Length: 9223372036854775808\r\n"sv},
    {"length of forty digits", "Content-Length: 0000000000000000000000000000000000000005\r\n"sv},
    {"length with inner space", "Content-Length: 1 0\r\n"sv},
    {"length with tab", "Content-Length:\t5\r\n"sv},
    {"length with fullwidth digit", "Content-Length: \xef\xbc\x95\r\n"sv},
    {"length with NUL", "Content-Length: 5\0\r\n"sv},
    {"length quoted", "Content-Length: \"5\"\r\n"sv},
    {"space before the length's colon", "Content-Length : 5\r\n"sv},
    {"length folded", "Content-Length: 5\r\n 6\r\n"sv},

    {"header name empty", ": x\r\n"sv},
    {"header line of only a colon", ":\r\n"sv},
    {"header without colon", "Nonsense\r\n"sv},
    {"header name with inner space", "Bad Name: x\r\n"sv},
    {"header name with quote", "Bad\"Name: x\r\n"sv},
    {"header name with slash", "Bad/Name: x\r\n"sv},
    {"header name with bracket", "Bad[Name]: x\r\n"sv},
    {"header name with control byte", "Bad\x01Name: x\r\n"sv},
    {"header name with DEL", "Bad\x7fName: x\r\n"sv},
    {"header name with high byte",
     "B\xc3\xa4"
     "d: x\r\n"sv},
    {"value with NUL", "X: a\0b\r\n"sv},
    {"value with DEL",
     "X: a\x7f"
     "b\r\n"sv},
    {"value with escape", "X: a\x1b[31m\r\n"sv},
    {"value with bare CR", "X: a\rb\r\n"sv},
    {"value with CR at its end", "X: a\r\r\n"sv},
    {"value with bare LF", "X: a\nY: b\r\n"sv},
    {"value with NUL far behind", "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\r\n"sv},
    {"folded line by space", "X: a\r\n b\r\n"sv},
    {"folded line by tab", "X: a\r\n\tb\r\n"sv},
    {"folded empty line", "X: a\r\n \r\n"sv},

    {"Host twice", "Host: a\r\n"sv},
    {"Host twice by case", "hOST: other\r\n"sv},
    {"Host twin", "Ho_st: x\r\nHost_: y\r\nHost: z\r\n"sv},
    {"Authorization twice", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"sv},
    {"Authorization twice, same", "Authorization: Bearer a\r\nauthorization: Bearer a\r\n"sv},
    {"Authorization twice, first empty", "Authorization:\r\nAuthorization: Bearer b\r\n"sv},
    {"key header twice", "x-api-key: a\r\nX-Api-Key: b\r\n"sv},
    {"other key header twice", "api-key: a\r\napi-key: b\r\n"sv},
    {"goog key header twice", "x-goog-api-key: a\r\nx-goog-api-key: b\r\n"sv},
    {"Content-Type twice", "Content-Type: application/json\r\nContent-Type: text/plain\r\n"sv},
    {"Content-Encoding twice", "Content-Encoding: gzip\r\nContent-Encoding: br\r\n"sv},
    {"Connection no token", "Connection: close;x\r\n"sv},
    {"Connection quoted", "Connection: \"close\"\r\n"sv},
    {"expectation unknown", "Content-Length: 5\r\nExpect: x\r\n"sv, ExpectationFailed},
    {"expectation empty", "Content-Length: 5\r\nExpect:\r\n"sv, ExpectationFailed},
    {"expectation list", "Content-Length: 5\r\nExpect: 100-continue, x\r\n"sv, ExpectationFailed},
    {"expectation near miss", "Content-Length: 5\r\nExpect: 100-continued\r\n"sv,
     ExpectationFailed},
    {"expectation twice",
     "Content-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n"sv},
};

TEST(RequestHead, RefusesHostileHeaderLines) {
  for (const Row& row : kPostLines) {
    expect_refused(
        row, "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n" + std::string(row.bytes) + "\r\n");
  }
}

TEST(RequestHead, RefusesHostileHeaderLinesWhereverTheyStand) {
  for (const Row& row : kPostLines) {
    expect_refused(row, "POST / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: */*\r\n" +
                            std::string(row.bytes) +
                            "X-Last: 0123456789012345678901234567890123456789\r\n\r\n");
  }
}

// The whole line and headers, without the blank line.
constexpr Row kHeads[] = {
    {"no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n"sv},
    {"no Host on 1.0", "GET / HTTP/1.0\r\nAccept: */*\r\n"sv},
    {"no header at all", "GET / HTTP/1.1\r\n"sv},
    {"Host empty", "GET / HTTP/1.1\r\nHost:\r\n"sv},
    {"Host blank", "GET / HTTP/1.1\r\nHost:   \r\n"sv},
    {"Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n"sv},
    {"Host with user", "GET / HTTP/1.1\r\nHost: me@a\r\n"sv},
    {"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n"sv},
    {"Host with space", "GET / HTTP/1.1\r\nHost: a b\r\n"sv},
    {"Host with query", "GET / HTTP/1.1\r\nHost: a?b\r\n"sv},
    {"Host with empty port", "GET / HTTP/1.1\r\nHost: a:\r\n"sv},
    {"Host with port zero", "GET / HTTP/1.1\r\nHost: a:0\r\n"sv},
    {"Host with port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n"sv},
    {"Host with port of letters", "GET / HTTP/1.1\r\nHost: a:http\r\n"sv},
    {"Host with two ports", "GET / HTTP/1.1\r\nHost: a:80:80\r\n"sv},
    {"Host of only a port", "GET / HTTP/1.1\r\nHost: :80\r\n"sv},
    {"Host as URI", "GET / HTTP/1.1\r\nHost: http://a\r\n"sv},
    {"Host bracket open", "GET / HTTP/1.1\r\nHost: [::1\r\n"sv},
    {"Host bracket empty", "GET / HTTP/1.1\r\nHost: []\r\n"sv},
    {"Host bracket of letters", "GET / HTTP/1.1\r\nHost: [evil]\r\n"sv},
    {"Host bracket then name", "GET / HTTP/1.1\r\nHost: [::1]evil\r\n"sv},
    {"Host with high byte",
     "GET / HTTP/1.1\r\nHost: b\xc3\xbc"
     "cher\r\n"sv},
    {"Host with percent", "GET / HTTP/1.1\r\nHost: a%2e\r\n"sv},
    {"Host with tab", "GET / HTTP/1.1\r\nHost:\ta\r\n"sv},
    {"Host folded", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n"sv},
    {"space before Host", "GET / HTTP/1.1\r\n Host: a\r\n"sv},
    {"URI and Host differ", "GET http://a/ HTTP/1.1\r\nHost: b\r\n"sv},
    {"URI and Host differ by port", "GET http://a:80/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI with user", "GET http://me@a/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI without path", "GET http://a HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI with query but no path", "GET http://a?x=/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI without host", "GET http:///x HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI with a control byte for a slash",
     "GET http:/\x0f"
     "a/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"URI without scheme", "GET a/b HTTP/1.1\r\nHost: a\r\n"sv},

    {"target star on GET", "GET * HTTP/1.1\r\nHost: a\r\n"sv},
    {"target star on OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n"sv},
    {"target without slash", "GET v1/models HTTP/1.1\r\nHost: a\r\n"sv},
    {"target empty", "GET  HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with high byte", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with high byte in query", "GET /?\xff HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with DEL", "GET /\x7f HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with NUL", "GET /\0 HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with tab", "GET /\tx HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with bare CR", "GET /\rx HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with space", "GET /a b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with quote", "GET /\"a HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with angle bracket", "GET /<script> HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with two slashes", "GET //admin HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with two slashes inside", "GET /a//b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with dot dot", "GET /a/../b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target that ends in dot dot", "GET /a/.. HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with dot dot before the query", "GET /a/..?x HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with dot", "GET /./a HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %2e%2e", "GET /%2e%2e/a HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %2E", "GET /a%2Eb HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with slash and %2f", "GET /a/%2fb HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with %2F and slash", "GET /a%2F/b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with two %2F", "GET /a%2F%2fb HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with dot dot and %2F", "GET /a/..%2Fb HTTP/1.1\r\nHost: a\r\n"sv},
    {"target with dot dot behind %2F", "GET /a%2F../b HTTP/1.1\r\nHost: a\r\n"sv},
    {"target that ends in dot behind %2F", "GET /a%2F. HTTP/1.1\r\nHost: a\r\n"sv},
    {"target that begins with %2F", "GET %2Fa HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %5c", "GET /a%5cb HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %00", "GET /%00 HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %0d%0a", "GET /%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %25", "GET /%2561 HTTP/1.1\r\nHost: a\r\n"sv},
    {"target %zz", "GET /%zz HTTP/1.1\r\nHost: a\r\n"sv},
    {"target percent cut", "GET /a%4 HTTP/1.1\r\nHost: a\r\n"sv},
    {"target percent alone", "GET /a% HTTP/1.1\r\nHost: a\r\n"sv},
    {"target overlong slash", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n"sv},
    {"query %00", "GET /?a=%00 HTTP/1.1\r\nHost: a\r\n"sv},
    {"query %0a", "GET /?a=%0a HTTP/1.1\r\nHost: a\r\n"sv},
    {"query overlong", "GET /?a=%c0%ae HTTP/1.1\r\nHost: a\r\n"sv},
    {"query percent cut", "GET /?a=% HTTP/1.1\r\nHost: a\r\n"sv},
    {"query with fragment", "GET /?a#b HTTP/1.1\r\nHost: a\r\n"sv},

    {"HTTP/0.9 without version", "GET /\r\n"sv},
    {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n"sv, UnsupportedVersion},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n"sv, UnsupportedVersion},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n"sv, UnsupportedVersion},
    {"HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n"sv, UnsupportedVersion},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n"sv, UnsupportedVersion},
    {"HTTP/1.32", "GET / HTTP/1.32\r\nHost: a\r\n"sv},
    {"HTTP/11.1", "GET / HTTP/11.1\r\nHost: a\r\n"sv},
    {"HTTP/1", "GET / HTTP/1\r\nHost: a\r\n"sv},
    {"HTTP/1,1", "GET / HTTP/1,1\r\nHost: a\r\n"sv},
    {"HTTP/-1.1", "GET / HTTP/-1.1\r\nHost: a\r\n"sv},
    {"HTTP/1.x", "GET / HTTP/1.x\r\nHost: a\r\n"sv},
    {"http/1.1", "GET / http/1.1\r\nHost: a\r\n"sv},
    {"HTTPS/1.1", "GET / HTTPS/1.1\r\nHost: a\r\n"sv},
    {"version with space behind", "GET / HTTP/1.1 \r\nHost: a\r\n"sv},
    {"version missing after space", "GET / \r\nHost: a\r\n"sv},

    {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n"sv, MethodNotAllowed},
    {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n"sv, MethodNotAllowed},
    {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n"sv, MethodNotAllowed},
    {"longer method", "GETT / HTTP/1.1\r\nHost: a\r\n"sv, MethodNotAllowed},
    {"lower-case method", "get / HTTP/1.1\r\nHost: a\r\n"sv},
    {"mixed-case method", "Post / HTTP/1.1\r\nHost: a\r\n"sv},
    {"method with colon", "GET: / HTTP/1.1\r\nHost: a\r\n"sv},
    {"method with NUL", "GET\0 / HTTP/1.1\r\nHost: a\r\n"sv},
    {"method empty", " / HTTP/1.1\r\nHost: a\r\n"sv},
    {"tab after the method", "GET\t/ HTTP/1.1\r\nHost: a\r\n"sv},
    {"two spaces after the method", "GET  / HTTP/1.1\r\nHost: a\r\n"sv},
    {"space before the method", " GET / HTTP/1.1\r\nHost: a\r\n"sv},
    {"empty line in front", "\r\nGET / HTTP/1.1\r\nHost: a\r\n"sv},
    {"TLS bytes", "\x16\x03\x01\x02\r\nHost: a\r\n"sv},
    {"request line that ends with LF", "GET / HTTP/1.1\nHost: a\r\n"sv},
    {"header line that ends with LF", "GET / HTTP/1.1\r\nHost: a\n"sv},
    {"request line with CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n"sv},

    {"coding on HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"sv},
    {"coding on HTTP/1.0 kept alive",
     "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n"sv},
    {"body on GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"sv},
    {"chunked body on GET", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"sv},
    {"body on HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"sv},
    {"body on OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"sv},
    {"chunked body on OPTIONS",
     "OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"sv},
    {"body on DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"sv},
};

TEST(RequestHead, RefusesHostileRequestLinesAndHosts) {
  for (const Row& row : kHeads) expect_refused(row, std::string(row.bytes) + "\r\n");
}

// Given whole, for what is wrong is how they end.
TEST(RequestHead, RefusesBytesThatAreNotExactlyOneHead) {
  constexpr Row kWhole[] = {
      {"nothing", ""sv},
      {"only a line end", "\r\n"sv},
      {"only a blank line", "\r\n\r\n"sv},
      {"no blank line", "GET / HTTP/1.1\r\nHost: a\r\n"sv},
      {"request line alone", "GET / HTTP/1.1\r\n"sv},
      {"cut in a name", "GET / HTTP/1.1\r\nHost"sv},
      {"cut in a value", "GET / HTTP/1.1\r\nHost: a"sv},
      {"cut in the blank line", "GET / HTTP/1.1\r\nHost: a\r\n\r"sv},
      {"blank line of LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"sv},
      {"all LF", "GET / HTTP/1.1\nHost: a\n\n"sv},
      {"a byte behind", "GET / HTTP/1.1\r\nHost: a\r\n\r\nX"sv},
      {"a header behind", "GET / HTTP/1.1\r\nHost: a\r\n\r\nX: y\r\n\r\n"sv},
  };
  for (const Row& row : kWhole) {
    SCOPED_TRACE(row.name);
    const auto parsed = parse_request_head(row.bytes, HeadLimits{});
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().kind(), BadRequest);
  }
}

TEST(RequestHead, HoldsItsLimits) {
  const HeadLimits limits;
  const std::string start = "GET /";
  const std::string rest = " HTTP/1.1\r\nHost: a\r\n";
  auto kind_of = [&limits](const std::string& head) {
    const auto parsed = parse_request_head(head, limits);
    return parsed ? std::string("accepted") : std::string(name_of(parsed.error().kind()));
  };
  const auto with_target = [&](std::size_t size) {
    return start + std::string(size - 1, 'x') + rest + "\r\n";
  };
  EXPECT_EQ(kind_of(with_target(limits.max_target)), "accepted");
  EXPECT_EQ(kind_of(with_target(limits.max_target + 1)), name_of(TargetTooLong));
  EXPECT_EQ(kind_of(with_target(1024 * 1024)), name_of(TargetTooLong));

  const auto with_headers = [&](std::size_t count) {
    std::string head = start + rest;
    for (std::size_t i = 1; i < count; ++i) head += "X: y\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(kind_of(with_headers(limits.max_headers)), "accepted");
  EXPECT_EQ(kind_of(with_headers(limits.max_headers + 1)), name_of(HeadersTooLarge));
  EXPECT_EQ(kind_of(with_headers(100000)), name_of(HeadersTooLarge));

  const auto with_bytes = [&](std::size_t size) {
    const std::string head = start + rest + "X: ";
    return head + std::string(size - head.size() - 4, 'y') + "\r\n\r\n";
  };
  EXPECT_EQ(kind_of(with_bytes(limits.max_bytes)), "accepted");
  EXPECT_EQ(kind_of(with_bytes(limits.max_bytes + 1)), name_of(HeadersTooLarge));
}

TEST(OverflowKind, TellsALongTargetFromLongHeaders) {
  const HeadLimits limits;
  EXPECT_EQ(overflow_kind("GET /" + std::string(limits.max_bytes, 'x'), limits), TargetTooLong);
  EXPECT_EQ(overflow_kind("GET / HTTP/1.1\r\nX: " + std::string(limits.max_bytes, 'x'), limits),
            HeadersTooLarge);
}

}  // namespace
}  // namespace smartroute::http1
