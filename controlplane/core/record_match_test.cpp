#include "controlplane/core/record_match.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "contract/base/random.hpp"

namespace smartroute::control {
namespace {

using admin::v1::RecordFilter;

v1::RequestRecord sample() {
  v1::RequestRecord record;
  record.set_request_id("Req-1");
  record.set_received_us(10'000'000);
  record.set_completed_us(10'250'999);
  record.set_endpoint("chat_completions");
  record.set_tier("t2");
  record.set_model("p/x");
  record.set_provider("p");
  record.set_key_id("k1");
  record.set_ending("upstream_error");
  record.set_status(429);
  record.set_error("the provider said No");
  record.set_error_kind("rate_limited");
  record.set_category("tool");
  record.set_preview("Prove that caf\xc3\xa9s exist");
  record.set_instance_id("proxy-1");
  record.set_streaming(true);
  for (int i = 0; i < 3; ++i) record.add_attempts()->set_model("p/x");
  return record;
}

TEST(RecordMatch, EachConditionHoldsOrFailsByItself) {
  const struct {
    const char* name;
    std::function<void(RecordFilter&)> set;
    bool holds;
  } rows[] = {
      {"nothing", [](auto&) {}, true},
      {"since, exactly", [](auto& f) { f.set_since_us(10'000'000); }, true},
      {"since, later", [](auto& f) { f.set_since_us(10'000'001); }, false},
      {"until is not included", [](auto& f) { f.set_until_us(10'000'000); }, false},
      {"until, just behind", [](auto& f) { f.set_until_us(10'000'001); }, true},
      {"tier", [](auto& f) { f.add_tiers("t2"); }, true},
      {"one of the tiers", [](auto& f) { f.add_tiers("t1"), f.add_tiers("t2"); }, true},
      {"another tier", [](auto& f) { f.add_tiers("t1"); }, false},
      {"no tier", [](auto& f) { f.add_tiers("none"); }, false},
      {"model", [](auto& f) { f.add_models("p/x"); }, true},
      {"a model's beginning", [](auto& f) { f.add_models("p/"); }, false},
      {"provider", [](auto& f) { f.add_providers("p"); }, true},
      {"key", [](auto& f) { f.add_key_ids("k2"); }, false},
      {"ending", [](auto& f) { f.add_endings("upstream_error"); }, true},
      {"status", [](auto& f) { f.add_statuses("429"); }, true},
      {"class of status", [](auto& f) { f.add_statuses("4xx"); }, true},
      {"another class", [](auto& f) { f.add_statuses("2xx"), f.add_statuses("5xx"); }, false},
      {"no status", [](auto& f) { f.add_statuses("0"); }, false},
      {"error kind", [](auto& f) { f.add_error_kinds("rate_limited"); }, true},
      {"any error", [](auto& f) { f.add_error_kinds("any"); }, true},
      {"another error", [](auto& f) { f.add_error_kinds("timeout"); }, false},
      {"category", [](auto& f) { f.add_categories("chat"); }, false},
      {"text in the preview, letters of either case", [](auto& f) { f.set_text("pROVE THAT"); }, true},
      {"text beyond ASCII as it is", [](auto& f) { f.set_text("CAF\xc3\xa9S"); }, true},
      {"text in the id", [](auto& f) { f.set_text("eq-1"); }, true},
      {"text in the error", [](auto& f) { f.set_text("said no"); }, true},
      {"text nowhere", [](auto& f) { f.set_text("provet"); }, false},
      {"text longer than all", [](auto& f) { f.set_text(std::string(200, 'p')); }, false},
      {"duration, whole milliseconds", [](auto& f) { f.set_min_duration_ms(250); }, true},
      {"duration, longer", [](auto& f) { f.set_min_duration_ms(251); }, false},
      {"retries", [](auto& f) { f.set_min_retries(2); }, true},
      {"more retries", [](auto& f) { f.set_min_retries(3); }, false},
      {"streaming", [](auto& f) { f.set_streaming(true); }, true},
      {"not streaming", [](auto& f) { f.set_streaming(false); }, false},
      {"request id", [](auto& f) { f.set_request_id("Req-1"); }, true},
      {"request id in small letters", [](auto& f) { f.set_request_id("req-1"); }, false},
      {"instance", [](auto& f) { f.add_instance_ids("proxy-1"); }, true},
      {"one that holds and one that does not", [](auto& f) { f.add_tiers("t2"), f.add_providers("q"); }, false},
  };
  const auto record = sample();
  for (const auto& row : rows) {
    RecordFilter filter;
    row.set(filter);
    EXPECT_EQ(matches(filter, record), row.holds) << row.name;
  }
}

TEST(RecordMatch, RecordsThatSayLittle) {
  v1::RequestRecord record;
  RecordFilter filter;
  EXPECT_TRUE(matches(filter, record));
  filter.add_statuses("0");
  EXPECT_TRUE(matches(filter, record));
  filter.set_min_duration_ms(1);
  EXPECT_FALSE(matches(filter, record)) << "it never completed";
  filter.clear_min_duration_ms();
  filter.add_error_kinds("any");
  EXPECT_FALSE(matches(filter, record));
  filter.clear_error_kinds();
  filter.add_tiers("none");
  EXPECT_FALSE(matches(filter, record)) << "no model request";
  record.set_endpoint("chat_completions");
  EXPECT_TRUE(matches(filter, record));
}

TEST(RecordMatch, ComplainsOfWhatNoRecordCouldMean) {
  const struct {
    const char* name;
    std::function<void(RecordFilter&)> set;
  } rows[] = {
      {"too many values", [](auto& f) { for (int i = 0; i <= kMaxFilterValues; ++i) f.add_models("m"); }},
      {"a value too long", [](auto& f) { f.add_key_ids(std::string(kMaxFilterText + 1, 'k')); }},
      {"text too long", [](auto& f) { f.set_text(std::string(kMaxFilterText + 1, 'k')); }},
      {"a status that is none", [](auto& f) { f.add_statuses("6xx"); }},
      {"a status of four digits", [](auto& f) { f.add_statuses("4290"); }},
      {"a tier that is none", [](auto& f) { f.add_tiers("t4"); }},
      {"a category that is none", [](auto& f) { f.add_categories("image"); }},
      {"negative since", [](auto& f) { f.set_since_us(-1); }},
      {"until before since", [](auto& f) { f.set_since_us(5), f.set_until_us(5); }},
  };
  for (const auto& row : rows) {
    RecordFilter filter;
    row.set(filter);
    EXPECT_NE(complaint_about(filter), "") << row.name;
  }
  RecordFilter fine;
  for (const char* status : {"0", "200", "2xx", "599"}) fine.add_statuses(status);
  fine.add_tiers("none");
  fine.set_text(std::string(kMaxFilterText, 'x'));
  EXPECT_EQ(complaint_about(fine), "");
  EXPECT_EQ(complaint_about({}), "");
}

TEST(RecordMatch, BytesAndMessageSayTheSame) {
  const auto record = sample();
  const std::string bytes = record.SerializeAsString();
  const auto cheap = facts_of_wire(bytes);
  ASSERT_TRUE(cheap);
  const auto facts = facts_of(record);
  EXPECT_EQ(cheap->request_id, facts.request_id);
  EXPECT_EQ(cheap->endpoint, facts.endpoint);
  EXPECT_EQ(cheap->tier, facts.tier);
  EXPECT_EQ(cheap->model, facts.model);
  EXPECT_EQ(cheap->provider, facts.provider);
  EXPECT_EQ(cheap->key_id, facts.key_id);
  EXPECT_EQ(cheap->ending, facts.ending);
  EXPECT_EQ(cheap->error, facts.error);
  EXPECT_EQ(cheap->error_kind, facts.error_kind);
  EXPECT_EQ(cheap->category, facts.category);
  EXPECT_EQ(cheap->preview, facts.preview);
  EXPECT_EQ(cheap->instance_id, facts.instance_id);
  EXPECT_EQ(cheap->received_us, facts.received_us);
  EXPECT_EQ(cheap->completed_us, facts.completed_us);
  EXPECT_EQ(cheap->status, facts.status);
  EXPECT_EQ(cheap->attempts, facts.attempts);
  EXPECT_EQ(cheap->streaming, facts.streaming);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) (void)facts_of_wire(std::string_view(bytes).substr(0, cut));
  EXPECT_FALSE(facts_of_wire(std::string_view(bytes).substr(0, bytes.size() - 1)));
}

}  // namespace
}  // namespace smartroute::control
