#include "dataplane/sync/accountant.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include "contract/config/model.hpp"
#include "dataplane/sync/spool.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::sync {
namespace {

class Listener final : public accounting::SettledObserver {
 public:
  void settled(const accounting::Settled& settled) override {
    models.emplace_back(settled.model);
    completions.push_back(settled.usage->completion.value_or(0));
    v1::RequestRecord record;
    EXPECT_TRUE(record.ParseFromArray(settled.record.data(), static_cast<int>(settled.record.size())));
    records.push_back(record);
  }
  std::vector<std::string> models;
  std::vector<std::uint64_t> completions;
  std::vector<v1::RequestRecord> records;
};

class AccountantTest : public testing::Test {
 protected:
  AccountantTest() { options_.observers.push_back(&listener_); }

  void make() { accountant_ = std::make_unique<Accountant>(options_, spool_, clock_); }
  static accounting::Record record(std::string_view request = {}, std::string_view response = {}) {
    accounting::Record record;
    record.request_id = "r";
    record.model = "p/m";
    record.provider = "p";
    record.status = 200;
    record.ending = accounting::Ending::Completed;
    record.texts.request = request;
    record.texts.response = response;
    record.texts.log = !request.empty();
    record.texts.max_bytes = 1024 * 1024;
    record.usage.prompt = 1;
    record.usage.completion = 2;
    return record;
  }
  std::vector<v1::RequestRecord> finish() {
    accountant_->start();
    accountant_->stop();
    std::vector<v1::RequestRecord> out;
    for (; const auto batch = spool_.front(); spool_.acknowledge()) {
      v1::ReportRequest report;
      EXPECT_TRUE(report.ParseFromString(batch->records));
      EXPECT_EQ(report.records_size(), static_cast<int>(batch->count));
      out.insert(out.end(), report.records().begin(), report.records().end());
    }
    return out;
  }

  AccountantOptions options_;
  FakeClock clock_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  Spool spool_{SpoolOptions{}, clock_, log_};
  Listener listener_;
  std::unique_ptr<Accountant> accountant_;
};

TEST_F(AccountantTest, TellsItsObserversWhatItHandsOn) {
  make();
  ASSERT_TRUE(accountant_->offer(0, record("{\"a\":1}", "{\"b\":2}")));
  const auto handed = finish();
  ASSERT_EQ(handed.size(), 1u);
  EXPECT_EQ(handed[0].request_body(), "{\"a\":1}");
  EXPECT_EQ(handed[0].completion_tokens().count(), 2u);
  ASSERT_EQ(listener_.records.size(), 1u);
  EXPECT_EQ(listener_.models[0], "p/m");
  EXPECT_EQ(listener_.completions[0], 2u);
  EXPECT_EQ(listener_.records[0].SerializeAsString(), handed[0].SerializeAsString());
}

TEST_F(AccountantTest, GoesWithoutTextsWhenTheyWouldTakeTheRoomOfRecords) {
  options_.queue_bytes = 64 * 1024;
  make();
  const std::string body(20'000, 'b');
  int offered = 0;
  while (accountant_->offer(0, record(body, "{}"))) ++offered;
  EXPECT_EQ(accountant_->dropped_total(), 1u);
  EXPECT_EQ(accountant_->bodies_dropped_total(), static_cast<std::uint64_t>(offered) - 2) << "two fit in three quarters";
  EXPECT_GT(offered, 20);
  const auto handed = finish();
  ASSERT_EQ(handed.size(), static_cast<std::size_t>(offered));
  EXPECT_EQ(handed[1].request_body().size(), body.size());
  EXPECT_TRUE(handed[2].bodies_dropped());
  EXPECT_TRUE(handed[2].request_body().empty());
}

TEST_F(AccountantTest, CountsBodiesThatWereDroppedBeforeItSawThem) {
  make();
  auto one = record("{}", "{}");
  one.texts.request = one.texts.response = {};
  one.texts.dropped = true;
  ASSERT_TRUE(accountant_->offer(0, std::move(one)));
  EXPECT_EQ(accountant_->bodies_dropped_total(), 1u);
  EXPECT_TRUE(finish()[0].bodies_dropped());
}

TEST_F(AccountantTest, KeepsBatchesWithinTheirBounds) {
  options_.batch_records = 7;
  options_.batch_bytes = 5'000;
  make();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(accountant_->offer(0, record()));
  const std::string large(10'000, 'x');
  ASSERT_TRUE(accountant_->offer(0, record(large, "{}")));
  ASSERT_TRUE(accountant_->offer(0, record()));
  accountant_->start();
  accountant_->stop();
  std::vector<std::uint32_t> counts;
  for (; const auto batch = spool_.front(); spool_.acknowledge()) {
    counts.push_back(batch->count);
    EXPECT_TRUE(batch->records.size() <= 5'000 || batch->count == 1);
  }
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{7, 7, 6, 1, 1}));
}

TEST_F(AccountantTest, RedactsByTheConfigurationAndByTheOneBefore) {
  make();
  config::Config config;
  config.gateway.api_keys.emplace_back("a-gateway-key-of-ours");
  config.gateway.keys.push_back({"team", Secret("the-key-of-a-team"), std::nullopt});
  config.providers.emplace_back();
  config.providers[0].api_key = Secret("a-provider-key");
  config.providers[0].headers = {{"X-Auth-Token", "header-secret-1"}, {"X-Title", "not-a-secret-title"}};
  config.tracing.headers = {{"x", Secret("tracing-secret")}};
  config.logs.redact = {"[0-9]{3}-[0-9]{4}"};
  accountant_->use(config);
  config.gateway.api_keys[0] = Secret("another-gateway-key");
  accountant_->use(config);
  const std::string text = R"({"a":"a-gateway-key-of-ours another-gateway-key the-key-of-a-team a-provider-key header-secret-1 not-a-secret-title tracing-secret 555-1234"})";
  ASSERT_TRUE(accountant_->offer(0, record(text, text)));
  const auto handed = finish();
  EXPECT_EQ(handed[0].request_body(), R"({"a":"[redacted] [redacted] [redacted] [redacted] [redacted] not-a-secret-title [redacted] [redacted]"})");
  EXPECT_EQ(accountant_->redactions_total(), 14u);
}

TEST_F(AccountantTest, CountsWhatItCountedItself) {
  make();
  auto one = record();
  one.usage = {};
  one.texts.request = R"({"model":"m","messages":[{"role":"user","content":"hello"}]})";
  one.texts.response = R"({"choices":[{"message":{"content":"Hello!"}}]})";
  ASSERT_TRUE(accountant_->offer(0, std::move(one)));
  ASSERT_TRUE(accountant_->offer(0, record()));
  const auto handed = finish();
  EXPECT_GT(handed[0].prompt_tokens().count(), 0u);
  EXPECT_EQ(accountant_->local_counts_total(), 2u);
}

TEST_F(AccountantTest, MakesTextThatIsNotUtf8ReadableForTheOtherSide) {
  make();
  auto one = record();
  one.requested_model = "gpt\xff\xfe";
  one.error = std::string(100'000, 'e');
  one.attempts.resize(1);
  one.attempts[0].reason = "\x80oops";
  ASSERT_TRUE(accountant_->offer(0, std::move(one)));
  const auto handed = finish();
  EXPECT_EQ(handed[0].requested_model(), "gpt??");
  EXPECT_EQ(handed[0].attempts(0).reason(), "?oops");
  EXPECT_EQ(handed[0].error().size(), 4'096u);
}

TEST_F(AccountantTest, WithoutAStartEverythingCountsAsDropped) {
  make();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(accountant_->offer(0, record()));
  accountant_->stop();
  EXPECT_EQ(accountant_->dropped_total(), 3u);
}

}  // namespace
}  // namespace smartroute::sync
