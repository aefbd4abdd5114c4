#include "controlplane/dashboard/site.hpp"

#include <gtest/gtest.h>

#include "controlplane/dashboard/test_folder.hpp"
#include "controlplane/http/raw_client.hpp"
#include "controlplane/http/server.hpp"

namespace smartroute::control::dashboard {
namespace {

class SiteTest : public testing::Test {
 protected:
  SiteTest() {
    folder.put("index.html", "<meta content=\"__CSP_NONCE__\"><style nonce=\"__CSP_NONCE__\">");
    folder.put("favicon.svg", "<svg/>");
    folder.put("assets/app-1.js", "script");
    folder.put("assets/app-1.js.gz", "script, gzipped");
    folder.put("assets/app-1.js.br", "script, brotlied");
    site = std::make_unique<Site>(*read_files(folder.path()));
  }
  http::Response get(const std::string& path, const std::string& accept_encoding = {},
                     const std::string& if_none_match = {}, const std::string& accept = {}) const {
    http::Head head;
    head.method = "GET";
    head.path = path;
    head.accept = accept;
    head.accept_encoding = accept_encoding;
    head.if_none_match = if_none_match;
    return site->answer(head);
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }
  static std::string nonce_of(const http::Response& response) {
    const std::string policy = header(response, "content-security-policy");
    const auto at = policy.find("'nonce-");
    return at == std::string::npos ? "" : policy.substr(at + 7, policy.find('\'', at + 1) - at - 7);
  }
  TestFolder folder;
  std::unique_ptr<Site> site;
};

TEST_F(SiteTest, SendsTheFormThatTheClientPrefers) {
  const auto brotli = get("/assets/app-1.js", "gzip, br");
  EXPECT_EQ(*brotli.shared_body, "script, brotlied");
  EXPECT_EQ(header(brotli, "content-encoding"), "br");
  EXPECT_EQ(brotli.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(header(brotli, "vary"), "accept-encoding");
  EXPECT_EQ(header(brotli, "cache-control"), "public, max-age=31536000, immutable");
  const auto plain = get("/assets/app-1.js");
  EXPECT_EQ(*plain.shared_body, "script");
  EXPECT_EQ(header(plain, "content-encoding"), "");
  EXPECT_NE(header(plain, "etag"), header(brotli, "etag"));
  EXPECT_EQ(header(get("/favicon.svg"), "cache-control"), "no-cache");
  EXPECT_EQ(get("/favicon.svg").content_type, "image/svg+xml");
}

TEST_F(SiteTest, AClientThatHasItIsToldSo) {
  const std::string etag = header(get("/assets/app-1.js", "br"), "etag");
  EXPECT_EQ(etag.size(), 34u);
  const auto again = get("/assets/app-1.js", "br", etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.shared_body, nullptr);
  EXPECT_EQ(header(again, "etag"), etag);
  EXPECT_EQ(header(again, "vary"), "accept-encoding");
  EXPECT_EQ(get("/assets/app-1.js", "gzip", etag).status, 200) << "that is another form";
}

TEST_F(SiteTest, ThePageHasANonceOfItsOwnInEachAnswer) {
  const auto first = get("/"), second = get("/");
  const std::string nonce = nonce_of(first);
  EXPECT_EQ(nonce.size(), 24u);
  EXPECT_EQ(first.body, "<meta content=\"" + nonce + "\"><style nonce=\"" + nonce + "\">");
  EXPECT_NE(nonce_of(second), nonce);
  EXPECT_EQ(header(first, "cache-control"), "no-cache");
  EXPECT_EQ(first.content_type, "text/html; charset=utf-8");
}

TEST_F(SiteTest, EveryAddressOfTheAppIsThePage) {
  for (const char* path : {"/", "/logs", "/terminal", "/playground", "/what-if", "/config",
                           "/config/tiers", "/settings", "/settings/users", "/sign-in", "/set-up"})
    EXPECT_EQ(get(path).status, 200) << path;
  EXPECT_NE(get("/index.html").body.find("nonce=\""), std::string::npos);
  EXPECT_EQ(get("/index.html").body.find(kNonceMark), std::string::npos);
}

TEST_F(SiteTest, AReaderOfAWrongLinkGetsThePageAndA404) {
  const auto page = get("/nowhere", {}, {}, "text/html,application/xhtml+xml,*/*;q=0.8");
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/nowhere", {}, {}, "application/json").content_type, "application/json");
  EXPECT_EQ(get("/assets/gone.js", {}, {}, "text/html").content_type, "application/json");
}

TEST_F(SiteTest, NoPathLeadsOutOfTheFolder) {
  folder.put("late.txt", "put there after the start");
  for (const char* path :
       {"/../secret", "/assets/../../etc/passwd", "/assets/%2e%2e/index.html", "//etc/passwd",
        "/assets", "/assets/", "assets/app-1.js", "", "/assets/app-1.js.gz", "/assets/app-1.js/",
        "/assets/./app-1.js", "/assets\\app-1.js", "/late.txt", "/configuration", "/settings.js"})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST_F(SiteTest, EveryAnswerIsProtected) {
  for (const char* path : {"/", "/assets/app-1.js", "/nowhere.js"}) {
    const auto answer = get(path);
    const std::string policy = header(answer, "content-security-policy");
    for (const char* part : {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
                             "require-trusted-types-for 'script'"})
      EXPECT_NE(policy.find(part), std::string::npos) << path;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(header(answer, "x-frame-options"), "DENY");
    EXPECT_EQ(header(answer, "cross-origin-opener-policy"), "same-origin");
  }
}

TEST_F(SiteTest, OverTheWireHeadAndNotModifiedHaveNoBody) {
  http::Handlers handlers;
  handlers.on_head = [](const http::Head&) -> std::optional<http::Response> { return std::nullopt; };
  handlers.on_request = [this](const http::Request& request) { return site->answer(request.head); };
  auto server = http::Server::start({"127.0.0.1", 0}, std::move(handlers), 1);
  ASSERT_TRUE(server);
  http::Client client(**server);
  const std::string etag = header(get("/assets/app-1.js", "gzip"), "etag");
  client.send("GET /assets/app-1.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nIf-None-Match: " +
              etag + "\r\n\r\n");
  const std::string same = client.until("\r\n\r\n");
  EXPECT_EQ(same.substr(0, 12), "HTTP/1.1 304");
  EXPECT_EQ(same.find("Content-Length"), std::string::npos) << same;
  client.send("GET /assets/app-1.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br;q=0\r\n"
              "Accept-Encoding: gzip\r\n\r\n");
  const std::string whole = client.answer();
  EXPECT_NE(whole.find("\r\n\r\nscript, gzipped"), std::string::npos) << whole;
  EXPECT_EQ(whole.find("no-store"), std::string::npos) << "a file may be kept";
  client.send("HEAD /assets/app-1.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string head = client.rest();
  EXPECT_NE(head.find("Content-Length: 6"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace smartroute::control::dashboard
