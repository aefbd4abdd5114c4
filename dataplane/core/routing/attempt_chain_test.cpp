#include "dataplane/core/routing/attempt_chain.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {
namespace {

using config::Millis;
using resilience::AttemptOutcome;
using namespace std::chrono_literals;
using What = AttemptChain::Step::What;

constexpr SteadyTime kStart{std::chrono::hours(1)};

config::Model windowed(std::string id, std::int64_t window) {
  config::Model out;
  out.id = ModelId(std::move(id));
  out.context_window = window;
  return out;
}

// Tier t1 of models a/1, b/1, c/1 (each of its own upstream) as given; t3 has b/large.
config::Config config_of(const std::vector<std::string>& models, int max_attempts) {
  config::Config out;
  out.providers.push_back(provider("a", "http://127.0.0.1:9001/v1", "sk-12345678"));
  out.providers.push_back(provider("b", "http://127.0.0.1:9002/v1", "sk-12345678"));
  out.providers.push_back(provider("c", "http://127.0.0.1:9003/v1", "sk-12345678"));
  out.default_provider = ProviderId("a");
  out.tiers[0].models = ids(models);
  out.tiers[0].max_attempts = max_attempts;
  out.tiers[2].models = ids({"b/large"});
  out.models = {windowed("b/large", 1'000'000)};
  return out;
}

// One request against a View on virtual time: tries what the chain says, fails as the test says, and writes down what happened.
class Request {
 public:
  explicit Request(std::shared_ptr<const View> view, SteadyTime now = kStart) : view_(std::move(view)), now(now) {
    Facts facts;
    facts.model = "t1";
    auto planned = plan(*view_, read_name(*view_, "t1"), {}, facts, now, random);
    EXPECT_TRUE(planned);
    plan_ = std::move(*planned);
    chain.begin(*view_, plan_);
    budget.request_began(now, view_->config.retry);
  }

  AttemptChain::Step next() { return chain.next(now, budget); }

  // The model that is tried next, after all waits; "-" when nobody is left.
  std::string tried() {
    for (int i = 0; i < 1'000; ++i) {
      const AttemptChain::Step step = next();
      if (step.what == What::Stop) return "-";
      if (step.what == What::Wait) {
        now += step.wait;
        continue;
      }
      running = RunningAttempt(*step.model->stats, now, step.probe);
      probe = step.probe;
      return step.model->id;
    }
    return "hangs";
  }

  void fails(AttemptOutcome outcome, int status = 0, std::optional<Millis> asked = std::nullopt) {
    AttemptEnd end;
    end.outcome = outcome;
    end.asked = asked;
    running.end(end, now, view_->config.health);
    chain.failed(outcome, status, asked, now, random);
  }
  void answers() {
    running.first_byte(now, true);
    AttemptEnd end;
    end.outcome = AttemptOutcome::Answered;
    running.end(end, now, view_->config.health);
  }

 private:
  std::shared_ptr<const View> view_;
  Plan plan_;

 public:
  SteadyTime now;
  SeededRandom random{7};
  resilience::RetryBudget budget{1};
  AttemptChain chain;
  RunningAttempt running;
  bool probe = false;
};

std::shared_ptr<const View> build(config::Config config) {
  auto view = View::build(std::move(config), Revision{1}, "f");
  EXPECT_TRUE(view) << view.error().text();
  return view ? *view : nullptr;
}
std::shared_ptr<const View> view_of(const std::vector<std::string>& models, int max_attempts = 3) { return build(config_of(models, max_attempts)); }

TEST(AttemptChain, GoesThroughThePlanAndThenStops) {
  Request request(view_of({"a/1", "b/1"}));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::CredentialsRefused, 401);
  EXPECT_EQ(request.tried(), "b/1");
  request.fails(AttemptOutcome::CredentialsRefused, 401);
  EXPECT_EQ(request.tried(), "-");
  EXPECT_EQ(request.chain.attempts(), 2);
  EXPECT_EQ(request.now, kStart);
}

TEST(AttemptChain, TriesNobodyAfterTheClientsOwnFault) {
  Request request(view_of({"a/1", "b/1"}));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::RejectedRequest, 400);
  EXPECT_EQ(request.tried(), "-");
}

TEST(AttemptChain, GivesAHiccupASecondChanceWithAttemptsThatAreLeftOver) {
  Request request(view_of({"a/1", "b/1"}, 3));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::RetryableStatus, 500);
  EXPECT_EQ(request.tried(), "a/1");
  EXPECT_GE(request.now - kStart, AttemptChain::kFirstPause / 2);
  request.fails(AttemptOutcome::RetryableStatus, 500);
  EXPECT_EQ(request.tried(), "b/1");
  Request scarce(view_of({"a/1", "b/1"}, 2));
  EXPECT_EQ(scarce.tried(), "a/1");
  scarce.fails(AttemptOutcome::RetryableStatus, 500);
  EXPECT_EQ(scarce.tried(), "b/1") << "two attempts are for two models";
  Request overloaded(view_of({"a/1", "b/1"}, 3));
  EXPECT_EQ(overloaded.tried(), "a/1");
  overloaded.fails(AttemptOutcome::RetryableStatus, 503);
  EXPECT_EQ(overloaded.tried(), "b/1") << "who is overloaded is not asked again at once";
}

TEST(AttemptChain, WaitsForRetryAfterOnlyWhenNobodyElseIsThere) {
  Request two(view_of({"a/1", "b/1"}));
  EXPECT_EQ(two.tried(), "a/1");
  two.fails(AttemptOutcome::RateLimited, 429, 2s);
  EXPECT_EQ(two.tried(), "b/1");
  EXPECT_EQ(two.now, kStart);
  Request one(view_of({"a/1"}));
  EXPECT_EQ(one.tried(), "a/1");
  one.fails(AttemptOutcome::RateLimited, 429, 2s);
  EXPECT_EQ(one.tried(), "a/1");
  EXPECT_GE(one.now - kStart, 2s);
  EXPECT_LE(one.now - kStart, 2'100ms);
  EXPECT_TRUE(one.probe);
  EXPECT_EQ(one.chain.waited(), 2s);
  Request silent(view_of({"a/1"}));
  EXPECT_EQ(silent.tried(), "a/1");
  silent.fails(AttemptOutcome::RateLimited, 429);
  EXPECT_EQ(silent.tried(), "-") << "no word of when to come back";
  Request later(view_of({"a/1"}));
  EXPECT_EQ(later.tried(), "a/1");
  later.fails(AttemptOutcome::RateLimited, 429, 6s);
  EXPECT_EQ(later.tried(), "-") << "longer than retry.max_wait";
  EXPECT_EQ(later.chain.soonest_asked(), Millis(6'000));
}

TEST(AttemptChain, TriesALonelyModelAgainAfterAPauseThatDoubles) {
  Request request(view_of({"a/1"}, 4));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::Reset);
  EXPECT_EQ(request.tried(), "a/1");
  const auto first = request.now - kStart;
  request.fails(AttemptOutcome::Reset);
  EXPECT_EQ(request.tried(), "a/1");
  const auto second = request.now - kStart - first;
  EXPECT_GE(first, 50ms);
  EXPECT_LE(first, 151ms);
  EXPECT_GE(second, 100ms);
  EXPECT_LE(second, 301ms);
}

TEST(AttemptChain, AsksASilentHostOnce) {
  Request request(view_of({"a/1", "a/2", "b/1"}));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::FirstByteTimeout);
  EXPECT_EQ(request.tried(), "b/1");
  request.fails(AttemptOutcome::Reset);
  EXPECT_EQ(request.tried(), "b/1");
}

TEST(AttemptChain, TakesALongPromptToLargerWindowsOnly) {
  config::Config config = config_of({"a/8k", "b/4k", "c/128k", "a/any"}, 5);
  config.models.push_back(windowed("a/8k", 8'000));
  config.models.push_back(windowed("b/4k", 4'000));
  config.models.push_back(windowed("c/128k", 128'000));
  Request request(build(std::move(config)));
  EXPECT_EQ(request.tried(), "a/8k");
  request.fails(AttemptOutcome::ContextLength, 400);
  EXPECT_EQ(request.tried(), "c/128k");
  request.fails(AttemptOutcome::ContextLength, 400);
  EXPECT_EQ(request.tried(), "b/large") << "of a tier above";
  request.fails(AttemptOutcome::ContextLength, 400);
  EXPECT_EQ(request.tried(), "a/any") << "nobody knows how large";
  request.fails(AttemptOutcome::ContextLength, 400);
  EXPECT_EQ(request.tried(), "-");
}

TEST(AttemptChain, ServesTheLeastBadWhenAllCool) {
  const auto view = view_of({"a/1", "b/1"});
  {
    Request request(view);
    EXPECT_EQ(request.tried(), "a/1");
    request.fails(AttemptOutcome::CredentialsRefused, 401);
    EXPECT_EQ(request.tried(), "b/1");
    request.fails(AttemptOutcome::RateLimited, 429, 30s);
  }
  Request next(view, kStart + 1s);
  EXPECT_EQ(next.tried(), "b/1");
  EXPECT_EQ(next.now, kStart + 1s);
  EXPECT_FALSE(next.probe);
  next.answers();
}

TEST(AttemptChain, WaitsForAModelThatAskedForAMoment) {
  const auto view = view_of({"a/1"});
  Request first(view);
  EXPECT_EQ(first.tried(), "a/1");
  first.fails(AttemptOutcome::RateLimited, 429, 2s);
  Request second(view, kStart + 500ms);
  Request third(view, kStart + 500ms);
  EXPECT_EQ(second.tried(), "a/1");
  EXPECT_GE(second.now - kStart, 2s);
  EXPECT_TRUE(second.probe);
  // Another request's probe is under way: its end is waited for.
  third.now = second.now;
  const auto step = third.next();
  EXPECT_EQ(step.what, What::Wait);
  EXPECT_EQ(step.wait, AttemptChain::kPollEvery);
  second.answers();
  EXPECT_EQ(third.tried(), "a/1");
  EXPECT_FALSE(third.probe);
}

TEST(AttemptChain, DoesNotWaitForAModelThatJustFails) {
  const auto view = view_of({"a/1"}, 1);
  for (int i = 0; i < 5; ++i) {
    Request request(view);
    EXPECT_EQ(request.tried(), "a/1");
    request.fails(AttemptOutcome::ConnectFailed);
  }
  Request request(view, kStart + 9s);
  EXPECT_EQ(request.tried(), "a/1");
  EXPECT_EQ(request.now, kStart + 9s) << "ejected, and nobody said when it comes back";
}

TEST(AttemptChain, SendsOneProbeAndTheOthersElsewhere) {
  const auto view = view_of({"a/1", "b/1"});
  Request first(view);
  EXPECT_EQ(first.tried(), "a/1");
  first.fails(AttemptOutcome::RateLimited, 429, 10s);
  Request probe(view, kStart + 11s), other(view, kStart + 11s);
  EXPECT_EQ(probe.tried(), "a/1");
  EXPECT_TRUE(probe.probe);
  EXPECT_EQ(other.tried(), "b/1") << "planned before the probe was claimed, and yet not sent behind it";
  probe.answers();
  Request after(view, kStart + 12s);
  EXPECT_EQ(after.tried(), "a/1");
  EXPECT_FALSE(after.probe);
}

TEST(AttemptChain, NeedsTheBudgetForUnprovenModelsOnly) {
  config::Config config = config_of({"a/1", "b/1"}, 2);
  config.retry.budget_percent = 0;
  config.retry.budget_floor = 0;
  const auto view = build(std::move(config));
  Request poor(view);
  EXPECT_EQ(poor.tried(), "a/1");
  poor.fails(AttemptOutcome::ConnectFailed);
  EXPECT_EQ(poor.tried(), "-") << "b has shown nothing yet, and nobody found out within kProofWait";
  EXPECT_GE(poor.now - kStart, AttemptChain::kProofWait);
  EXPECT_TRUE(poor.chain.budget_spent());
  RunningAttempt proof(*view->by_name.find("b/1")->second->stats, kStart);
  proof.first_byte(kStart, true);
  AttemptEnd end;
  end.outcome = AttemptOutcome::Answered;
  proof.end(end, kStart, view->config.health);
  Request rich(view, kStart + 1s);
  EXPECT_EQ(rich.tried(), "a/1");
  rich.fails(AttemptOutcome::ConnectFailed);
  EXPECT_EQ(rich.tried(), "b/1");
  EXPECT_EQ(rich.now, kStart + 1s);
}

TEST(AttemptChain, BoundsAttemptsWhenEverythingFails) {
  const auto view = view_of({"a/1", "b/1", "c/1"}, 3);
  resilience::RetryBudget shared{1};
  int attempts = 0;
  constexpr int kRequests = 1'000;
  SteadyTime now = kStart;
  for (int i = 0; i < kRequests; ++i, now += 10ms) {
    Request request(view, now);
    std::swap(request.budget, shared);
    request.budget.request_began(now, view->config.retry);
    while (request.tried() != "-") request.fails(AttemptOutcome::RetryableStatus, 500);
    attempts += request.chain.attempts();
    std::swap(request.budget, shared);
  }
  const double seconds = 10;
  EXPECT_LE(attempts, kRequests * 1.2 + view->config.retry.budget_floor * (seconds + 1) + 1);
  EXPECT_GE(attempts, kRequests);
}

TEST(AttemptChain, GoesToAProvenModelRatherThanWaitForOneThatNobodyKnows) {
  config::Config config = config_of({"a/1", "b/1", "c/1"}, 3);
  config.retry.budget_percent = 0;
  config.retry.budget_floor = 0;
  config.tiers[0].strategy = config::Strategy::Sequential;
  const auto view = build(std::move(config));
  RunningAttempt proof(*view->by_name.find("c/1")->second->stats, kStart);
  AttemptEnd well;
  well.outcome = AttemptOutcome::Answered;
  proof.end(well, kStart, view->config.health);
  Request poor(view);
  EXPECT_EQ(poor.tried(), "a/1");
  poor.fails(AttemptOutcome::ConnectFailed);
  EXPECT_EQ(poor.tried(), "c/1");
  EXPECT_EQ(poor.now, kStart) << "nobody had to wait";
  EXPECT_FALSE(poor.chain.budget_spent());
}

TEST(AttemptChain, SendsScoutsToAHostThatNobodyHasReachedAndTheOthersElsewhere) {
  const auto view = view_of({"a/1", "b/1"});
  ConnectCrowd& connects = view->by_name.find("a/1")->second->stats->connects;
  std::vector<std::unique_ptr<ConnectCrowd::Waiting>> scouts;
  for (std::uint32_t i = 0; i < ConnectCrowd::kScouts; ++i) {
    Request scout(view);
    EXPECT_EQ(scout.tried(), "a/1");
    EXPECT_EQ(scout.now, kStart);
    scouts.push_back(std::make_unique<ConnectCrowd::Waiting>(connects, kStart));
  }
  Request crowd(view);
  EXPECT_EQ(crowd.next().what, What::Wait);
  EXPECT_EQ(crowd.tried(), "b/1") << "none has got through";
  EXPECT_LE(crowd.now - kStart, ConnectCrowd::kPatience + 2 * AttemptChain::kPollEvery);
  Request late(view, kStart + 600ms);
  EXPECT_EQ(late.tried(), "b/1");
  EXPECT_EQ(late.now, kStart + 600ms) << "it is known by now";
  late.fails(AttemptOutcome::CredentialsRefused, 401);
  EXPECT_EQ(late.tried(), "a/1") << "better than nobody";
  scouts.front()->got_through(kStart + 700ms);
  Request lucky(view, kStart + 700ms);
  EXPECT_EQ(lucky.tried(), "a/1");
  scouts.clear();
  Request alone(view, kStart + 10s);
  EXPECT_EQ(alone.tried(), "a/1");
}

TEST(AttemptChain, HasNoDoubtsAboutTheOnlyHost) {
  const auto view = view_of({"a/1", "a/2"});
  ConnectCrowd& connects = view->by_name.find("a/1")->second->stats->connects;
  std::vector<std::unique_ptr<ConnectCrowd::Waiting>> scouts;
  for (std::uint32_t i = 0; i < ConnectCrowd::kScouts; ++i) scouts.push_back(std::make_unique<ConnectCrowd::Waiting>(connects, kStart));
  Request request(view, kStart + 1s);
  EXPECT_EQ(request.tried(), "a/1");
  EXPECT_EQ(request.now, kStart + 1s);
}

TEST(AttemptChain, SaysThatNobodyCouldBeReached) {
  Request request(view_of({"a/1", "b/1"}, 2));
  EXPECT_EQ(request.tried(), "a/1");
  request.fails(AttemptOutcome::ConnectTimeout);
  EXPECT_EQ(request.tried(), "b/1");
  request.fails(AttemptOutcome::DnsFailed);
  EXPECT_EQ(request.tried(), "-");
  EXPECT_TRUE(request.chain.nobody_reached());
}

}  // namespace
}  // namespace smartroute::routing
