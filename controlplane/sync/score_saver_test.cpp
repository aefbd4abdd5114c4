#include "controlplane/sync/score_saver.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "controlplane/store/memory_store.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control::sync {
namespace {

class ScoreSaverTest : public testing::Test {
 protected:
  void start(const std::vector<ModelName>& models) {
    saver.reset();
    scores.emplace(clock);
    scores->configure(Revision{1}, models, config::Health());
    saver.emplace(*scores, *store, log);
  }
  void report(std::uint64_t sequence, const std::string& model) {
    v1::HealthReport report;
    report.set_sequence(sequence);
    auto& tally = *report.add_models();
    tally.set_model(model);
    auto& failures = *tally.add_failures();
    failures.set_kind("server_error");
    failures.set_count(4);
    scores->take(report, {"proxy", 1});
  }
  double score_of(const std::string& model) {
    for (const auto& standing : scores->list())
      if (standing.name.id == model) return standing.score;
    return -1;
  }

  FakeClock clock;
  base::Log log{base::Level::Debug, base::Form::Json, [](const std::string&) {}};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::optional<SharedScores> scores;
  std::optional<ScoreSaver> saver;
};

TEST_F(ScoreSaverTest, WritesWhatChangesWithoutBeingAskedTo) {
  start({{"p/x", "p"}});
  report(1, "p/x");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (store->health()->models.empty()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_EQ(store->health()->models[0].standing.score, score_of("p/x"));
}

TEST_F(ScoreSaverTest, TheNextProcessGoesOnWhereThisOneEnded) {
  start({{"p/x", "p"}, {"p/y", "p"}});
  report(1, "p/x");
  report(2, "p/y");
  const double before = score_of("p/x");
  ASSERT_GT(before, 0);
  clock.jump_wall(std::chrono::hours(-1));
  start({{"p/x", "p"}});
  EXPECT_EQ(score_of("p/x"), before);
  EXPECT_EQ(scores->acknowledged({"proxy", 1}), 2u);
  report(2, "p/x");
  EXPECT_EQ(score_of("p/x"), before) << "it was taken by the process before";
  saver->stop();
  ASSERT_EQ(store->health()->models.size(), 1u) << "p/y left the configuration";
  EXPECT_EQ(store->health()->models[0].standing.name.id, "p/x");
}

TEST_F(ScoreSaverTest, WritesNothingWhenNothingChanged) {
  start({{"p/x", "p"}});
  clock.advance(std::chrono::hours(1));
  saver->stop();
  EXPECT_TRUE(store->health()->models.empty());
}

}  // namespace
}  // namespace smartroute::control::sync
