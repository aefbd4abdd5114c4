#include "dataplane/sync/health_ledger.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "contract/base/random.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

using namespace std::chrono_literals;
using resilience::AttemptOutcome;
using resilience::HealthKind;
using routing::Tally;

constexpr SteadyTime kStart{1'000s};

std::uint64_t& count(Tally& tally, HealthKind kind) {
  return tally.counts[static_cast<std::size_t>(kind)];
}

Tally counted(HealthKind kind, std::uint64_t times = 1) {
  Tally tally;
  count(tally, kind) = times;
  return tally;
}

Tally cooled(config::Millis cooling, AttemptOutcome cause = AttemptOutcome::RateLimited) {
  Tally tally = counted(HealthKind::RateLimited);
  tally.cooling = cooling;
  tally.cause = cause;
  return tally;
}

Tally recovered() {
  Tally tally = counted(HealthKind::Success);
  tally.recovered = true;
  return tally;
}

std::uint64_t successes(const Tally& tally) {
  return tally.counts[static_cast<std::size_t>(HealthKind::Success)];
}

class HealthLedgerTest : public testing::Test {
 protected:
  // The next report; number 0: there is none.
  v1::HealthReport next() {
    v1::HealthReport report;
    if (!ledger_.next_report(now_, report)) report.Clear();
    return report;
  }
  void add(const Tally& tally, const std::string& model = "p/m") {
    ledger_.add(model, tally, now_);
  }

  SteadyTime now_ = kStart;
  HealthLedger ledger_;
};

TEST_F(HealthLedgerTest, SaysNothingWhenNothingHappened) {
  EXPECT_EQ(next().sequence(), 0u);
  add(Tally());
  EXPECT_FALSE(ledger_.has_pending());
  EXPECT_EQ(next().sequence(), 0u);
}

TEST_F(HealthLedgerTest, CountsEveryKindUnderItsName) {
  Tally tally;
  for (std::size_t kind = 0; kind < tally.counts.size(); ++kind) tally.counts[kind] = 10 + kind;
  add(tally);
  const auto report = next();
  EXPECT_EQ(report.sequence(), 1u);
  ASSERT_EQ(report.models_size(), 1);
  const auto& model = report.models(0);
  EXPECT_EQ(model.model(), "p/m");
  EXPECT_EQ(model.successes(), 10 + static_cast<std::uint64_t>(HealthKind::Success));
  EXPECT_EQ(model.failures_size(), static_cast<int>(HealthKind::kCount) - 2) << "all but two";
  for (const auto& failure : model.failures()) {
    const auto kind = resilience::health_kind_named(failure.kind());
    EXPECT_GT(kind, HealthKind::Success) << failure.kind();
    EXPECT_EQ(failure.count(), 10 + static_cast<std::uint64_t>(kind)) << failure.kind();
  }
}

TEST_F(HealthLedgerTest, WaitsForTheAcknowledgementOfTheReportBefore) {
  add(counted(HealthKind::Success));
  EXPECT_EQ(next().sequence(), 1u);
  add(counted(HealthKind::Success, 2));
  add(counted(HealthKind::Success, 3));
  EXPECT_EQ(next().sequence(), 0u);
  ledger_.acknowledge(1);
  const auto second = next();
  EXPECT_EQ(second.sequence(), 2u);
  EXPECT_EQ(second.models(0).successes(), 5u);
  ledger_.acknowledge(2);
  EXPECT_EQ(next().sequence(), 0u);
}

TEST_F(HealthLedgerTest, WaitsNoLongerThanItsTime) {
  add(counted(HealthKind::Success));
  EXPECT_EQ(next().sequence(), 1u);
  add(counted(HealthKind::Success));
  now_ += HealthLedger::kAckTimeout - 1ms;
  EXPECT_EQ(next().sequence(), 0u);
  now_ += 1ms;
  EXPECT_EQ(next().sequence(), 2u);
  add(counted(HealthKind::Success));
  ledger_.acknowledge(1);
  EXPECT_EQ(next().sequence(), 0u) << "the second is not acknowledged";
}

TEST_F(HealthLedgerTest, SendsAgainUnderTheSameNumbersAndOnlyThenWhatIsNew) {
  for (int i = 0; i < 3; ++i) {
    add(counted(HealthKind::Timeout, static_cast<std::uint64_t>(i) + 1));
    next();
    now_ += HealthLedger::kAckTimeout;
  }
  ledger_.acknowledge(1);
  add(counted(HealthKind::Timeout, 100));
  ledger_.send_again();
  for (const std::uint64_t sequence : {2, 3}) {
    const auto report = next();
    EXPECT_EQ(report.sequence(), sequence);
    EXPECT_EQ(report.models(0).failures(0).count(), sequence);
  }
  EXPECT_EQ(next().sequence(), 0u);
  ledger_.acknowledge(3);
  EXPECT_EQ(next().models(0).failures(0).count(), 100u);
}

TEST_F(HealthLedgerTest, KeepsAFewReportsAndAddsUpTheRestWhileNobodyAcknowledges) {
  constexpr std::uint64_t kTimes = 1'000;
  for (std::uint64_t i = 0; i < kTimes; ++i) {
    add(counted(HealthKind::Success));
    next();
    now_ += HealthLedger::kAckTimeout;
    ASSERT_LE(ledger_.awaited(), HealthLedger::kMaxUnacknowledged);
  }
  EXPECT_EQ(ledger_.awaited(), HealthLedger::kMaxUnacknowledged);
  EXPECT_EQ(successes(ledger_.unacknowledged("p/m", now_)), kTimes);
  ledger_.acknowledge(HealthLedger::kMaxUnacknowledged);
  EXPECT_EQ(next().models(0).successes(), kTimes - HealthLedger::kMaxUnacknowledged);
}

TEST_F(HealthLedgerTest, StopsCountingAtTheLargestNumber) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  add(counted(HealthKind::Success, kMost - 1));
  add(counted(HealthKind::Success, 5));
  EXPECT_EQ(next().models(0).successes(), kMost);
  add(counted(HealthKind::Success, 5));
  EXPECT_EQ(successes(ledger_.unacknowledged("p/m", now_)), kMost);
}

TEST_F(HealthLedgerTest, SaysOfACooldownWhatIsLeftWhenItIsSent) {
  add(cooled(60s));
  now_ += 10s;
  auto model = next().models(0);
  EXPECT_EQ(model.cooling_ms(), 50'000);
  EXPECT_EQ(model.cooling_reason(), resilience::name_of(AttemptOutcome::RateLimited));
  EXPECT_EQ(ledger_.unacknowledged("p/m", now_ + 1s).cooling, 49s);
  now_ += 45s;
  ledger_.send_again();
  EXPECT_EQ(next().models(0).cooling_ms(), 5'000);
  now_ += 1h;
  ledger_.send_again();
  model = next().models(0);
  EXPECT_EQ(model.cooling_ms(), 0);
  EXPECT_EQ(model.cooling_reason(), "");
  EXPECT_EQ(model.failures(0).count(), 1u) << "the failure is still one";
}

TEST_F(HealthLedgerTest, AddsCooldownsAndRecoveriesInTheirOrder) {
  Tally recovered_then_cooled = cooled(7s, AttemptOutcome::CredentialsRefused);
  recovered_then_cooled.recovered = true;
  const auto limited = cooled(60s), refused = cooled(300s, AttemptOutcome::CredentialsRefused);
  const struct {
    const char* name;
    std::vector<Tally> tallies;
    config::Millis cooling;
    AttemptOutcome cause;
    bool recovered;
  } rows[] = {
      {"the longer of two", {limited, refused}, 300s, AttemptOutcome::CredentialsRefused, false},
      {"whichever came first", {refused, limited}, 300s, AttemptOutcome::CredentialsRefused, false},
      {"recovery ends it", {limited, recovered()}, 0s, AttemptOutcome::Answered, true},
      {"cooled after it recovered", {recovered(), limited}, 60s, AttemptOutcome::RateLimited, true},
      {"both in one", {limited, recovered_then_cooled}, 7s, AttemptOutcome::CredentialsRefused,
       true},
      {"no end without a recovery", {limited, counted(HealthKind::Success)}, 60s,
       AttemptOutcome::RateLimited, false},
  };
  for (const auto& row : rows) {
    HealthLedger pending, reported;
    v1::HealthReport report;
    for (const Tally& tally : row.tallies) {
      pending.add("p/m", tally, now_);
      reported.add("p/m", tally, now_);
      reported.next_report(now_, report);  // the first on its own, the next in what is pending
    }
    for (const HealthLedger* ledger : {&pending, &reported}) {
      const Tally sum = ledger->unacknowledged("p/m", now_);
      EXPECT_EQ(sum.cooling, row.cooling) << row.name;
      EXPECT_EQ(sum.recovered, row.recovered) << row.name;
      if (sum.cooling.count() > 0) {
        EXPECT_EQ(sum.cause, row.cause) << row.name;
      }
    }
    ASSERT_TRUE(pending.next_report(now_, report));
    EXPECT_EQ(report.models(0).cooling_ms(), row.cooling.count()) << row.name;
    EXPECT_EQ(report.models(0).recovered(), row.recovered) << row.name;
  }
}

TEST_F(HealthLedgerTest, KnowsWhatTheFleetDoesNotKnowYet) {
  add(counted(HealthKind::Success, 1));
  next();
  now_ += HealthLedger::kAckTimeout;
  add(counted(HealthKind::Success, 10));
  next();
  add(counted(HealthKind::Success, 100));
  EXPECT_EQ(successes(ledger_.unacknowledged("p/m", now_)), 111u);
  ledger_.acknowledge(1);
  EXPECT_EQ(successes(ledger_.unacknowledged("p/m", now_)), 110u);
  ledger_.acknowledge(2);
  EXPECT_EQ(successes(ledger_.unacknowledged("p/m", now_)), 100u);
  EXPECT_TRUE(ledger_.unacknowledged("p/other", now_).empty());
}

TEST_F(HealthLedgerTest, AnAcknowledgementOfWhatWasNeverSentLosesNothing) {
  add(counted(HealthKind::Success, 1));
  next();
  add(counted(HealthKind::Success, 10));
  ledger_.acknowledge(std::numeric_limits<std::uint64_t>::max());
  const auto report = next();
  EXPECT_EQ(report.sequence(), 2u);
  EXPECT_EQ(report.models(0).successes(), 10u);
  ledger_.acknowledge(1);  // of long ago
  EXPECT_EQ(ledger_.awaited(), 1u);
}

TEST_F(HealthLedgerTest, ForgetsModelsButNotTheNumbersOfTheirReports) {
  add(counted(HealthKind::Success), "p/stays");
  add(counted(HealthKind::Success), "p/leaves");
  next();
  add(counted(HealthKind::Success), "p/leaves");
  ledger_.keep_models([](const std::string& model) { return model == "p/stays"; });
  EXPECT_FALSE(ledger_.has_pending());
  EXPECT_TRUE(ledger_.unacknowledged("p/leaves", now_).empty());
  ledger_.send_again();
  const auto report = next();
  EXPECT_EQ(report.sequence(), 1u);
  ASSERT_EQ(report.models_size(), 1);
  EXPECT_EQ(report.models(0).model(), "p/stays");
}

// A control plane as the messages describe it: a number counts once, and only if it is new.
struct Counter {
  std::uint64_t newest = 0, successes = 0;
  void take(const v1::HealthReport& report) {
    if (report.sequence() <= newest) return;
    newest = report.sequence();
    for (const auto& model : report.models()) successes += model.successes();
  }
};

TEST(HealthLedger, EachOutcomeIsCountedOnceHoweverStreamsBreak) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    HealthLedger ledger;
    Counter control;
    SteadyTime now = kStart;
    std::uint64_t happened = 0, acknowledged = 0;
    v1::HealthReport report;
    const auto check = [&] {
      ledger.acknowledge(acknowledged);
      // What the control plane counted and has said so, and what is held here, is all there was.
      if (acknowledged != control.newest) return;
      ASSERT_EQ(control.successes + successes(ledger.unacknowledged("p/m", now)), happened)
          << "seed " << seed;
    };
    for (int step = 0; step < 300; ++step) {
      now += std::chrono::milliseconds(random.below(700));
      switch (random.below(5)) {
        case 0:
        case 1: {
          const auto n = 1 + random.below(5);
          ledger.add("p/m", counted(HealthKind::Success, n), now);
          happened += n;
          break;
        }
        case 2:  // a report arrives, or is lost with its stream
          if (!ledger.next_report(now, report)) break;
          if (random.below(3) > 0) {
            control.take(report);
          } else {
            ledger.send_again();
          }
          break;
        case 3:
          acknowledged = control.newest;
          break;
        default:
          if (random.below(4) == 0) ledger.send_again();
      }
      check();
    }
    ledger.send_again();
    while (ledger.awaited() > 0 || ledger.has_pending()) {
      while (ledger.next_report(now, report)) control.take(report);
      ledger.acknowledge(control.newest);
    }
    ASSERT_EQ(control.successes, happened) << "seed " << seed;
  }
}

}  // namespace
}  // namespace smartroute::sync
