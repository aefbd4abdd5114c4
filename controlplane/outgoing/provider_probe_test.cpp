#include "controlplane/outgoing/provider_probe.hpp"

#include <gtest/gtest.h>

#include <future>

#include "controlplane/outgoing/raw_server.hpp"

namespace smartroute::control::outgoing {
namespace {

const char* const kKey = "key-of-no-shape-4711";

std::string answer(const std::string& status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

// A provider that answers GET and POST so.
struct Provider {
  explicit Provider(std::string get, std::string post = answer("404 Not Found", ""), std::string path = "/v1")
      : server([=](Peer& peer) { peer.send(peer.request().substr(0, 4) == "GET " ? get : post); }) {
    settings.api_key = Secret(kKey);
    url.tls = false;
    url.host = "127.0.0.1";
    url.port = server.port();
    url.path = std::move(path);
  }
  ProbeResult test() { return probe(client, settings, url, [] { return false; }); }
  RawServer server;
  config::Provider settings;
  config::BaseUrl url;
  Client client;
};

TEST(ProviderProbe, ListsTheModels) {
  Provider provider(answer("200 OK", R"({"data":[{"id":"gpt-4"},{"id":"key-of-no-shape-4711"}]})"));
  const ProbeResult result = provider.test();
  EXPECT_TRUE(result.ok);
  EXPECT_STREQ(result.step, "models");
  EXPECT_EQ(result.status, 200);
  ASSERT_EQ(result.models.size(), 2u);
  EXPECT_EQ(result.models[0], "gpt-4");
  EXPECT_EQ(result.models[1], "[key]");
  EXPECT_GT(result.facts.connect_ms, 0);
}

TEST(ProviderProbe, SaysWhatAnAnswerMeans) {
  struct Row {
    const char* name;
    std::string get, post, path;
    bool ok;
    const char* words;
  };
  const std::string missing = answer("404 Not Found", "");
  const Row rows[] = {
      {"no list in it", answer("200 OK", "<html>"), missing, "/v1", true, "not with a list"},
      {"wrong key", answer("401 Unauthorized", R"({"error":{"message":"bad key"}})"), missing, "/v1", false, "It said: bad key"},
      {"no right", answer("403 Forbidden", ""), missing, "/v1", false, "refused the key (403)"},
      {"no /v1", missing, missing, "", false, "probably lacks /v1"},
      {"wrong path", missing, missing, "/v1/x", false, "check its path"},
      {"no list, chat", missing, answer("400 Bad Request", ""), "/v1", true, "chat completions are there"},
      {"no list, wrong key", answer("405 Method Not Allowed", ""), answer("401 Unauthorized", ""), "/v1", false, "refused the key"},
      {"redirect", answer("301 Moved Permanently", "", "location: https://x.example/v1\r\n"), missing, "/v1", false, "points to https://x.example/v1"},
      {"busy", answer("429 Too Many Requests", ""), missing, "/v1", false, "429"},
      {"broken", answer("500 Internal Server Error", "oops"), missing, "/v1", false, "It said: oops"},
  };
  for (const Row& row : rows) {
    Provider provider(row.get, row.post, row.path);
    const ProbeResult result = provider.test();
    EXPECT_EQ(result.ok, row.ok) << row.name << ": " << result.message;
    EXPECT_NE(result.message.find(row.words), std::string::npos) << row.name << ": " << result.message;
    EXPECT_STREQ(result.step, "answer") << row.name;
  }
}

TEST(ProviderProbe, TellsNobodyTheKey) {
  const std::string echo = std::string("your key ") + kKey + " and sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD are wrong";
  for (const char* status : {"401 Unauthorized", "500 Internal Server Error", "429 Too Many Requests", "400 Bad Request"}) {
    Provider provider(answer(status, "{\"error\":{\"message\":\"" + echo + "\"}}"));
    const std::string message = provider.test().message;
    EXPECT_EQ(message.find(kKey), std::string::npos) << message;
    EXPECT_EQ(message.find("sk-proj-abc"), std::string::npos) << message;
    EXPECT_NE(message.find("are wrong"), std::string::npos) << message;
  }
}

TEST(ProviderProbe, BoundsWhatIsQuoted) {
  Provider provider(answer("500 Internal Server Error", "{\"error\":\"" + std::string(10'000, 'x') + "\"}"));
  EXPECT_LE(provider.test().message.size(), kMaxQuotedBytes + 200);
}

TEST(ProviderProbe, SaysHowFarItCame) {
  Provider provider(answer("200 OK", "{}"));
  provider.url.host = "no-such-host.invalid";
  EXPECT_STREQ(provider.test().step, "address");
  provider.url.host = "169.254.169.254";
  EXPECT_STREQ(provider.test().step, "address");
  RawServer plain([](Peer& peer) { peer.send("220 not this way\r\n"); });
  provider.url.host = "127.0.0.1";
  provider.url.port = plain.port();
  provider.url.tls = true;
  EXPECT_STREQ(provider.test().step, "tls");
}

TEST(ProviderProbe, EndsEarlyWhenItIsTold) {
  Provider provider(std::string{});
  RawServer silent([](Peer& peer) { peer.until_left(); });
  provider.url.port = silent.port();
  const ProbeResult result = probe(provider.client, provider.settings, provider.url, [] { return true; });
  EXPECT_FALSE(result.ok);
}

}  // namespace
}  // namespace smartroute::control::outgoing
