#include <gtest/gtest.h>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

class StatsMethodsTest : public testing::Test {
 protected:
  StatsMethodsTest() {
    add_stats_methods(dispatch, *store, clock, [] {
      return LiveNow{7, 2.5};
    });
  }
  CallResult<rpc::GetStatsResponse> stats(const rpc::GetStatsRequest& request) {
    const Method* method = dispatch.find("smartroute.admin.v1.StatsService/GetStats");
    rpc::GetStatsResponse response;
    if (auto done = dispatch.call(*method, request, response); !done) return tl::unexpected<CallError>(done.error());
    return response;
  }
  std::int64_t now_us() const { return micros_since_epoch(clock.wall()); }
  void store_records(int count) {
    v1::ReportRequest batch;
    batch.set_boot_id("boot");
    batch.set_first_sequence(1);
    for (int i = 0; i < count; ++i) {
      auto& record = *batch.add_records();
      record.set_received_us(now_us() - i * kMinute);
      record.set_completed_us(record.received_us() + 1'000);
      record.set_endpoint("chat_completions");
      record.set_status(200);
      record.set_key_id("cafe");
      record.set_key_name("the shop");
    }
    ASSERT_TRUE(store->append_records(batch));
  }

  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  Dispatch dispatch;
};

TEST_F(StatsMethodsTest, AddUpTheStoresRollupsAndSayWhatGoesOnNow) {
  store_records(90);
  rpc::GetStatsRequest request;
  request.set_since_ms((now_us() - 60 * kMinute) / 1'000);
  request.set_compare(true);
  const auto said = stats(request);
  ASSERT_TRUE(said) << said.error().message;
  ASSERT_EQ(said->series_size(), 1);
  EXPECT_EQ(said->series(0).totals().requests(), 60u);
  EXPECT_EQ(said->before(0).totals().requests(), 30u);
  EXPECT_EQ(said->series(0).points_size(), 60);
  EXPECT_EQ(said->in_flight(), 7u);
  EXPECT_EQ(said->qps(), 2.5);
  EXPECT_GT(said->rows_read(), 0u);
}

TEST_F(StatsMethodsTest, LabelKeysWithTheirNames) {
  store_records(3);
  rpc::GetStatsRequest request;
  request.set_dimension("key");
  request.set_step_ms(-1);
  const auto said = stats(request);
  ASSERT_TRUE(said) << said.error().message;
  ASSERT_EQ(said->series_size(), 1);
  EXPECT_EQ(said->series(0).value(), "cafe");
  EXPECT_EQ(said->series(0).label(), "the shop");
}

TEST_F(StatsMethodsTest, RefuseAQuestionThatMakesNoSense) {
  rpc::GetStatsRequest request;
  request.set_dimension("colour");
  EXPECT_EQ(stats(request).error().code, Code::InvalidArgument);
  EXPECT_TRUE(Dispatch::authorize(*dispatch.find("smartroute.admin.v1.StatsService/GetStats"), Role::Viewer));
}

}  // namespace
}  // namespace smartroute::control::admin
