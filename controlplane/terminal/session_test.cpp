#include "controlplane/terminal/session.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace smartroute::control::terminal {
namespace {

using Json = nlohmann::json;

// Takes `room` bytes, until the test makes more.
class Peer final : public http::WebSocketPeer {
 public:
  bool send(std::string text) override {
    if (text.size() > room) return false;
    room -= text.size();
    sent.push_back(Json::parse(text));
    return true;
  }
  std::size_t queued_bytes() const override { return 0; }
  void wake() override { ++wakes; }
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }

  std::size_t room = 100'000'000;
  std::vector<Json> sent;
  int wakes = 0;
  std::uint16_t closed_with = 0;
};

class TerminalSessionTest : public testing::Test {
 protected:
  std::shared_ptr<http::WebSocketSession> watch(const std::string& query = {}) {
    http::Head head;
    head.query = query;
    auto answer = terminal::watch(hub, head);
    auto* session = std::get_if<std::shared_ptr<http::WebSocketSession>>(&answer);
    if (session == nullptr) return nullptr;
    (*session)->on_open(peer);
    return *session;
  }
  void log(int from, int to) {
    for (int i = from; i < to; ++i) hub.add_log("info", i, std::to_string(i));
  }
  Hub hub{std::nullopt};
  std::shared_ptr<Peer> peer = std::make_shared<Peer>();
};

TEST_F(TerminalSessionTest, SendsTheBacklogThenWhatComes) {
  log(0, 300);
  const auto session = watch();
  ASSERT_EQ(peer->sent.size(), 1u);
  EXPECT_EQ(peer->sent[0]["lines"].size(), kDefaultBacklog);
  EXPECT_EQ(peer->sent[0]["lines"][0]["text"], "100");
  EXPECT_EQ(peer->sent[0]["lines"][0]["at_us"], "100");
  EXPECT_EQ(peer->sent[0]["lines"][0]["source"], "control");
  log(300, 302);
  session->on_ready();
  EXPECT_EQ(peer->sent.size(), 1u) << "not before its pace";
  hub.grant();
  EXPECT_EQ(peer->wakes, 1);
  session->on_ready();
  ASSERT_EQ(peer->sent.size(), 2u);
  EXPECT_EQ(peer->sent[1]["lines"].size(), 2u);
  EXPECT_FALSE(peer->sent[1].contains("dropped"));
}

TEST_F(TerminalSessionTest, ASlowClientLosesLinesAndIsToldHowMany) {
  peer->room = 0;
  log(0, 1);
  const auto session = watch("backlog=5000");
  constexpr int kAll = static_cast<int>(Hub::kMaxLines) + 11;
  log(1, kAll);
  hub.grant();
  session->on_ready();
  EXPECT_TRUE(peer->sent.empty());
  peer->room = 100'000'000;
  for (int i = 0; i < 10; ++i, hub.grant()) session->on_ready();
  std::size_t got = 0, dropped = 0;
  for (const auto& batch : peer->sent) {
    got += batch["lines"].size();
    dropped += std::stoul(batch.value("dropped", "0"));
  }
  EXPECT_EQ(peer->sent[0]["lines"].size(), 1u) << "what it could not take is not lost";
  EXPECT_EQ(dropped, 10u);
  EXPECT_EQ(got + dropped, static_cast<std::size_t>(kAll));
}

TEST_F(TerminalSessionTest, RefusesParametersThatAreNone) {
  for (const char* query : {"backlog=5001", "backlog=-1", "backlog=x", "backlog=", "filter={}", "%"})
    EXPECT_EQ(watch(query), nullptr) << query;
  EXPECT_NE(watch("backlog=0"), nullptr);
  EXPECT_TRUE(peer->sent.empty());
}

TEST_F(TerminalSessionTest, EndsWithTheHub) {
  const auto session = watch();
  log(0, 1);
  hub.shut_down();
  session->on_ready();
  EXPECT_EQ(peer->sent.size(), 1u);
  EXPECT_EQ(peer->closed_with, 1001);
  session->on_closed();
  EXPECT_EQ(hub.readers(), 0u);
}

}  // namespace
}  // namespace smartroute::control::terminal
