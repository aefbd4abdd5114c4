// Row 6's choices: which candidate is tried next, after what wait, and when to give up. Pure: the plan, what happened so far, what is known
// about the models right now and the retry budget in, one step out. The caller tries and waits.
//
//  - Candidates run in the plan's order. Those that cool right now come after those that do not; when all do, the least bad is tried
//    rather than nobody.
//  - A model out of its cooldown is tried by one request at a time (the probe); the others pass it by.
//  - A host to which several are just trying to connect is given a moment to let one through; if none gets through, the others go on to
//    the next candidate (connect_crowd.hpp).
//  - When all candidates cool, one that asked to be left alone (429) for no longer than retry.max_wait is waited for.
//  - After a hiccup (a 500) the same model is tried once more at once, if attempts are left over when every other candidate had one.
//  - When no candidate is left but attempts are, models that failed in passing are tried again after a pause: what they asked for
//    (Retry-After, at most retry.max_wait), else 100 ms and doubling. Going elsewhere always comes first, for it costs no wait.
//  - Every attempt after the first needs a token of the retry budget, unless its model is known to answer right now. Without one, a model
//    of which nothing is known is waited for, at most kProofWait, until another request has found out; unless there is one that is known.
//  - An upstream that was silent is not asked again. A prompt that was too long for one model goes to those with larger windows only.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "dataplane/core/resilience/outcome.hpp"
#include "dataplane/core/resilience/retry_budget.hpp"
#include "dataplane/core/routing/plan.hpp"

namespace smartroute::routing {

// One request's. Thread rule: one worker.
class AttemptChain {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{100};   // before a model is tried again; doubles
  static constexpr std::chrono::milliseconds kPollEvery{25};     // while waiting for what others find out
  static constexpr std::chrono::seconds kProofWait{5};

  struct Step {
    enum class What : std::uint8_t {
      Try,   // `model`
      Wait,  // for `wait`, then ask again
      Stop,  // nobody is left
    };
    What what = What::Stop;
    const ModelEntry* model = nullptr;
    bool probe = false;  // claimed: tell RunningAttempt
    config::Millis wait{0};
  };

  // For a new plan; both must outlive the chain's use.
  void begin(const View& view, const Plan& plan);
  // Nothing has been tried; the memory is kept.
  void clear() noexcept;

  // What to do now.
  Step next(SteadyTime now, resilience::RetryBudget& budget);

  // The attempt of the last Try ended before the commit point (or, where the answer may begin anew, behind it).
  void failed(resilience::AttemptOutcome outcome, int status, std::optional<config::Millis> asked, SteadyTime now, Random& random);

  int attempts() const noexcept { return attempts_; }
  // The retry budget kept a candidate from being tried.
  bool budget_spent() const noexcept { return budget_spent_; }
  // The longest that this chain waited before its last Try.
  config::Millis waited() const noexcept { return waited_; }
  // The soonest that any of the tried models asked to be left alone for; nullopt: none said.
  std::optional<config::Millis> soonest_asked() const noexcept { return soonest_; }
  // No attempt got further than trying to connect, and there was more than one model to try.
  bool nobody_reached() const noexcept { return attempts_ > 0 && reached_ == 0 && distinct_models() > 1; }

 private:
  struct Entry {
    const ModelEntry* model = nullptr;
    bool tried = false;
    bool doubtful = false;  // its host does not seem to be there: after all others
  };
  // A model after its last failure in this chain, if it may be tried again.
  struct Again {
    const ModelEntry* model = nullptr;
    SteadyTime not_before{};
  };

  bool may_run(const ModelEntry& model) const;
  bool has_alternative(const Entry& entry, SteadyTime now) const;
  bool another_is_proven(const Entry& entry, SteadyTime now) const;
  std::size_t untried() const;
  std::size_t distinct_models() const;
  Step take(Entry& entry, SteadyTime now, resilience::RetryBudget& budget);
  Step try_model(const ModelEntry& model, bool probe, SteadyTime now);
  Step wait_until(SteadyTime then, SteadyTime now);
  config::Millis waited_by(SteadyTime now) const;  // before the next Try
  std::optional<Step> pay(const ModelEntry& model, SteadyTime now, resilience::RetryBudget& budget);
  Step next_cooling(SteadyTime now, resilience::RetryBudget& budget);
  Step revisit(SteadyTime now, resilience::RetryBudget& budget);
  bool take_token(SteadyTime now, resilience::RetryBudget& budget);
  bool has_failed(const ModelEntry& model) const;
  void add_larger_windows(const ModelEntry& failed);
  void forget(const ModelEntry& model);

  const View* view_ = nullptr;
  const Plan* plan_ = nullptr;
  std::vector<Entry> entries_;
  std::vector<const Upstream*> silent_;
  std::vector<Again> again_;
  std::vector<const ModelEntry*> failed_;
  const ModelEntry* current_ = nullptr;
  const ModelEntry* same_ = nullptr;  // to be tried once more, before the others
  std::optional<std::int64_t> window_;  // candidates must have a larger one
  bool too_long_ = false;
  bool over_ = false;
  bool budget_spent_ = false;
  bool hiccup_used_ = false;
  int attempts_ = 0;
  int reached_ = 0;
  int pauses_ = 0;
  SteadyTime same_at_{};
  SteadyTime wait_began_{};
  bool waiting_ = false;
  config::Millis waited_{0};
  std::optional<config::Millis> soonest_;
};

}  // namespace smartroute::routing
