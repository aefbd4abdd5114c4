#include <gtest/gtest.h>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/core/scoring.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control::admin {
namespace {

class HealthMethodsTest : public testing::Test {
 protected:
  HealthMethodsTest() {
    table.configure({{"p/sick", "p"}, {"p/sound", "p"}}, config::Health(), Moment::now(clock));
    v1::HealthReport report;
    report.set_sequence(1);
    auto& tally = *report.add_models();
    tally.set_model("p/sick");
    tally.set_successes(3);
    auto& failures = *tally.add_failures();
    failures.set_kind("rate_limited");
    failures.set_count(2);
    tally.set_cooling_ms(60'000);
    tally.set_cooling_reason("rate_limited");
    table.take(report, {"proxy", 1}, Moment::now(clock));
    add_health_methods(dispatch, {[this] { return table.list(clock.steady()); },
                                  [this](const std::string& model) { return table.reset(model, Moment::now(clock)); }});
  }

  template <class Response, class Request>
  CallResult<Response> call(const char* name, const Request& request) {
    const Method* method = dispatch.find(std::string("smartroute.admin.v1.HealthService/") + name);
    EXPECT_NE(method, nullptr);
    Response response;
    if (auto done = dispatch.call(*method, request, response); !done) return tl::unexpected<CallError>(done.error());
    return response;
  }
  CallResult<rpc::ListModelHealthResponse> list() {
    return call<rpc::ListModelHealthResponse>("ListModelHealth", rpc::ListModelHealthRequest());
  }
  CallResult<rpc::ResetModelHealthResponse> reset(const std::string& model) {
    rpc::ResetModelHealthRequest request;
    request.set_model(model);
    return call<rpc::ResetModelHealthResponse>("ResetModelHealth", request);
  }

  FakeClock clock;
  ScoreTable table;
  Dispatch dispatch;
};

TEST_F(HealthMethodsTest, ListsEveryModelOfTheConfigurationSoundOnesToo) {
  const auto listed = list();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->models_size(), 2);
  const auto& sick = listed->models(0);
  EXPECT_EQ(sick.model(), "p/sick");
  EXPECT_EQ(sick.provider(), "p");
  EXPECT_GT(sick.score(), 0);
  EXPECT_DOUBLE_EQ(sick.health(), 100 / (1 + 0.2 * sick.score()));
  EXPECT_EQ(sick.cooling_ms(), 60'000);
  EXPECT_EQ(sick.cooling_reason(), "rate_limited");
  EXPECT_EQ(sick.ejections(), 1u);
  EXPECT_EQ(sick.successes(), 3u);
  ASSERT_EQ(sick.failures_size(), 1);
  EXPECT_EQ(sick.failures(0).kind(), "rate_limited");
  EXPECT_EQ(sick.failures(0).count(), 2u);
  EXPECT_GT(sick.last_success_ms(), 0);
  EXPECT_EQ(sick.last_failure_ms(), sick.last_success_ms());
  const auto& sound = listed->models(1);
  EXPECT_EQ(sound.model(), "p/sound");
  EXPECT_EQ(sound.health(), 100);
  EXPECT_EQ(sound.last_failure_ms(), 0);
}

TEST_F(HealthMethodsTest, ResetsOneModelOrAllAndNamesTheOneThatIsNotThere) {
  EXPECT_EQ(reset("p/sound")->models(), 1u);
  EXPECT_LT(list()->models(0).health(), 100);
  EXPECT_EQ(reset("")->models(), 2u);
  EXPECT_EQ(list()->models(0).health(), 100);
  EXPECT_EQ(list()->models(0).cooling_ms(), 0);
  const auto none = reset("sick");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::NotFound);
  EXPECT_NE(none.error().message.find("'sick'"), std::string::npos);
}

TEST_F(HealthMethodsTest, AViewerMayLookAndNotReset) {
  EXPECT_TRUE(Dispatch::authorize(*dispatch.find("smartroute.admin.v1.HealthService/ListModelHealth"), Role::Viewer));
  EXPECT_FALSE(Dispatch::authorize(*dispatch.find("smartroute.admin.v1.HealthService/ResetModelHealth"), Role::Viewer));
}

}  // namespace
}  // namespace smartroute::control::admin
