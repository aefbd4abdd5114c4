#include "dataplane/core/accounting/bookkeeper.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/accounting/key_samples.hpp"
#include "dataplane/core/tokens/counter.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

constexpr std::string_view kRequest = R"({"model":"auto","messages":[{"role":"user","content":"hello"}]})";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"role":"assistant","content":"Hello!"}}]})";

class BookkeeperTest : public testing::Test {
 protected:
  BookkeeperTest() {
    price_.input = 1'000'000'000;
    price_.output = 2'000'000'000;
    price_.source = "config";
    record_.request_id = "request-1";
    record_.model = "p/gpt-4o";
    record_.provider = "p";
    record_.status = 200;
    record_.ending = Ending::Completed;
    record_.tokenizer = tokens::tokenizer_of("gpt-4o");
    record_.price = &price_;
    record_.t3_price = &price_;
    record_.t3_model = "p/gpt-5";
    record_.texts.request = kRequest;
    record_.texts.response = kAnswer;
    record_.texts.log = true;
    record_.texts.max_bytes = 1'000;
  }

  v1::RequestRecord close() {
    EntryWriter writer;
    writer.write(record_);
    entry_.clear();
    for (const std::string_view part : writer.parts()) entry_ += part;
    out_.clear();
    read_ = read_entry(entry_);
    closed_ = bookkeeper_.close(read_, *redactor_, out_);
    EXPECT_EQ(closed_.settled.record, out_);
    v1::RequestRecord message;
    EXPECT_TRUE(message.ParseFromString(out_));
    return message;
  }

  prices::Price price_;
  Record record_;
  std::unique_ptr<Redactor> redactor_ = std::make_unique<Redactor>();
  Bookkeeper bookkeeper_{1};
  std::string entry_, out_;
  Entry read_;
  Bookkeeper::Closed closed_;
};

TEST_F(BookkeeperTest, MakesTheWholeRecord) {
  record_.usage.prompt = 1'000;
  record_.usage.completion = 100;
  record_.usage.cached = 7;
  record_.usage.reasoning = 8;
  const auto message = close();
  EXPECT_EQ(message.request_id(), "request-1");
  EXPECT_EQ(message.prompt_tokens().count(), 1'000u);
  EXPECT_EQ(message.prompt_tokens().source(), v1::TokenCount::SOURCE_UPSTREAM);
  EXPECT_EQ(message.token_details().cached(), 7u);
  EXPECT_EQ(message.token_details().reasoning(), 8u);
  EXPECT_EQ(message.cost().price().source(), "config") << "what the worker wrote of the cost stays";
  EXPECT_EQ(message.cost().t3_model(), "p/gpt-5");
  EXPECT_EQ(message.cost().nano_usd(), 1'200'000);
  EXPECT_EQ(message.cost().t3_nano_usd(), 1'200'000);
  EXPECT_FALSE(message.cost().has_thrown_away_nano_usd());
  EXPECT_EQ(message.request_body(), kRequest);
  EXPECT_EQ(message.response_body(), kAnswer);
  EXPECT_FALSE(message.request_cut() || message.response_cut() || message.bodies_dropped());
  EXPECT_EQ(closed_.local_counts, 0u);
  EXPECT_EQ(closed_.settled.model, "p/gpt-4o");
  EXPECT_EQ(closed_.settled.account.cost_nano, 1'200'000);
  EXPECT_EQ(closed_.settled.usage->cached, 7u);
}

TEST_F(BookkeeperTest, CountsTheBodiesThatAreNotKept) {
  record_.texts.log = false;
  const auto message = close();
  EXPECT_EQ(message.completion_tokens().count(), tokens::count(tokens::Encoding::O200kBase, "Hello!"));
  EXPECT_EQ(message.completion_tokens().source(), v1::TokenCount::SOURCE_LOCAL);
  EXPECT_EQ(closed_.local_counts, 2u);
  EXPECT_TRUE(message.request_body().empty() && message.response_body().empty());
}

TEST_F(BookkeeperTest, AccountsForWhatWasThrownAway) {
  record_.usage.prompt = 1'000;
  record_.usage.completion = 100;
  record_.attempts.resize(2);
  record_.attempts[0].prompt = TokenAmount{10, TokenSource::Upstream};
  record_.attempts[0].cost_nano = 500;
  auto message = close();
  EXPECT_EQ(message.cost().nano_usd(), 1'200'500);
  EXPECT_EQ(message.cost().thrown_away_nano_usd(), 500);
  record_.attempts[1].completion = TokenAmount{10, TokenSource::Estimate};
  message = close();
  EXPECT_FALSE(message.cost().has_nano_usd());
  EXPECT_FALSE(message.cost().has_thrown_away_nano_usd());
}

TEST_F(BookkeeperTest, NothingAnsweredHasNoCountsAndStillItsTexts) {
  record_.model.clear();
  record_.provider.clear();
  record_.status = 502;
  record_.ending = Ending::UpstreamError;
  record_.price = record_.t3_price = nullptr;
  record_.t3_model = {};
  const auto message = close();
  EXPECT_FALSE(message.has_prompt_tokens() || message.has_completion_tokens() || message.has_cost() || message.has_token_details());
  EXPECT_EQ(message.request_body(), kRequest);
  EXPECT_TRUE(closed_.settled.model.empty());
}

TEST_F(BookkeeperTest, CutsBodiesAndNeverThroughAKey) {
  const std::string key = key_samples()[0].key;
  for (std::size_t most = 80; most < 200; ++most) {
    const std::string body = R"({"messages":[{"role":"user","content":")" + std::string(60, 'a') + " " + key + std::string(9'000, ' ') + R"("}]})";
    record_.texts.request = body;
    record_.texts.max_bytes = most;
    const auto message = close();
    EXPECT_TRUE(message.request_cut());
    EXPECT_LE(message.request_body().size(), most);
    EXPECT_EQ(message.request_body().find(key.substr(0, 6)), std::string::npos) << most;
    EXPECT_FALSE(message.response_cut());
  }
  const std::string exact(500, 'x');
  record_.texts.request = exact;
  record_.texts.max_bytes = exact.size();
  EXPECT_FALSE(close().request_cut());
  record_.texts.request_whole = false;
  EXPECT_TRUE(close().request_cut());
}

TEST_F(BookkeeperTest, SaysThatBodiesHadNoRoom) {
  record_.texts.dropped = true;
  const auto message = close();
  EXPECT_TRUE(message.bodies_dropped());
  EXPECT_TRUE(message.request_body().empty());
}

TEST_F(BookkeeperTest, NoCanaryComesThrough) {
  const std::string own = "the gateway's very own secret";
  const std::vector<std::string_view> secrets{own};
  redactor_ = std::make_unique<Redactor>(secrets, std::vector<std::string>{"[a-z]+@example\\.org"});
  auto samples = key_samples();
  samples.push_back({"own", own});
  samples.push_back({"pattern", "someone@example.org"});
  samples.push_back({"private key", private_key_sample("\n")});
  for (const KeySample& sample : samples) {
    const std::string text = "see " + sample.key + " here";
    const std::string request = nlohmann::json{{"messages", {{{"role", "user"}, {"content", text}}}}, {"user", text}}.dump();
    const std::string response = nlohmann::json{{"choices", {{{"message", {{"content", text}, {"reasoning", text}}}}}}}.dump();
    record_.texts.request = request;
    record_.texts.response = response;
    record_.texts.max_bytes = 100'000;
    record_.route.ask = record_.route.system = record_.error = record_.reason = text;
    record_.preview = text.substr(0, kMaxPreviewBytes);
    record_.attempts.assign(1, {});
    record_.attempts[0].reason = text;
    const auto message = close();
    const std::string inside = sample.key.substr(0, std::min<std::size_t>(sample.key.size(), 16));
    EXPECT_EQ(out_.find(sample.key), std::string::npos) << sample.name;
    if (std::string_view(sample.name) != "private key") {
      EXPECT_EQ(out_.find(inside), std::string::npos) << sample.name;
    }
    EXPECT_EQ(nlohmann::json::parse(message.request_body())["user"], "see [redacted] here") << sample.name;
    EXPECT_EQ(nlohmann::json::parse(message.response_body())["choices"][0]["message"]["content"], "see [redacted] here") << sample.name;
    EXPECT_GE(closed_.redactions, 8u) << sample.name;
  }
}

}  // namespace
}  // namespace smartroute::accounting
