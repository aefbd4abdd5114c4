// Strategies in the long run: a fleet on virtual time, with requests that begin, answer or fail, and are seen by the next choice. No
// clock, no thread; a seed replays it.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "dataplane/core/routing/strategy.hpp"

namespace smartroute::routing {
namespace {

using namespace std::chrono_literals;
using config::Strategy;
using resilience::AttemptOutcome;
using std::chrono::nanoseconds;

// How a model behaves at the moment.
struct Behaviour {
  std::chrono::milliseconds first_byte{200};
  std::chrono::milliseconds rest{300};  // of the answer, behind the first byte
  double failing = 0;                   // share of attempts
  AttemptOutcome failure = AttemptOutcome::ServerError;
};

struct Model {
  Behaviour does;
  double weight = 1;
  ModelStats stats;
  int chosen = 0;
};

class Simulation {
 public:
  Simulation(Strategy strategy, std::size_t models, double per_second)
      : models(models), strategy_(strategy), gap_(static_cast<std::int64_t>(1e9 / per_second)) {}

  // Share of first choices of each model in this stretch of time.
  std::vector<double> run(std::chrono::seconds stretch) {
    for (Model& model : models) model.chosen = 0;
    const SteadyTime end = now_ + stretch;
    int requests = 0;
    for (; now_ < end; now_ += gap_, ++requests) {
      while (!ends_.empty() && ends_.front().at <= now_) finish_one();
      one_request();
    }
    std::vector<double> share;
    for (const Model& model : models) share.push_back(static_cast<double>(model.chosen) / requests);
    return share;
  }

  std::vector<Model> models;

 private:
  struct End {
    SteadyTime at;
    Model* model;
    AttemptOutcome outcome;
    RunningAttempt attempt;
    bool operator>(const End& other) const { return at > other.at; }
  };

  void one_request() {
    std::vector<Contender> fleet;
    for (const Model& model : models) {
      Contender& c = fleet.emplace_back();
      c.weight = model.weight;
      c.standing = model.stats.standing(now_, rules_);
    }
    order_contenders(strategy_, fleet, random_, order_);
    // One that is due for a probe has one at a time; the others pass it by.
    std::size_t place = 0;
    bool probe = false;
    while (place + 1 < order_.size() && fleet[order_[place]].standing.probe &&
           !(probe = models[order_[place]].stats.claim_probe(now_)))
      ++place;
    Model& model = models[order_[place]];
    ++model.chosen;
    End end{now_ + model.does.first_byte, &model, AttemptOutcome::Answered, RunningAttempt(model.stats, now_, probe)};
    if (random_.unit() < model.does.failing)
      end.outcome = model.does.failure;
    else
      end.at += model.does.rest;
    ends_.push_back(std::move(end));
    std::push_heap(ends_.begin(), ends_.end(), std::greater<>());
  }

  // The first byte is reported along with the end, as that of a short answer is.
  void finish_one() {
    std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
    End end = std::move(ends_.back());
    ends_.pop_back();
    if (end.outcome == AttemptOutcome::Answered) end.attempt.first_byte(end.at - end.model->does.rest, true);
    AttemptEnd how;
    how.outcome = end.outcome;
    end.attempt.end(how, end.at, rules_);
  }

  Strategy strategy_;
  nanoseconds gap_;
  config::Health rules_;
  SeededRandom random_{2026};
  SteadyTime now_{std::chrono::hours(1)};
  std::vector<std::uint32_t> order_;
  std::vector<End> ends_;  // a heap, the next one first
};

TEST(Adaptive, SpreadsOverEqualsByWeight) {
  Simulation fleet(Strategy::Adaptive, 3, 20);
  fleet.models[0].weight = 2;
  const auto share = fleet.run(5min);
  EXPECT_NEAR(share[0], 0.5, 0.06);
  EXPECT_NEAR(share[1], 0.25, 0.06);
  EXPECT_NEAR(share[2], 0.25, 0.06);
}

TEST(Adaptive, AFailingModelLosesItsShareAndRegainsIt) {
  for (const double per_second : {2.0, 20.0, 200.0}) {
    Simulation fleet(Strategy::Adaptive, 3, per_second);
    fleet.run(2min);
    fleet.models[2].does.failing = 0.9;
    fleet.run(1min);
    EXPECT_LT(fleet.run(2min)[2], 0.06) << per_second;
    fleet.models[2].does.failing = 0;
    fleet.run(4min);
    EXPECT_NEAR(fleet.run(2min)[2], 1.0 / 3, 0.1) << per_second;
  }
}

TEST(Adaptive, ASlowModelLosesShareAndRegainsIt) {
  for (const double per_second : {2.0, 20.0, 200.0}) {
    Simulation fleet(Strategy::Adaptive, 3, per_second);
    fleet.run(2min);
    fleet.models[0].does.first_byte = 4s;
    fleet.run(1min);
    EXPECT_LT(fleet.run(2min)[0], 0.06) << per_second;
    fleet.models[0].does.first_byte = 200ms;
    fleet.run(2min);
    EXPECT_NEAR(fleet.run(2min)[0], 1.0 / 3, 0.1) << per_second;
  }
}

TEST(Adaptive, AFlakyModelGetsLessThanItsShare) {
  Simulation fleet(Strategy::Adaptive, 3, 20);
  fleet.models[0].does.failing = 0.5;
  fleet.run(1min);
  EXPECT_LT(fleet.run(5min)[0], 0.24);
}

// One that swallows requests: nothing fails for a long time, but they pile up.
TEST(Adaptive, AHangingModelLosesItsShareBeforeAnyTimeout) {
  Simulation fleet(Strategy::Adaptive, 3, 20);
  fleet.run(2min);
  fleet.models[1].does.first_byte = 10min;
  EXPECT_LT(fleet.run(30s)[1], 0.16);
  EXPECT_LT(fleet.run(60s)[1], 0.08);
}

TEST(Adaptive, ARateLimitedModelRestsForItsCooldownThenComesBackByItself) {
  Simulation fleet(Strategy::Adaptive, 3, 20);
  fleet.run(1min);
  fleet.models[0].does.failing = 1;
  fleet.models[0].does.failure = AttemptOutcome::RateLimited;
  fleet.run(5s);
  fleet.models[0].does.failing = 0;
  EXPECT_EQ(fleet.run(50s)[0], 0);
  fleet.run(2min);
  EXPECT_NEAR(fleet.run(1min)[0], 1.0 / 3, 0.1);
}

TEST(Fastest, MovesToTheFastOneAndNoticesWhenAnotherBecomesFast) {
  Simulation fleet(Strategy::Fastest, 2, 20);
  fleet.models[0].does = {2s, 100ms, 0, {}};
  fleet.models[1].does = {100ms, 100ms, 0, {}};
  fleet.run(1min);
  EXPECT_GT(fleet.run(2min)[1], 0.95);
  fleet.models[0].does.first_byte = 20ms;
  fleet.models[1].does.first_byte = 500ms;
  fleet.run(5min);
  EXPECT_GT(fleet.run(2min)[0], 0.8);
}

TEST(Fastest, AModelOfUnknownSpeedIsTriedSoonButNotByEveryone) {
  Simulation fleet(Strategy::Fastest, 3, 100);
  for (std::size_t i = 0; i < 2; ++i)
    for (int n = 0; n < 10; ++n) {
      RunningAttempt known(fleet.models[i].stats, SteadyTime());
      known.first_byte(SteadyTime(200ms), true);
    }
  fleet.models[2].does.first_byte = 5s;  // it will turn out to be slow; until then 300 requests come
  const auto share = fleet.run(3s);
  EXPECT_GT(share[2], 0);
  EXPECT_LT(share[2], 0.55);
  fleet.run(30s);
  EXPECT_LT(fleet.run(1min)[2], 0.15);
}

}  // namespace
}  // namespace smartroute::routing
