// After a restore from a backup: data planes may run revisions that the backup does not know, and take none that is not above theirs. This watches the
// fleet and has the restored configuration repeated above whatever it sees. Only a control plane whose state an operator restored may do that: without
// that word, a data plane that is ahead means that this store lost revisions (sync_service.hpp).
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "controlplane/base/log.hpp"
#include "controlplane/store/config_service.hpp"
#include "controlplane/sync/shared_fleet.hpp"

namespace smartroute::control::sync {

// Thread rule: made and destroyed by one thread; it has a thread of its own in between. All three must outlive it.
class CatchUp {
 public:
  static constexpr std::chrono::milliseconds kLook{200};
  // Repeats in the life of a process, whatever data planes say.
  static constexpr int kMost = 1'000;

  CatchUp(SharedFleet& fleet, store::ConfigService& configs, base::Log& log);
  ~CatchUp();
  CatchUp(const CatchUp&) = delete;
  CatchUp& operator=(const CatchUp&) = delete;

 private:
  void run();
  void look();

  SharedFleet& fleet_;
  store::ConfigService& configs_;
  base::Log& log_;
  int repeats_ = 0;
  Revision refused_;  // told already that it is too far above
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::sync
