#include "tools/cli/health_command.hpp"

#include <gtest/gtest.h>

#include "smartroute/v1/admin.pb.h"

namespace smartroute::cli {
namespace {

TEST(HealthText, IsATableOfAllModels) {
  admin::v1::ListModelHealthResponse said;
  auto& sick = *said.add_models();
  sick.set_model("openai/gpt-4o-mini");
  sick.set_health(33.333);
  sick.set_score(10);
  sick.set_successes(1'234);
  sick.set_cooling_ms(59'001);
  sick.set_cooling_reason("rate_limited");
  for (const char* kind : {"timeout", "rate_limited"}) {
    auto& row = *sick.add_failures();
    row.set_kind(kind);
    row.set_count(3);
  }
  auto& sound = *said.add_models();
  sound.set_model("a/b");
  sound.set_health(100);
  EXPECT_EQ(health_text(said),
            "MODEL               HEALTH  SCORE  COOLDOWN  REASON        SUCCESSES  FAILURES\n"
            "openai/gpt-4o-mini  33.3    10.00  1m        rate_limited  1234       timeout 3, rate_limited 3\n"
            "a/b                 100.0   0.00   -         -             0          -\n");
}

TEST(HealthText, SaysWhyThereIsNothing) {
  EXPECT_EQ(health_text(admin::v1::ListModelHealthResponse()), "no models: there is no configuration yet\n");
}

TEST(UnknownModel, NamesTheNearest) {
  admin::v1::ListModelHealthResponse said;
  said.add_models()->set_model("openai/gpt-4o-mini");
  EXPECT_EQ(unknown_model(said, "openai/gpt-4o-mini"), "");
  EXPECT_EQ(unknown_model(said, "openai/gpt-4o-mni"), "the configuration has no model 'openai/gpt-4o-mni'; did you mean 'openai/gpt-4o-mini'?");
  EXPECT_EQ(unknown_model(said, "x/y"), "the configuration has no model 'x/y'; smartroute health shows those it has");
}

TEST(ShowHealth, FailsWithoutAGateway) {
  AdminAccess nowhere;
  nowhere.admin = "127.0.0.1:1";
  nowhere.token = "sra_test";
  EXPECT_NE(show_health(nowhere, Output::Text), 0);
  EXPECT_NE(reset_health(nowhere, "", Output::Text), 0);
  EXPECT_NE(reset_health(nowhere, "a/x", Output::Json), 0);
}

}  // namespace
}  // namespace smartroute::cli
