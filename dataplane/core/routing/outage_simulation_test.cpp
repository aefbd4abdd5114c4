// What an outage of the first model of a sequence costs, on virtual time: requests come at a steady rate, each tries its models in the
// order of the moment it came, and pays for every model that does not answer. No clock, no thread; a seed replays it.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/core/routing/strategy.hpp"

namespace smartroute::routing {
namespace {

using namespace std::chrono_literals;
using config::Millis;
using resilience::AttemptOutcome;

// What a model does to an attempt that begins at a time.
struct Fate {
  AttemptOutcome outcome = AttemptOutcome::Answered;
  Millis first_byte{200};  // or the wait for the failure
  Millis rest{300};
};
using Upstream = std::function<Fate(SteadyTime)>;

struct Model {
  explicit Model(Upstream how) : behaves(std::move(how)) {}
  Upstream behaves;
  ModelStats stats;
};

// A request that paid: it waited for a model that failed in the end.
struct Payment {
  SteadyTime began, ended;
};

class Simulation {
 public:
  Simulation(Upstream first, Millis gap) : gap_(gap), first_(std::move(first)), second_([](SteadyTime) { return Fate(); }) {}

  void run(std::chrono::seconds stretch) {
    const SteadyTime end = now_ + stretch;
    for (; now_ < end; now_ += gap_) {
      while (!events_.empty() && events_.begin()->first <= now_) {
        auto event = std::move(events_.extract(events_.begin()).mapped());
        event();
      }
      ++requests;
      begin_request(now_);
    }
  }

  SteadyTime now() const { return now_; }
  ModelStats& first() { return first_.stats; }

  int requests = 0;
  std::vector<Payment> paid;            // in the order of their ends
  std::vector<SteadyTime> by_first;     // when each answer of the first model came
  std::optional<SteadyTime> ejected;    // first time
  int probes = 0;

 private:
  struct Request {
    std::vector<Model*> left;
    RunningAttempt attempt;
  };

  void at(SteadyTime when, std::function<void()> what) { events_.emplace(when, std::move(what)); }

  void begin_request(SteadyTime now) {
    Model* const models[] = {&first_, &second_};
    std::vector<Contender> fleet;
    for (const Model* model : models) fleet.emplace_back().standing = model->stats.standing(now, rules_);
    order_contenders(config::Strategy::Sequential, fleet, random_, order_);
    auto request = std::make_shared<Request>();
    for (const std::uint32_t index : order_) request->left.push_back(models[index]);
    next_attempt(request, now);
  }

  void next_attempt(const std::shared_ptr<Request>& request, SteadyTime now) {
    if (request->left.empty()) return;
    // One that cools by now, or is another's to probe, comes last.
    Model* model = request->left.front();
    bool probe = model->stats.claim_probe(now);
    if (!probe && model->stats.cooling(now) && request->left.size() > 1) {
      model = request->left[1];
      probe = model->stats.claim_probe(now);
    }
    std::erase(request->left, model);
    probes += probe ? 1 : 0;
    request->attempt = RunningAttempt(model->stats, now, probe);
    const Fate fate = model->behaves(now);
    at(now + fate.first_byte, [this, request, model, fate, now] { first_byte(request, *model, fate, now); });
  }

  void first_byte(const std::shared_ptr<Request>& request, Model& model, const Fate& fate, SteadyTime began) {
    const SteadyTime now = began + fate.first_byte;
    if (fate.outcome == AttemptOutcome::Answered) {
      request->attempt.first_byte(now, true);
      if (&model == &first_) by_first.push_back(now);
      at(now + fate.rest, [this, request, now, fate] { finish(request, fate.outcome, now + fate.rest); });
      return;
    }
    paid.push_back({began, now});
    finish(request, fate.outcome, now);
    if (!ejected && model.stats.ejections() > 0) ejected = now;
    next_attempt(request, now);
  }

  void finish(const std::shared_ptr<Request>& request, AttemptOutcome outcome, SteadyTime now) {
    AttemptEnd end;
    end.outcome = outcome;
    request->attempt.end(end, now, rules_);
  }

  const Millis gap_;
  const config::Health rules_;
  Model first_, second_;
  SeededRandom random_{2026};
  SteadyTime now_{std::chrono::hours(1)};
  std::vector<std::uint32_t> order_;
  std::multimap<SteadyTime, std::function<void()>> events_;
};

constexpr SteadyTime kStart{std::chrono::hours(1)};

int ended_by(const std::vector<Payment>& paid, SteadyTime when) {
  return static_cast<int>(std::count_if(paid.begin(), paid.end(), [when](const Payment& p) { return p.ended <= when; }));
}
int began_after(const std::vector<Payment>& paid, SteadyTime when) {
  return static_cast<int>(std::count_if(paid.begin(), paid.end(), [when](const Payment& p) { return p.began > when; }));
}
int answers_within(const std::vector<SteadyTime>& answers, SteadyTime from, SteadyTime to) {
  return static_cast<int>(std::count_if(answers.begin(), answers.end(), [=](SteadyTime t) { return t >= from && t < to; }));
}

Upstream dead_until(SteadyTime recovery, AttemptOutcome outcome, Millis wait) {
  return [=](SteadyTime now) {
    Fate fate;
    if (now >= recovery) return fate;
    fate.outcome = outcome;
    fate.first_byte = wait;
    return fate;
  };
}

// A host that drops packets. Requests that are already waiting when the first ones fail pay as well: at ten a second and with a connect
// timeout of a second there are ten of them, whatever is learned later.
TEST(Outage, OfAHostThatIsGoneCostsFiveFailuresThenProbesOnly) {
  const SteadyTime recovery = kStart + 5min;
  Simulation fleet(dead_until(recovery, AttemptOutcome::ConnectTimeout, 1s), 100ms);
  fleet.run(10min);
  ASSERT_TRUE(fleet.ejected);
  EXPECT_EQ(ended_by(fleet.paid, *fleet.ejected), 5);
  const int first_incident = static_cast<int>(fleet.paid.size()) - began_after(fleet.paid, *fleet.ejected);
  EXPECT_LE(first_incident, 5 + 10);
  // A probe of a second each 20 s.
  const int later = began_after(fleet.paid, *fleet.ejected);
  EXPECT_GE(later, 5);
  EXPECT_LE(later, 5 * 60 / 20 + 1);
  // Back within 30 s: nearly all of the next ten seconds.
  EXPECT_GT(answers_within(fleet.by_first, recovery + 30s, recovery + 40s), 90);
  EXPECT_EQ(began_after(fleet.paid, recovery), 0);
}

// Requests that do not overlap: exactly as many as it takes.
TEST(Outage, CostsFiveRequestsThatDoNotOverlap) {
  Simulation fleet(dead_until(kStart + 24h, AttemptOutcome::ConnectTimeout, 1s), 1'100ms);
  fleet.run(15s);
  EXPECT_EQ(fleet.paid.size(), 5u);
  EXPECT_EQ(fleet.probes, 0);
  Simulation refusing(dead_until(kStart + 24h, AttemptOutcome::ConnectFailed, 1ms), 100ms);
  refusing.run(10s);
  EXPECT_EQ(refusing.paid.size(), 5u);
}

// A host that accepts and says nothing: the first-byte timeout is two minutes.
TEST(Outage, OfAHostThatHangsIsNoticedBeforeAnyTimeout) {
  const SteadyTime healthy_until = kStart + 30s, recovery = kStart + 10min;
  const auto hangs = [=](SteadyTime now) {
    Fate fate;
    if (now < healthy_until || now >= recovery) return fate;
    fate.outcome = AttemptOutcome::FirstByteTimeout;
    fate.first_byte = 120s;
    return fate;
  };
  Simulation fleet(hangs, 50ms);
  fleet.run(30s);
  EXPECT_EQ(fleet.by_first.size() + 5, static_cast<std::size_t>(fleet.requests) + 1);
  fleet.run(119s);
  EXPECT_TRUE(fleet.paid.empty());  // nobody has timed out yet
  fleet.run(2min);
  // A second's worth of requests, for its first bytes come in 200 ms.
  EXPECT_GE(fleet.paid.size(), 20u);
  EXPECT_LE(fleet.paid.size(), 30u);
  const std::size_t first_incident = fleet.paid.size();
  fleet.run(331s);  // up to the recovery
  EXPECT_LE(fleet.paid.size(), first_incident + 10min / Cooldown::kPatience);
  fleet.run(1min);
  EXPECT_GT(answers_within(fleet.by_first, recovery + 30s, recovery + 40s), 180);
  EXPECT_EQ(began_after(fleet.paid, recovery), 0);
}

TEST(Outage, OfAHostThatHangsFromTheBeginningIsNoticedAsWell) {
  const SteadyTime recovery = kStart + 5min;
  Simulation fleet(dead_until(recovery, AttemptOutcome::FirstByteTimeout, 120s), 50ms);
  fleet.run(5min);
  const auto at_first = static_cast<std::size_t>(ModelStats::kStallUnknown / 50ms);
  EXPECT_LE(fleet.paid.size(), at_first + 2 + 5min / Cooldown::kPatience);
  fleet.run(1min);
  EXPECT_GT(answers_within(fleet.by_first, recovery + 30s, recovery + 40s), 180);
}

// It comes and goes each second, for ten minutes: the traffic does not.
TEST(Outage, OfAHostThatFlapsIsABoundedNumberOfEjections) {
  const auto flaps = [](SteadyTime now) {
    Fate fate;
    if (std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() % 2 == 0) return fate;
    fate.outcome = AttemptOutcome::ConnectFailed;
    fate.first_byte = 1ms;
    return fate;
  };
  Simulation fleet(flaps, 50ms);
  fleet.run(10min);
  // One cycle is at least a cooldown, and costs five requests or a probe.
  EXPECT_LE(fleet.probes, 60 + 1);
  EXPECT_LE(fleet.paid.size(), 5u * 61);
}

}  // namespace
}  // namespace smartroute::routing
