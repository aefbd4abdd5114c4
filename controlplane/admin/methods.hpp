// The admin methods: what each of them does, free of transports. Each function fills one service
// into the table; a test walks the services' descriptors and fails when a method is missing.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/core/fleet.hpp"
#include "controlplane/store/config_service.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::admin {

// Page sizes: this when the request says 0; larger ones than store::kMaxPage are cut to it.
constexpr std::size_t kDefaultPage = 50;
// Largest configuration a data plane takes (push_payload.hpp); put refuses more.
struct ConfigBounds {
  std::size_t max_config_bytes;
};

// All arguments must outlive the table.
void add_config_methods(Dispatch& dispatch, store::ConfigService& configs, ConfigBounds bounds);

// `list` may be called from any thread. `newest` is the newest revision of this control plane.
struct FleetView {
  std::function<std::vector<InstanceStatus>()> list;
  std::function<Revision()> newest;
};
void add_fleet_methods(Dispatch& dispatch, FleetView fleet);

void add_log_methods(Dispatch& dispatch, store::Store& store);

// A refused configuration as people read it: one line, then one line for each problem
// (kMaxShownProblems at most).
constexpr std::size_t kMaxShownProblems = 50;
std::string summary_of(const std::string& text, const config::Problems& problems);

}  // namespace smartroute::control::admin
