// The fleet's failure scores: what the reports of all data planes add up to, by the rules of dataplane/core/resilience/health.hpp, as if the
// fleet were one data plane. A pure table; time is passed in.
//
//   a report        for each model: its score fades up to now, then its failures and successes count as if they had come evenly mixed, for
//                   a report does not say in which order they came:
//                     score := score k^s + P / (s + 1) * (1 - k^(s+1)) / (1 - k)
//                   with s successes, P the penalties of all its failures, k = kSuccessKeeps; at most kMaxScore. Without successes this is
//                   score + P, without failures score k^s
//   a cooldown      of two the one that ends later, at most cooldowns.longest from now
//   `recovered`     ends the cooldown; what cools in the same report began after it
//   ejections       cooldowns in a row without a recovery between them; one that overlaps the last is the same
//
// Reports are input from outside: nothing in them moves a score by more than their own failures, clamped, are worth. What comes twice
// counts once: of each start of a data plane only reports with a higher number than the last one are taken.
//
// Time is steady time, so that the wall clock may be set while the process lives. What was saved carries the wall clock; between two starts
// a clock that went back lets nothing fade, and one that leapt ahead lets things fade too early, no more.
//
// Thread rule: none of its own (sync/shared_scores.hpp has the lock).
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"
#include "controlplane/core/model_health.hpp"

namespace smartroute::v1 {
class HealthReport;
class ModelTally;
}  // namespace smartroute::v1

namespace smartroute::control {

struct Moment {
  SteadyTime steady;
  WallTime wall;
  static Moment now(const Clock& clock) { return {clock.steady(), clock.wall()}; }
};

// The score after so many successes and failures, in unknown order. Never NaN, within [0, kMaxScore].
double score_after_all(double score, std::uint64_t successes, const FailureCounts& failures, const config::Penalties& penalties) noexcept;

enum class Taken : std::uint8_t { Counted, Repeated };

// Since the table was made.
struct ScoreCounts {
  std::uint64_t reports_taken = 0;
  std::uint64_t reports_repeated = 0;  // ignored
  std::uint64_t unknown_models = 0;    // tallies ignored: the configuration does not name the model
  std::uint64_t unknown_kinds = 0;     // failure counts ignored
  std::uint64_t surplus = 0;           // tallies ignored: beyond kMaxModelsPerReport, or a model twice in a report
  std::uint64_t clamped = 0;           // values cut to their bounds
};

class ScoreTable {
 public:
  static constexpr int kMaxModelsPerReport = 10'000;
  // Of one kind, and of successes. A data plane reports several times a second; a hundredth of this takes a score to its end.
  static constexpr std::uint64_t kMaxCountPerReport = 100'000;
  static constexpr std::size_t kMaxReasonBytes = 64;
  // Starts of data planes whose report numbers are remembered; the one heard of longest ago is forgotten first.
  static constexpr std::size_t kMaxReporters = 10'000;
  // Models whose leaving is remembered.
  static constexpr std::size_t kMaxLeft = 10'000;

  ScoreTable() = default;
  // Entries know their places: a copy would know those of the other.
  ScoreTable(const ScoreTable&) = delete;
  ScoreTable& operator=(const ScoreTable&) = delete;
  ScoreTable(ScoreTable&&) = default;
  ScoreTable& operator=(ScoreTable&&) = default;

  // Models that are not among `models` leave the table, new ones enter it sound; for one that left and is back that is news, for a data
  // plane may still know the old. The rules hold from now on.
  void configure(const std::vector<ModelName>& models, const config::Health& rules, Moment now);
  // What an earlier process saved, after the first configure() and before the first report. Nonsense is clamped; models that are not in the
  // table leave what is saved.
  void load(const SavedHealth& saved, Moment now);

  Taken take(const v1::HealthReport& report, const Reporter& from, Moment now);
  // Score, cooldown and ejections of a model ("": of all) are as those of a new one; its counts stay. How many models that were.
  std::size_t reset(std::string_view model, Moment now);

  // All models, by id.
  std::vector<ModelStanding> list(SteadyTime now) const;
  std::size_t size() const noexcept { return entries_.size(); }
  // The newest report of `from` that is in the scores; 0: none.
  std::uint64_t acknowledged(const Reporter& from) const;

  // Models that a report, a reset or a new rule touched later than `cursor` (0: ever), oldest change first, `limit` at most. Fading is no
  // change: everybody computes it.
  struct Changes {
    std::vector<ModelStanding> models;
    std::uint64_t cursor = 0;  // for the next call
    bool more = false;
  };
  Changes changed_since(std::uint64_t cursor, std::size_t limit, SteadyTime now) const;

  // What changed since the last saved(); saved(changes.upto) when it is written.
  HealthChanges unsaved(Moment now) const;
  void saved(std::uint64_t upto);
  std::size_t unsaved_models() const;

  const ScoreCounts& counts() const noexcept { return counts_; }

 private:
  struct Entry {
    ModelStanding last;  // at `as_of`; its `cooling` is not used
    SteadyTime as_of{};
    SteadyTime cooling_until = SteadyTime::min();
    std::uint64_t change = 0;  // when it was touched last; 0: never
    std::list<Entry*>::iterator place;
  };
  struct Heard {
    SavedReporter last;
    std::uint64_t change = 0;
  };
  using HeardList = std::list<Heard>;

  void touch(Entry& entry);
  void settle(Entry& entry, SteadyTime now) const;
  void cut_cooldown(Entry& entry, SteadyTime now) const;
  ModelStanding standing(const Entry& entry, SteadyTime now) const;
  Entry& enter(const ModelName& name, SteadyTime now);
  Heard& hear(const Reporter& from);
  bool take_tally(Entry& entry, const v1::ModelTally& tally, Moment now);
  void take_cooldown(Entry& entry, const v1::ModelTally& tally, SteadyTime now);
  std::uint64_t clamp_count(std::uint64_t count);
  FailureCounts failures_of(const v1::ModelTally& tally);

  config::Health rules_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::list<Entry*> by_change_;  // latest first
  HeardList heard_;              // latest heard of first
  std::map<Reporter, HeardList::iterator> by_reporter_;
  std::set<std::string, std::less<>> left_;  // with something known about them
  std::uint64_t change_ = 0;  // number of the latest change
  std::uint64_t saved_ = 0;   // up to here
  std::vector<std::pair<std::uint64_t, std::string>> gone_models_;  // not saved yet, with the number of the change
  std::vector<std::pair<std::uint64_t, Reporter>> gone_reporters_;
  ScoreCounts counts_;
};

}  // namespace smartroute::control
