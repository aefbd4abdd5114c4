#include "controlplane/core/scoring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "dataplane/core/resilience/health.hpp"
#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control {
namespace {

using config::Millis;
using resilience::HealthKind;
using std::chrono::hours;
using std::chrono::seconds;

const Reporter kA{"a", 1}, kB{"b", 1};

class ScoringTest : public testing::Test {
 protected:
  ScoringTest() { configure({"p/x", "p/y"}); }

  Moment now() const { return Moment::now(clock); }
  static std::vector<ModelName> names(const std::vector<std::string>& ids) {
    std::vector<ModelName> names;
    for (const auto& id : ids) names.push_back({id, id.substr(0, id.find('/'))});
    return names;
  }
  void configure(const std::vector<std::string>& ids) { table.configure(names(ids), rules, now()); }

  static ModelStanding sound_x() {
    ModelStanding standing;
    standing.name = {"p/x", "p"};
    return standing;
  }

  // A report of one model, as `edit` makes it.
  using Edit = std::function<void(v1::ModelTally&)>;
  static v1::HealthReport report(std::uint64_t sequence, const Edit& edit, const std::string& model = "p/x") {
    v1::HealthReport report;
    report.set_sequence(sequence);
    auto& tally = *report.add_models();
    tally.set_model(model);
    edit(tally);
    return report;
  }
  static Edit failed(const std::string& kind, std::uint64_t count) {
    return [=](v1::ModelTally& tally) {
      auto& row = *tally.add_failures();
      row.set_kind(kind);
      row.set_count(count);
    };
  }
  static Edit cooling(std::int64_t ms, const std::string& reason = "rate_limited") {
    return [=](v1::ModelTally& tally) {
      tally.set_cooling_ms(ms);
      tally.set_cooling_reason(reason);
    };
  }
  static Edit recovered() {
    return [](v1::ModelTally& tally) {
      tally.set_recovered(true);
      tally.set_successes(1);
    };
  }
  // Numbers itself.
  void take(const Edit& edit, const Reporter& from = kA, const std::string& model = "p/x") {
    ASSERT_EQ(table.take(report(table.acknowledged(from) + 1, edit, model), from, now()), Taken::Counted);
  }
  ModelStanding x(const std::string& model = "p/x") const {
    for (auto& standing : table.list(clock.steady()))
      if (standing.name.id == model) return standing;
    ADD_FAILURE() << model << " is not in the table";
    return {};
  }
  // As after kill -9: another table that loads what this one has not told anybody but the store.
  ScoreTable reborn(const std::vector<std::string>& ids = {"p/x", "p/y"}) const {
    const HealthChanges kept = table.unsaved(now());
    SavedHealth saved;
    saved.models = kept.models;
    saved.reporters = kept.reporters;
    return reborn_of(saved, ids);
  }
  ScoreTable reborn_of(const SavedHealth& saved, const std::vector<std::string>& ids = {"p/x", "p/y"}) const {
    ScoreTable other;
    other.configure(names(ids), rules, now());
    other.load(saved, now());
    return other;
  }
  static ModelStanding first_of(const ScoreTable& other, SteadyTime at) { return other.list(at).front(); }

  FakeClock clock;
  config::Health rules;
  ScoreTable table;
};

TEST_F(ScoringTest, EveryModelOfTheConfigurationIsThereAndSoundAtFirst) {
  const auto all = table.list(clock.steady());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], sound_x());
  EXPECT_EQ(all[1].name.id, "p/y");
  EXPECT_TRUE(table.changed_since(0, 10, clock.steady()).models.empty()) << "nobody reported anything";
  EXPECT_TRUE(table.unsaved(now()).empty());
}

TEST_F(ScoringTest, AFailureAnywhereAddsItsPenaltyAndASuccessHalves) {
  take(failed("server_error", 2), kA);
  take(failed("timeout", 1), kB);
  EXPECT_DOUBLE_EQ(x().score, 2 * rules.penalties.server_error + rules.penalties.timeout);
  take([](v1::ModelTally& tally) { tally.set_successes(1); }, kB);
  EXPECT_DOUBLE_EQ(x().score, (2 * rules.penalties.server_error + rules.penalties.timeout) / 2);
  EXPECT_EQ(x().successes, 1u);
  EXPECT_EQ(x().failures[static_cast<std::size_t>(HealthKind::ServerError)], 2u);
  EXPECT_EQ(x().failures[static_cast<std::size_t>(HealthKind::Timeout)], 1u);
  EXPECT_EQ(x("p/y").score, 0);
}

TEST_F(ScoringTest, ScoresAsOneDataPlaneWouldByTheSameFormulas) {
  FailureCounts failures{};
  failures[static_cast<std::size_t>(HealthKind::RateLimited)] = 3;
  EXPECT_DOUBLE_EQ(score_after_all(7, 0, failures, rules.penalties),
                   resilience::score_after(7, HealthKind::RateLimited, 3, rules.penalties));
  for (const std::uint64_t successes : {1u, 2u, 5u, 1'000u})
    EXPECT_DOUBLE_EQ(score_after_all(7, successes, {}, rules.penalties),
                     resilience::score_after(7, HealthKind::Success, successes, rules.penalties));
}

// Whatever the order was: never better than if all failures had come first, never worse than if they had come last.
TEST_F(ScoringTest, FailuresAndSuccessesOfOneReportLieBetweenTheTwoExtremesOfTheirOrder) {
  for (const std::uint64_t successes : {1u, 3u, 50u, 5'000u})
    for (const std::uint64_t failing : {1u, 4u, 200u}) {
      FailureCounts failures{};
      failures[static_cast<std::size_t>(HealthKind::ServerError)] = failing;
      const auto fail = [&](double score) {
        return score + static_cast<double>(failing) * rules.penalties.server_error;
      };
      const auto succeed = [&](double score) { return score * std::pow(resilience::kSuccessKeeps, successes); };
      const double score = score_after_all(20, successes, failures, rules.penalties);
      EXPECT_GE(score, std::min(resilience::kMaxScore, succeed(fail(20)))) << successes << " " << failing;
      EXPECT_LE(score, std::min(resilience::kMaxScore, fail(succeed(20)))) << successes << " " << failing;
    }
}

TEST_F(ScoringTest, HalvesWithTimeAndNotByBeingLookedAt) {
  take(failed("rate_limited", 1));
  const double at_first = x().score;
  clock.advance(rules.half_life);
  EXPECT_NEAR(x().score, at_first / 2, 1e-9);
  EXPECT_NEAR(x().score, at_first / 2, 1e-9);
  clock.advance(rules.half_life);
  take([](v1::ModelTally& tally) { tally.set_successes(1); });
  EXPECT_NEAR(x().score, at_first / 8, 1e-9);
}

TEST_F(ScoringTest, WhatPassedUnderAnOldHalfLifeFadedByIt) {
  take(failed("rate_limited", 1));
  const double at_first = x().score;
  clock.advance(rules.half_life);
  rules.half_life *= 1'000;
  configure({"p/x"});
  EXPECT_NEAR(x().score, at_first / 2, 1e-9);
  clock.advance(rules.half_life);
  EXPECT_NEAR(x().score, at_first / 4, 1e-9);
}

TEST_F(ScoringTest, AReportThatComesAgainCountsOnce) {
  const auto first = report(5, failed("server_error", 1));
  EXPECT_EQ(table.take(first, kA, now()), Taken::Counted);
  const double once = x().score;
  for (const std::uint64_t sequence : {5u, 4u, 1u, 0u})
    EXPECT_EQ(table.take(report(sequence, failed("server_error", 1)), kA, now()), Taken::Repeated) << sequence;
  EXPECT_EQ(x().score, once);
  EXPECT_EQ(table.acknowledged(kA), 5u);
  // Another start of it begins anew, and so does another data plane.
  EXPECT_EQ(table.take(report(1, failed("server_error", 1)), Reporter{"a", 2}, now()), Taken::Counted);
  EXPECT_EQ(table.take(report(1, failed("server_error", 1)), kB, now()), Taken::Counted);
  EXPECT_EQ(x().score, 3 * once);
  EXPECT_EQ(table.counts().reports_taken, 3u);
  EXPECT_EQ(table.counts().reports_repeated, 4u);
}

TEST_F(ScoringTest, RemembersABoundedNumberOfDataPlanes) {
  for (std::size_t i = 0; i <= ScoreTable::kMaxReporters; ++i) take(failed("timeout", 1), Reporter{"r" + std::to_string(i), 1});
  EXPECT_EQ(table.acknowledged(Reporter{"r0", 1}), 0u);
  EXPECT_EQ(table.acknowledged(Reporter{"r1", 1}), 1u);
  const auto changes = table.unsaved(now());
  EXPECT_EQ(changes.reporters.size(), ScoreTable::kMaxReporters);
  EXPECT_EQ(changes.gone_reporters, std::vector<Reporter>{(Reporter{"r0", 1})});
}

TEST_F(ScoringTest, AbsurdReportsDoNoHarm) {
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  const struct {
    const char* name;
    Edit edit;
    double at_most;
    std::function<std::uint64_t(const ScoreCounts&)> counter;
  } rows[] = {
      {"more failures than there can be", failed("server_error", kHuge), resilience::kMaxScore, [](auto& c) { return c.clamped; }},
      {"two rows of a kind that overflow",
       [](v1::ModelTally& tally) {
         failed("server_error", kHuge)(tally);
         failed("server_error", kHuge)(tally);
       },
       resilience::kMaxScore, [](auto& c) { return c.clamped; }},
      {"a kind of no version", failed("meltdown", 9), 0, [](auto& c) { return c.unknown_kinds; }},
      {"success as a failure", failed("success", 9), 0, [](auto& c) { return c.unknown_kinds; }},
      {"none as a failure", failed("none", 9), 0, [](auto& c) { return c.unknown_kinds; }},
      {"more rows than kinds",
       [](v1::ModelTally& tally) {
         for (int i = 0; i < 1'000; ++i) failed("timeout", 1)(tally);
       },
       10 * 0.5, [](auto& c) { return c.clamped; }},
      {"more successes than there can be", [](v1::ModelTally& tally) { tally.set_successes(kHuge); }, 0,
       [](auto& c) { return c.clamped; }},
      {"a cooldown for ever", cooling(std::numeric_limits<std::int64_t>::max()), 0, [](auto& c) { return c.clamped; }},
      {"a cooldown of less than nothing", cooling(std::numeric_limits<std::int64_t>::min()), 0, [](auto& c) { return c.clamped; }},
      {"a reason that is a novel", cooling(1'000, std::string(100'000, 'x')), 0, [](auto& c) { return c.clamped; }},
      {"a reason that is no word", cooling(1'000, "rate\nlimited"), 0, [](auto& c) { return c.clamped; }},
  };
  std::uint64_t sequence = 0;
  for (const auto& row : rows) {
    table = ScoreTable();
    configure({"p/x"});
    EXPECT_EQ(table.take(report(++sequence, row.edit), kA, now()), Taken::Counted) << row.name;
    EXPECT_LE(x().score, row.at_most) << row.name;
    EXPECT_FALSE(std::isnan(x().score)) << row.name;
    EXPECT_LE(x().cooling, rules.cooldowns.longest) << row.name;
    EXPECT_GE(x().cooling, Millis(0)) << row.name;
    EXPECT_LE(x().cooling_reason.size(), ScoreTable::kMaxReasonBytes) << row.name;
    EXPECT_LE(x().successes, ScoreTable::kMaxCountPerReport) << row.name;
    for (const std::uint64_t count : x().failures) EXPECT_LE(count, ScoreTable::kMaxCountPerReport) << row.name;
    EXPECT_GE(row.counter(table.counts()), 1u) << row.name;
  }
}

TEST_F(ScoringTest, AModelCountsOncePerReportAndOnlyIfTheConfigurationNamesIt) {
  auto twice = report(1, failed("server_error", 1));
  *twice.add_models() = twice.models(0);
  twice.add_models()->set_model("p/unheard-of");
  table.take(twice, kA, now());
  EXPECT_EQ(x().score, rules.penalties.server_error);
  EXPECT_EQ(table.counts().surplus, 1u);
  EXPECT_EQ(table.counts().unknown_models, 1u);
  EXPECT_EQ(table.size(), 2u);
  v1::HealthReport flood;
  flood.set_sequence(2);
  for (int i = 0; i < ScoreTable::kMaxModelsPerReport + 7; ++i) flood.add_models()->set_model("p/unheard-of");
  table.take(flood, kA, now());
  EXPECT_EQ(table.counts().surplus, 8u);
}

TEST_F(ScoringTest, OfTwoCooldownsTheOneThatEndsLaterHolds) {
  take(cooling(10'000, "rate_limited"), kA);
  take(cooling(4'000, "credentials_refused"), kB);
  EXPECT_EQ(x().cooling, seconds(10));
  EXPECT_EQ(x().cooling_reason, "rate_limited");
  clock.advance(seconds(4));
  take(cooling(30'000, "server_error"), kB);
  EXPECT_EQ(x().cooling, seconds(30));
  EXPECT_EQ(x().cooling_reason, "server_error");
  clock.advance(seconds(30));
  EXPECT_EQ(x().cooling, Millis(0));
  EXPECT_EQ(x().cooling_reason, "");
}

TEST_F(ScoringTest, ARecoveryEndsTheCooldownAndItsSuccessRelievesTheScore) {
  take([](v1::ModelTally& tally) {
    failed("rate_limited", 1)(tally);
    cooling(60'000)(tally);
  });
  const double before = x().score;
  take([](v1::ModelTally& tally) { tally.set_successes(1); }, kB);
  EXPECT_EQ(x().cooling, seconds(60)) << "a success may have begun before the cooldown";
  take(recovered(), kB);
  EXPECT_EQ(x().cooling, Millis(0));
  EXPECT_EQ(x().ejections, 0u);
  EXPECT_DOUBLE_EQ(x().score, before / 4);
}

TEST_F(ScoringTest, EjectionsCountCooldownsWithoutARecoveryBetweenThemOneForEachPeriod) {
  take(cooling(10'000), kA);
  take(cooling(12'000), kB);
  EXPECT_EQ(x().ejections, 1u) << "both saw the same";
  clock.advance(seconds(13));
  take(cooling(20'000), kA);
  EXPECT_EQ(x().ejections, 2u);
  clock.advance(seconds(20));
  take([](v1::ModelTally& tally) {
    recovered()(tally);
    cooling(5'000)(tally);
  });
  EXPECT_EQ(x().ejections, 1u) << "it came back, and failed again";
  EXPECT_EQ(x().cooling, seconds(5));
}

TEST_F(ScoringTest, AShorterLongestCooldownCutsThoseThatRun) {
  take(cooling(600'000));
  const auto cursor = table.changed_since(0, 10, clock.steady()).cursor;
  rules.cooldowns.longest = seconds(30);
  configure({"p/x", "p/y"});
  EXPECT_EQ(x().cooling, seconds(30));
  EXPECT_EQ(table.changed_since(cursor, 10, clock.steady()).models.size(), 1u);
}

TEST_F(ScoringTest, TellsEachReaderWhatChangedSinceItLooked) {
  take(failed("timeout", 1), kA, "p/x");
  take(failed("timeout", 1), kA, "p/y");
  auto changes = table.changed_since(0, 10, clock.steady());
  ASSERT_EQ(changes.models.size(), 2u);
  EXPECT_EQ(changes.models[0].name.id, "p/x") << "oldest change first";
  EXPECT_TRUE(table.changed_since(changes.cursor, 10, clock.steady()).models.empty());
  clock.advance(hours(1));
  EXPECT_TRUE(table.changed_since(changes.cursor, 10, clock.steady()).models.empty()) << "fading is no news";
  table.take(report(99, [](v1::ModelTally&) {}), kB, now());
  EXPECT_TRUE(table.changed_since(changes.cursor, 10, clock.steady()).models.empty()) << "nor is an empty tally";
  take(failed("timeout", 1), kA, "p/x");
  changes = table.changed_since(changes.cursor, 10, clock.steady());
  ASSERT_EQ(changes.models.size(), 1u);
  EXPECT_EQ(changes.models[0].name.id, "p/x");
}

TEST_F(ScoringTest, HandsOutChangesInPagesThatMissNothing) {
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i) ids.push_back("p/m" + std::to_string(i));
  configure(ids);
  v1::HealthReport all;
  all.set_sequence(1);
  for (const auto& id : ids) {
    all.add_models()->set_model(id);
    all.mutable_models()->rbegin()->set_successes(1);
  }
  table.take(all, kA, now());
  std::vector<std::string> seen;
  std::uint64_t cursor = 0;
  for (bool more = true; more;) {
    const auto page = table.changed_since(cursor, 10, clock.steady());
    for (const auto& standing : page.models) seen.push_back(standing.name.id);
    EXPECT_EQ(page.more, seen.size() < ids.size());
    cursor = page.cursor;
    more = page.more;
  }
  EXPECT_EQ(seen, ids);
  EXPECT_TRUE(table.changed_since(cursor, 10, clock.steady()).models.empty());
}

TEST_F(ScoringTest, AModelThatLeavesTheConfigurationLeavesTheTableAndWhatIsKept) {
  take(failed("server_error", 4));
  table.saved(table.unsaved(now()).upto);
  configure({"p/y"});
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.unsaved(now()).gone_models, std::vector<std::string>{"p/x"});
  take(failed("server_error", 1));
  EXPECT_EQ(table.counts().unknown_models, 1u);
  const auto cursor = table.changed_since(0, 10, clock.steady()).cursor;
  configure({"p/x", "p/y", "p/new"});
  EXPECT_EQ(x(), sound_x()) << "whoever comes back comes back new";
  const auto news = table.changed_since(cursor, 10, clock.steady()).models;
  ASSERT_EQ(news.size(), 1u) << "and that is told, other than of a model nobody heard of";
  EXPECT_EQ(news[0], sound_x());
  EXPECT_EQ(table.unsaved(now()).gone_models, std::vector<std::string>{"p/x"});
  EXPECT_EQ(table.unsaved(now()).models.size(), 1u) << "gone and back, in this order";
  table.saved(table.unsaved(now()).upto);
  EXPECT_TRUE(table.unsaved(now()).empty());
}

TEST_F(ScoringTest, AResetIsNewsAndKeepsTheCounts) {
  take([](v1::ModelTally& tally) {
    failed("rate_limited", 3)(tally);
    cooling(60'000)(tally);
  });
  take(failed("rate_limited", 1), kA, "p/y");
  const auto cursor = table.changed_since(0, 10, clock.steady()).cursor;
  EXPECT_EQ(table.reset("p/none", now()), 0u);
  EXPECT_EQ(table.reset("p/x", now()), 1u);
  const auto news = table.changed_since(cursor, 10, clock.steady()).models;
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].score, 0);
  EXPECT_EQ(news[0].cooling, Millis(0));
  EXPECT_EQ(news[0].ejections, 0u);
  EXPECT_EQ(news[0].failures[static_cast<std::size_t>(HealthKind::RateLimited)], 3u);
  EXPECT_GT(x("p/y").score, 0);
  EXPECT_EQ(table.reset("", now()), 2u);
  EXPECT_EQ(x("p/y").score, 0);
}

TEST_F(ScoringTest, SavesOnlyWhatChangedAndAgainUntilItIsWritten) {
  take(failed("timeout", 1), kA, "p/x");
  take(failed("timeout", 1), kB, "p/y");
  auto changes = table.unsaved(now());
  EXPECT_EQ(changes.models.size(), 2u);
  EXPECT_EQ(changes.reporters.size(), 2u);
  EXPECT_EQ(table.unsaved(now()).models.size(), 2u) << "the write may have failed";
  EXPECT_EQ(table.unsaved_models(), 2u);
  take(failed("timeout", 1), kB, "p/y");
  table.saved(changes.upto);
  changes = table.unsaved(now());
  ASSERT_EQ(changes.models.size(), 1u);
  EXPECT_EQ(changes.models[0].standing.name.id, "p/y");
  ASSERT_EQ(changes.reporters.size(), 1u);
  EXPECT_EQ(changes.reporters[0].reporter, kB);
  EXPECT_EQ(changes.reporters[0].sequence, 2u);
  EXPECT_EQ(table.unsaved_models(), 1u);
}

TEST_F(ScoringTest, ARestartKeepsScoresCooldownsAndWhatWasTakenAlready) {
  take([](v1::ModelTally& tally) {
    failed("rate_limited", 1)(tally);
    tally.set_successes(0);
    cooling(60'000)(tally);
  });
  const double before = x().score;
  auto other = reborn();
  EXPECT_EQ(first_of(other, clock.steady()), x());
  EXPECT_EQ(other.take(report(1, failed("rate_limited", 1)), kA, now()), Taken::Repeated)
      << "the data plane repeats what was not acknowledged to it";
  EXPECT_EQ(first_of(other, clock.steady()).score, before);
  EXPECT_EQ(other.changed_since(0, 10, clock.steady()).models.size(), 1u) << "every data plane is told";
  EXPECT_TRUE(other.unsaved(now()).empty());
}

TEST_F(ScoringTest, WhatPassedBetweenTwoStartsCounts) {
  take([](v1::ModelTally& tally) {
    failed("rate_limited", 1)(tally);
    cooling(60'000)(tally);
  });
  const double before = x().score;
  const HealthChanges kept = table.unsaved(now());
  const SavedHealth saved{kept.models, kept.reporters};
  clock.advance(seconds(20));
  EXPECT_EQ(first_of(reborn_of(saved), clock.steady()).cooling, seconds(40));
  clock.advance(rules.half_life - seconds(20));
  const auto later = first_of(reborn_of(saved), clock.steady());
  EXPECT_NEAR(later.score, before / 2, 1e-9);
  EXPECT_EQ(later.cooling, Millis(0));
}

TEST_F(ScoringTest, AClockThatJumpsDoesNoHarm) {
  take([](v1::ModelTally& tally) {
    failed("rate_limited", 1)(tally);
    cooling(60'000)(tally);
  });
  const ModelStanding before = x();
  const HealthChanges kept = table.unsaved(now());
  const SavedHealth saved{kept.models, kept.reporters};
  for (const auto jump : {hours(-24 * 365), hours(24 * 365), hours(24 * 365 * 100), hours(-24 * 365 * 200)}) {
    clock.jump_wall(jump);
    EXPECT_EQ(x(), before) << "the running process does not look at the wall";
    const auto other = first_of(reborn_of(saved), clock.steady());
    if (jump < hours(0)) {
      EXPECT_EQ(other.score, before.score) << jump.count();
      EXPECT_EQ(other.cooling, before.cooling) << jump.count();
    } else {
      EXPECT_LT(other.score, before.score) << jump.count();
      EXPECT_EQ(other.cooling, Millis(0)) << jump.count();
    }
    clock.jump_wall(-jump);
  }
}

TEST_F(ScoringTest, NonsenseOnDiskIsClamped) {
  const struct {
    const char* name;
    std::function<void(SavedModel&)> edit;
  } rows[] = {
      {"NaN", [](SavedModel& m) { m.standing.score = std::numeric_limits<double>::quiet_NaN(); }},
      {"infinite", [](SavedModel& m) { m.standing.score = std::numeric_limits<double>::infinity(); }},
      {"negative", [](SavedModel& m) { m.standing.score = -5; }},
      {"cooling for ever", [](SavedModel& m) { m.standing.cooling = Millis::max(); }},
      {"cooling since for ever", [](SavedModel& m) { m.standing.cooling = Millis::min(); }},
      {"saved before all time", [](SavedModel& m) { m.saved_at_ms = std::numeric_limits<std::int64_t>::min(); }},
      {"saved after all time", [](SavedModel& m) { m.saved_at_ms = std::numeric_limits<std::int64_t>::max(); }},
      {"full counts",
       [](SavedModel& m) {
         m.standing.failures.fill(std::numeric_limits<std::uint64_t>::max());
         m.standing.ejections = std::numeric_limits<std::uint32_t>::max();
       }},
  };
  for (const auto& row : rows) {
    SavedModel model;
    model.standing.name.id = "p/x";
    row.edit(model);
    table = reborn_of(SavedHealth{{model}, {}});
    take([](v1::ModelTally& tally) {
      failed("timeout", 1)(tally);
      cooling(1'000)(tally);
    });
    EXPECT_GE(x().score, 0) << row.name;
    EXPECT_LE(x().score, resilience::kMaxScore) << row.name;
    EXPECT_GE(x().cooling, Millis(0)) << row.name;
    EXPECT_LE(x().cooling, rules.cooldowns.longest) << row.name;
    EXPECT_EQ(x().name.provider, "p") << row.name;
  }
}

TEST_F(ScoringTest, WhatLeftTheConfigurationWhileNobodyRanLeavesWhatIsKept) {
  take(failed("timeout", 1));
  auto other = reborn({"p/y"});
  EXPECT_EQ(other.size(), 1u);
  EXPECT_EQ(other.unsaved(now()).gone_models, std::vector<std::string>{"p/x"});
}

TEST(ModelHealth, SurvivesTheWayThroughItsMessage) {
  ModelStanding standing;
  standing.name = {"p/x", "p"};
  standing.score = 12.5;
  standing.cooling = Millis(1'234);
  standing.cooling_reason = "rate_limited";
  standing.ejections = 3;
  standing.successes = 99;
  for (std::size_t kind = 0; kind < standing.failures.size(); ++kind) standing.failures[kind] = kind * 10;
  standing.failures[static_cast<std::size_t>(HealthKind::Success)] = 0;
  standing.last_success_ms = 5;
  standing.last_failure_ms = 6;
  auto message = to_message(standing);
  EXPECT_DOUBLE_EQ(message.health(), 100 / (1 + 0.2 * 12.5));
  auto& later = *message.add_failures();
  later.set_kind("of_a_later_version");
  later.set_count(1);
  EXPECT_EQ(from_message(message), standing);
}

}  // namespace
}  // namespace smartroute::control
