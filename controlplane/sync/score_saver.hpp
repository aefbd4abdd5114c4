// Keeps what is known about the health of models over a restart: a thread that writes changes to the store, the first at once and further
// ones kEvery later at the earliest. A kill -9 costs what was reported in between; the data planes' own knowledge outlives that. A write
// that fails is said once and tried again.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controlplane/base/log.hpp"
#include "controlplane/store/store.hpp"
#include "controlplane/sync/shared_scores.hpp"

namespace smartroute::control::sync {

class ScoreSaver {
 public:
  static constexpr std::chrono::milliseconds kEvery{500};

  // Loads what is stored into `scores` (configured already), then follows it. All must outlive the saver, and scores must not change
  // any more when it goes.
  ScoreSaver(SharedScores& scores, store::Store& store, base::Log& log);
  ~ScoreSaver();
  ScoreSaver(const ScoreSaver&) = delete;
  ScoreSaver& operator=(const ScoreSaver&) = delete;

  // Writes what is left and ends. Idempotent; later changes are not saved.
  void stop();

 private:
  void load();
  void poke();
  void run();
  bool save();

  SharedScores& scores_;
  store::Store& store_;
  base::Log& log_;
  bool failing_ = false;  // the saving thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  bool dirty_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::sync
