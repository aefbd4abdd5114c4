#include "tools/cli/stats_text.hpp"

#include <gmock/gmock.h>

#include "smartroute/v1/admin.pb.h"

namespace smartroute::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

admin::v1::GetStatsResponse two_models() {
  admin::v1::GetStatsResponse said;
  said.set_since_ms(1'700'000'040'000);
  said.set_until_ms(1'700'003'640'000);
  said.set_in_flight(3);
  said.set_qps(1.25);
  for (const char* model : {"p/a", "p/b"}) {
    auto& series = *said.add_series();
    series.set_value(model);
    auto& totals = *series.mutable_totals();
    totals.set_requests(1'200);
    totals.set_successes(1'194);
    totals.set_success_rate(0.995);
    totals.set_qps(0.333);
    totals.mutable_response_time()->set_count(1);
    totals.mutable_response_time()->set_p50_ms(81.25);
    totals.mutable_response_time()->set_p99_ms(1'900.4);
    totals.set_prompt_tokens_upstream(1'000);
    totals.set_prompt_tokens_local(234);
    totals.set_cost_nano_usd(1'604'938);
  }
  return said;
}

TEST(StatsText, IsALineAValue) {
  EXPECT_EQ(stats_text(two_models(), "model"),
            "2023-11-14 22:14 to 2023-11-14 23:14 UTC; now 3 in flight, 1.250 requests a second\n\n"
            "MODEL  REQUESTS    QPS  SUCCESS  P50 MS  P90 MS  P99 MS  FIRST MS  TOKENS IN  OUT       COST  SAVED  RETRIES\n"
            "p/a       1,200  0.333   99.5 %    81.2     0.0    1900         -      1,234    0  $0.001605     $0        0\n"
            "p/b       1,200  0.333   99.5 %    81.2     0.0    1900         -      1,234    0  $0.001605     $0        0\n");
}

TEST(StatsText, ShowsPointsInTimeAndThenTheWhole) {
  admin::v1::GetStatsResponse said = two_models();
  said.set_step_ms(60'000);
  for (int i = 1; i >= 0; --i) {
    auto& point = *said.mutable_series(i)->add_points();
    point.set_at_ms(1'700'000'040'000 + i * 60'000);
    point.mutable_totals()->set_requests(7);
  }
  const std::string text = stats_text(said, "model");
  EXPECT_LT(text.find("11-14 22:14:00  p/a"), text.find("11-14 22:15:00  p/b"));
  EXPECT_LT(text.find("11-14 22:15:00  p/b"), text.rfind("p/a"));
}

TEST(StatsText, ComparesWithTheSpanBefore) {
  admin::v1::GetStatsResponse said = two_models();
  for (const std::uint64_t requests : {600u, 0u}) {
    auto& before = *said.add_before();
    before.mutable_totals()->set_requests(requests);
    before.mutable_totals()->set_cost_nano_usd(1'604'938 * 2);
  }
  const std::string text = stats_text(said, "model");
  EXPECT_THAT(text, HasSubstr("REQUESTS +/-"));
  EXPECT_THAT(text, HasSubstr("+100 %   -50.0 %"));
  EXPECT_THAT(text, HasSubstr("new"));
}

TEST(StatsText, NamesKeysAndMarksWhatIsNotPriced) {
  admin::v1::GetStatsResponse said = two_models();
  said.mutable_series(0)->set_label("the shop");
  EXPECT_THAT(stats_text(said, "key"), Not(HasSubstr("+?")));
  said.mutable_series(1)->mutable_totals()->set_unpriced_requests(2);
  const std::string text = stats_text(said, "key");
  EXPECT_THAT(text, HasSubstr("the shop (p/a)"));
  EXPECT_THAT(text, HasSubstr("$0.001605+?"));
}

TEST(StatsText, SaysThatThereIsNothing) {
  admin::v1::GetStatsResponse said = two_models();
  said.clear_series();
  EXPECT_THAT(stats_text(said, ""), HasSubstr("no requests"));
}

}  // namespace
}  // namespace smartroute::cli
