// Tells a client whose stream is silent that somebody is there: load balancers and SDKs take long silence for death.
#pragma once
#include <chrono>

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Before each wait for an upstream behind the commit point, also while another model is asked to begin the answer anew: sends a comment when
// nothing went out for limits.heartbeat, and has the wait end when the next one is due. Between whole events only, and only when everything
// before it has been taken: it must never queue up behind a slow reader. The upstream's idle time is not touched.
inline void keep_company(Exchange& x, WorkerContext& w) {
  const auto every = x.view->config.limits.heartbeat;
  if (x.heartbeat.empty() || every.count() == 0) return;
  const SteadyTime now = w.worker.wheel().now();
  if (now - x.told >= every) {
    x.told = now;
    const iovec piece{const_cast<char*>(x.heartbeat.data()), x.heartbeat.size()};
    if (!x.gate->mid_event() && !x.client->has_unsent() && x.client->send(&piece, 1)) w.metrics.heartbeat_sent();
  }
  net::Interrupt& interrupt = x.client->interrupt();
  if (!interrupt.nudge_armed()) interrupt.nudge(std::chrono::ceil<std::chrono::milliseconds>(x.told + every - now));
}

}  // namespace smartroute::proxy
