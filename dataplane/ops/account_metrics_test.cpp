#include "dataplane/ops/account_metrics.hpp"

#include <gtest/gtest.h>

#include "dataplane/ops/metrics.hpp"
#include "dataplane/ops/record_facts.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::ops {
namespace {

using accounting::TokenAmount;
using accounting::TokenSource;

// A streamed answer of ten seconds, found through the router.
struct Request {
  Request() {
    record.set_received_us(1'000'000);
    record.set_first_byte_us(2'000'000);
    record.set_completed_us(12'000'000);
    record.set_streaming(true);
    record.set_requested_model("auto");
    record.set_mode("keyword");
    record.set_ending("completed");
    record.add_attempts()->set_model("failed/one");
    record.add_attempts()->set_model("openai/gpt-4o-mini");
    record.set_request_body(std::string(70'000, 'x'));
    settled.provider = "openai";
    settled.model = "openai/gpt-4o-mini";
    settled.usage = &usage;
    settled.account.prompt = TokenAmount{100, TokenSource::Upstream};
    settled.account.completion = TokenAmount{21, TokenSource::Local};
    settled.account.cost_nano = 1'500'000;
    settled.account.t3_cost_nano = 4'000'000;
    usage.cached = 64;
    usage.reasoning = 8;
  }
  void count(Metrics& metrics) {
    const auto bytes = record.SerializeAsString();
    settled.record = bytes;
    metrics.accounts().settled(settled);
  }
  v1::RequestRecord record;
  openai::Usage usage;
  accounting::Settled settled;
};

testing::AssertionResult has(const Metrics& metrics, const std::string& line) {
  const auto text = metrics.text();
  if (("\n" + text).find("\n" + line + "\n") != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no line '" << line << "' in\n" << text;
}

TEST(AccountMetrics, CountTokensByTypeAndSource) {
  Metrics metrics(1);
  EXPECT_TRUE(has(metrics, R"(smartroute_tokens_total{type="prompt",source="estimate"} 0)")) << "there from the start";
  Request request;
  request.count(metrics);
  request.settled.account.prompt->source = TokenSource::Estimate;
  request.count(metrics);
  for (const char* line :
       {R"(smartroute_tokens_total{type="prompt",source="upstream"} 100)", R"(smartroute_tokens_total{type="prompt",source="estimate"} 100)",
        R"(smartroute_tokens_total{type="completion",source="local"} 42)", R"(smartroute_tokens_total{type="cached",source="upstream"} 128)",
        R"(smartroute_tokens_total{type="reasoning",source="upstream"} 16)", R"(smartroute_token_counts_total{source="upstream"} 1)",
        R"(smartroute_token_counts_total{source="local"} 2)", R"(smartroute_token_counts_total{source="estimate"} 1)",
        "smartroute_usage_unknown_total 0"})
    EXPECT_TRUE(has(metrics, line));
}

TEST(AccountMetrics, TellZeroFromUnknown) {
  Metrics metrics(1);
  Request zero;
  zero.settled.account.prompt->count = 0;
  zero.settled.account.cost_nano = 0;
  zero.count(metrics);
  EXPECT_TRUE(has(metrics, "smartroute_usage_unknown_total 0"));
  EXPECT_TRUE(has(metrics, "smartroute_unpriced_requests_total 0"));
  Request unknown;
  unknown.settled.account = {};
  unknown.settled.usage = nullptr;
  unknown.count(metrics);
  EXPECT_TRUE(has(metrics, "smartroute_usage_unknown_total 1"));
  EXPECT_TRUE(has(metrics, "smartroute_unpriced_requests_total 1"));
}

TEST(AccountMetrics, CountNothingOfARequestNobodyAnswered) {
  Metrics metrics(1);
  Request request;
  request.settled.provider = request.settled.model = {};
  request.count(metrics);
  EXPECT_TRUE(has(metrics, R"(smartroute_token_counts_total{source="upstream"} 0)"));
  EXPECT_TRUE(has(metrics, "smartroute_usage_unknown_total 0"));
  EXPECT_TRUE(has(metrics, "smartroute_unpriced_requests_total 0"));
}

TEST(AccountMetrics, AddCostsUpWithoutLosingANanoDollar) {
  Metrics metrics(1);
  Request request;
  request.settled.account.cost_nano = 1;
  for (int i = 0; i < 1'000; ++i) request.count(metrics);
  EXPECT_TRUE(has(metrics, R"(smartroute_cost_usd_total{provider="openai",model="openai/gpt-4o-mini"} 1e-06)"));
  EXPECT_TRUE(has(metrics, "smartroute_saved_usd_total 3.999999"));
}

TEST(AccountMetrics, NeverCountSavingsBackwards) {
  Metrics metrics(1);
  Request request;
  request.count(metrics);  // saves 2.5 million
  request.settled.account.t3_cost_nano = 1'000'000;
  request.count(metrics);  // costs half a million more
  request.settled.account.t3_cost_nano.reset();
  request.count(metrics);  // not known
  EXPECT_TRUE(has(metrics, "smartroute_saved_usd_total 0.0025"));
  EXPECT_TRUE(has(metrics, "smartroute_extra_cost_usd_total 0.0005"));
  EXPECT_TRUE(has(metrics, R"(smartroute_cost_usd_total{provider="openai",model="openai/gpt-4o-mini"} 0.0045)"));
}

constexpr char kLabels[] =
    R"({gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="auto",gen_ai_response_model="openai/gpt-4o-mini")";

TEST(AccountMetrics, FillTheGenAiHistograms) {
  Metrics metrics(1);
  Request request;
  request.count(metrics);
  const std::string labels = kLabels;
  EXPECT_TRUE(has(metrics, "gen_ai_client_token_usage_sum" + labels + R"(,gen_ai_token_type="input"} 100)"));
  EXPECT_TRUE(has(metrics, "gen_ai_client_token_usage_bucket" + labels + R"(,gen_ai_token_type="output",le="16"} 0)"));
  EXPECT_TRUE(has(metrics, "gen_ai_client_token_usage_bucket" + labels + R"(,gen_ai_token_type="output",le="64"} 1)"));
  EXPECT_TRUE(has(metrics, "gen_ai_server_time_per_output_token_seconds_sum" + labels + "} 0.5")) << "ten seconds, twenty tokens after the first";
}

TEST(AccountMetrics, LeaveOutOfTheGenAiHistogramsWhatIsNotKnown) {
  struct Row {
    const char* name;
    void (*change)(Request&);
    bool tokens, per_token;
  };
  const Row rows[] = {
      {"all is known", [](Request&) {}, true, true},
      {"an estimate", [](Request& r) { r.settled.account.completion->source = TokenSource::Estimate; }, false, false},
      {"no stream", [](Request& r) { r.record.set_streaming(false); }, true, false},
      {"a broken stream", [](Request& r) { r.record.set_ending("broken_stream"); }, true, false},
      {"one token", [](Request& r) { r.settled.account.completion->count = 1; }, true, false},
      {"no first byte", [](Request& r) { r.record.clear_first_byte_us(); }, true, false},
      {"a clock set back", [](Request& r) { r.record.set_completed_us(5); }, true, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Metrics metrics(1);
    Request request;
    row.change(request);
    request.count(metrics);
    const auto text = metrics.text();
    EXPECT_EQ(text.find(R"(gen_ai_token_type="output")") != std::string::npos, row.tokens);
    EXPECT_EQ(text.find("gen_ai_server_time_per_output_token_seconds") != std::string::npos, row.per_token);
  }
}

TEST(AccountMetrics, NeverShowAModelThatOnlyTheClientKnows) {
  Metrics metrics(1);
  Request request;
  request.record.set_requested_model("openai/my-secret");
  request.record.set_mode("named");
  request.settled.model = "openai/my-secret";
  request.settled.configured_model = false;
  for (int i = 0; i < 3; ++i) request.count(metrics);
  EXPECT_EQ(metrics.text().find("secret"), std::string::npos);
  EXPECT_TRUE(has(metrics, R"(smartroute_cost_usd_total{provider="openai",model="other"} 0.0045)"));
}

TEST(AccountMetrics, StayBoundedAndLoseNoCount) {
  Metrics metrics(1);
  Request request;
  for (std::size_t i = 0; i < kMaxModelSeries + 500; ++i) {
    const std::string model = "openai/m" + std::to_string(i);
    request.settled.model = model;
    request.count(metrics);
  }
  const auto text = metrics.text();
  std::size_t series = 0;
  for (auto at = text.find("smartroute_cost_usd_total{"); at != std::string::npos; at = text.find("smartroute_cost_usd_total{", at + 1)) ++series;
  EXPECT_EQ(series, kMaxModelSeries + 1);
  EXPECT_TRUE(has(metrics, R"(smartroute_cost_usd_total{provider="other",model="other"} 0.75)"));
}

TEST(AccountMetrics, CallProvidersByTheirPublicNamesForGood) {
  Metrics metrics(1);
  std::string name = "azure.ai.openai";
  MetricSources sources;
  sources.provider_name = [&name](const std::string& provider) { return provider == "openai" ? name : std::string(); };
  metrics.observe(std::move(sources));
  Request request;
  request.count(metrics);
  Request local;
  local.settled.provider = "local";
  local.count(metrics);
  EXPECT_NE(metrics.text().find(R"(gen_ai_provider_name="azure.ai.openai")"), std::string::npos);
  name = "openai";
  const auto text = metrics.text();
  EXPECT_NE(text.find(R"(gen_ai_provider_name="azure.ai.openai")"), std::string::npos);
  EXPECT_NE(text.find(R"(gen_ai_provider_name="local")"), std::string::npos);
  EXPECT_EQ(text.find(R"(gen_ai_provider_name="openai")"), std::string::npos);
  EXPECT_TRUE(has(metrics, R"(smartroute_cost_usd_total{provider="openai",model="openai/gpt-4o-mini"} 0.0015)")) << "our own metrics keep ids";
}

TEST(RecordFacts, AreThoseOfTheMessage) {
  Request request;
  const auto bytes = request.record.SerializeAsString();
  const auto facts = facts_of(bytes);
  EXPECT_EQ(facts.first_byte_us, 2'000'000);
  EXPECT_EQ(facts.completed_us, 12'000'000);
  EXPECT_TRUE(facts.streaming);
  EXPECT_EQ(facts.requested_model, "auto");
  EXPECT_EQ(facts.mode, "keyword");
  EXPECT_EQ(facts.ending, "completed");
  EXPECT_EQ(facts.first_tried, "failed/one");
  for (std::size_t n = 0; n < bytes.size(); n += 97) (void)facts_of(std::string_view(bytes).substr(0, n));  // cut anywhere: no harm
}

}  // namespace
}  // namespace smartroute::ops
