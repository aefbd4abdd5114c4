// The score table, shared between the push streams, those who show it, and the thread that saves it.
// Thread rule: every method may be called from any thread, on_change() and load() before serving starts. Listeners are called without the
// lock, on the thread that made the change; they must not block.
#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "controlplane/core/scoring.hpp"

namespace smartroute::control::sync {

// What one data plane is to be told, all as of one moment.
struct ScoreUpdate {
  ScoreTable::Changes changes;
  std::uint64_t acknowledged = 0;  // its newest report that is in them
};

// Methods as in ScoreTable, stamped with both clocks. `clock` must outlive the table.
class SharedScores {
 public:
  // Models in one push; the rest follows in the next.
  static constexpr std::size_t kMaxModelsPerPush = 5'000;

  explicit SharedScores(const Clock& clock) : clock_(clock) {}

  // Called when there may be something to push or to save.
  void on_change(std::function<void()> listener);
  void load(const SavedHealth& saved);

  // A revision that is not higher than the last one is ignored: revisions are told by several threads.
  void configure(Revision revision, const std::vector<ModelName>& models, const config::Health& rules);
  Taken take(const v1::HealthReport& report, const Reporter& from);
  std::size_t reset(std::string_view model);

  std::vector<ModelStanding> list() const;
  ScoreCounts counts() const;
  std::uint64_t acknowledged(const Reporter& reporter) const;
  ScoreUpdate update_for(const Reporter& reporter, std::uint64_t cursor) const;
  HealthChanges unsaved() const;
  void saved(std::uint64_t upto);
  std::size_t unsaved_models() const;

 private:
  void tell() const;

  const Clock& clock_;
  std::vector<std::function<void()>> listeners_;
  mutable std::mutex mutex_;
  ScoreTable table_;
  Revision revision_;
};

}  // namespace smartroute::control::sync
