// Health that the fleet shares: collects what the models of this data plane counted, and sets their
// standing to the fleet's when the control plane says it. ARCHITECTURE.md, "Health".
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>

#include "contract/base/clock.hpp"
#include "dataplane/sync/health_ledger.hpp"

namespace smartroute::routing {
class View;
}
namespace smartroute::v1 {
class ScorePush;
}

namespace smartroute::sync {

class ViewHolder;

// Thread rule: any thread, but no worker: there is a lock. Nobody else may call take_tally() or
// merge() of a model of these Views. A judge with an address of its own takes no part: its calls
// are no attempts.
class HealthExchange {
 public:
  explicit HealthExchange(const ViewHolder& views) : views_(views) {}
  HealthExchange(const HealthExchange&) = delete;
  HealthExchange& operator=(const HealthExchange&) = delete;

  // Takes what the models counted since the last call; a few atomic words a model. To be called
  // every tenth of a second or so, whether there is a stream or not.
  void collect(SteadyTime now);
  // As HealthLedger.
  bool next_report(SteadyTime now, v1::HealthReport& out);
  void send_again();
  // The fleet's scores, with what they do not hold yet on top. Names of no model are ignored; so is
  // all of it but the acknowledgement before there is a View.
  void take(const v1::ScorePush& push, SteadyTime now);

  // Reports given out to be sent, those that were sent again among them.
  std::uint64_t reports_sent() const noexcept { return sent_.load(std::memory_order_relaxed); }
  std::uint64_t score_pushes_taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }
  // Times that outcomes were added to others that could not be reported yet.
  std::uint64_t reports_merged() const noexcept { return merged_.load(std::memory_order_relaxed); }

 private:
  void forget_models_that_left(const routing::View& view, std::uint64_t generation);

  const ViewHolder& views_;
  std::mutex mutex_;
  HealthLedger ledger_;
  std::uint64_t generation_ = 0;  // of the View whose models are in the ledger
  bool waited_ = false;           // what is pending has been so since the last collect()
  std::atomic<std::uint64_t> sent_{0}, taken_{0}, merged_{0};
};

}  // namespace smartroute::sync
