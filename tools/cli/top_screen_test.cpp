#include "tools/cli/top_screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/cli/display_width.hpp"

namespace smartroute::cli {
namespace {

using ::testing::HasSubstr;

TopSnapshot busy(int models) {
  TopSnapshot s;
  s.admin = "127.0.0.1:6688";
  s.about.set_version("1.2.3");
  s.about.set_started_at_ms(1'000'000);
  s.about.set_now_ms(1'000'000 + 7'260'000);
  s.all.set_until_ms(s.about.now_ms());
  s.all.set_since_ms(s.about.now_ms() - 100'000);
  s.all.set_qps(12.5);
  s.all.set_in_flight(4);
  auto* totals = s.all.add_series()->mutable_totals();
  totals->set_requests(1'000);
  totals->set_success_rate(0.991);
  totals->set_prompt_tokens_upstream(10'000);
  totals->set_completion_tokens_upstream(5'000);
  totals->set_cost_nano_usd(100'000'000);
  auto* latency = totals->mutable_response_time();
  latency->set_count(991);
  latency->set_p50_ms(120);
  latency->set_p99_ms(900);
  auto* tier = s.tiers.add_series();
  tier->set_value("t1");
  *tier->mutable_totals() = *totals;
  for (int i = 0; i < models; ++i) {
    auto* model = s.health.add_models();
    model->set_model("mock/model-" + std::to_string(i));
    model->set_health(i == models - 1 ? 30 : 100);
    if (i == models - 1) {
      model->set_cooling_ms(12'300);
      model->set_cooling_reason("rate_limited");
    }
  }
  s.fleet.set_newest_revision(7);
  auto* proxy = s.fleet.add_instances();
  proxy->set_instance_id("边缘-1");
  proxy->set_connected(true);
  proxy->set_applied_revision(6);
  proxy->set_last_seen_ms(s.about.now_ms() - 2'000);
  auto* error = s.errors.add_records();
  error->set_received_us(s.about.now_ms() * 1'000);
  error->set_status(502);
  error->set_model("mock/model-0");
  error->set_error_kind("upstream_timeout");
  error->set_error("no\x1b[2J answer");
  return s;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(Top, ShowsTheNumbersAnOperatorWants) {
  const std::string text = joined(top_lines(busy(3), {200, 0}, {}));
  for (const char* part : {"SmartRoute 1.2.3", "up 2h 1m", "revision 7", "12.5 requests/s, 4 in flight", "1,000 requests, 99.1 % well", "p50 120", "p99 900 ms", "100 in/s, 50.0 out/s", "$3.6/h", "t1", "13s rate_limited",
                           "behind", "边缘-1", "2s ago", "upstream_timeout", "no [2J answer"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  // Those in cooldown first.
  EXPECT_LT(text.find("mock/model-2"), text.find("mock/model-0"));
}

TEST(Top, FitsAnyScreen) {
  for (const ScreenSize size : {ScreenSize{80, 24}, ScreenSize{40, 10}, ScreenSize{20, 3}, ScreenSize{200, 60}, ScreenSize{1, 1}})
    for (const Style style : {Style{}, Style{Colour::On, Glyphs::Unicode}}) {
      const auto lines = top_lines(busy(40), size, style);
      EXPECT_LE(lines.size(), size.rows);
      for (const auto& line : lines) EXPECT_LE(display_width(line), size.columns) << line;
    }
  EXPECT_THAT(joined(top_lines(busy(40), {80, 24}, {})), HasSubstr("more"));
}

TEST(Top, SaysThatItIsNotUpToDate) {
  auto snapshot = busy(1);
  snapshot.complaint = "nothing answers at 127.0.0.1:6688";
  EXPECT_THAT(joined(top_lines(snapshot, {80, 24}, {})), HasSubstr("not up to date: nothing answers"));
}

TEST(Top, IsJsonForPrograms) {
  const auto json = nlohmann::json::parse(top_json(busy(2)));
  EXPECT_EQ(json["in_flight"], 4);
  EXPECT_EQ(json["all"]["answer_ms"]["p50"], 120);
  EXPECT_DOUBLE_EQ(json["all"]["tokens_in_per_second"], 100);
  EXPECT_EQ(json["tiers"]["t1"]["requests"], 1'000);
  EXPECT_EQ(json["health"].size(), 2u);
  EXPECT_EQ(json["errors"][0]["errorKind"], "upstream_timeout");
}

TEST(Top, HasSomethingToShowOfAGatewayThatDidNothingYet) { EXPECT_FALSE(top_lines(TopSnapshot(), {80, 24}, {}).empty()); }

}  // namespace
}  // namespace smartroute::cli
