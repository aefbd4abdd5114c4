// The admin methods: what each of them does, free of transports. Each function fills one service
// into the table; a test walks the services' descriptors and fails when a method is missing.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/core/fleet.hpp"
#include "controlplane/core/model_health.hpp"
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

// Both may be called from any thread. `facts`: all but version and proxies, which is what `list` is for.
struct AboutView {
  std::function<::smartroute::admin::v1::GetAboutResponse()> facts;
  std::function<std::vector<InstanceStatus>()> list;
};
void add_about_methods(Dispatch& dispatch, AboutView about);

// Both may be called from any thread. `list`: every model of the configuration, by id. `reset`: of one model, or of all ("");
// how many that were.
struct HealthView {
  std::function<std::vector<ModelStanding>()> list;
  std::function<std::size_t(const std::string& model)> reset;
};
void add_health_methods(Dispatch& dispatch, HealthView health);

// Records of a page whose signals are computed (ListRecordsRequest.signals).
constexpr std::size_t kMaxSignalPage = 100;
// A message must fit into 4 MiB, which is what gRPC clients take if nobody told them more: bodies of one record beyond it are cut, and marked so.
constexpr std::size_t kMaxAnsweredBytes = 4 * 1024 * 1024 - 64 * 1024;
void cut_bodies(v1::RequestRecord& record);
// How long a record is looked for by its request_id.
constexpr std::chrono::milliseconds kFindTime{2'000};
// `clock` says what now is where a span has no end. TailRecords and ExportRecords are in log_streams.hpp.
// `pruned` is told how many records each pruning took away, on the calling thread; may be empty.
void add_log_methods(Dispatch& dispatch, store::Store& store, const Clock& clock, std::function<void(std::uint64_t records)> pruned = {});

// What goes on now, over all data planes.
struct LiveNow {
  std::uint32_t in_flight = 0;
  double qps = 0;
};
// `live` may be called from any thread.
void add_stats_methods(Dispatch& dispatch, const store::Store& store, const Clock& clock, std::function<LiveNow()> live);

// Bounds of previews: of the request that is explained, and of a replay, of which one runs at a time.
constexpr std::size_t kMaxExplainBytes = 4 * 1024 * 1024;
constexpr std::uint64_t kMaxReplayed = 100'000;
constexpr std::size_t kDefaultMoves = 20;
constexpr std::size_t kMaxMoves = 1'000;
constexpr std::chrono::milliseconds kReplayTime{20'000};
constexpr std::int64_t kMaxWallMs = 253'402'300'799'999;  // the year 9999
// Secrets that a configuration refers to are looked up where they would be for data planes, so that a preview shows no_credentials
// exactly where they would see it.
// `stopping` ends a replay early; any thread.
void add_routing_methods(Dispatch& dispatch, const store::ConfigService& configs, const store::Store& store, const Clock& clock,
                         ConfigBounds bounds, std::function<bool()> stopping);

// A refused configuration as people read it: one line, then one line for each problem
// (kMaxShownProblems at most).
constexpr std::size_t kMaxShownProblems = 50;
std::string summary_of(const std::string& text, const config::Problems& problems);

}  // namespace smartroute::control::admin
