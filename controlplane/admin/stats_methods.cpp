#include <memory>
#include <utility>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/admin/stats_source.hpp"

namespace smartroute::control::admin {

void add_stats_methods(Dispatch& dispatch, const store::Store& store, const Clock& clock, std::function<LiveNow()> live) {
  const auto names = std::make_shared<KeyNames>(store);
  dispatch.add<rpc::GetStatsRequest, rpc::GetStatsResponse>(
      "smartroute.admin.v1.StatsService/GetStats", Role::Viewer,
      [&store, &clock, names, live = std::move(live)](const rpc::GetStatsRequest& request) -> CallResult<rpc::GetStatsResponse> {
        const std::int64_t now_us = micros_since_epoch(clock.wall());
        auto response = statistics(request, rollups_of(store, now_us), now_us);
        if (!response) return refuse(response.error());
        if (dimension_named(request.dimension()) == Dimension::Key) {
          KeyNames::Lookup lookup(*names);
          for (auto* series : {response->mutable_series(), response->mutable_before()})
            for (auto& one : *series) one.set_label(one.value() == kOtherValue ? std::string() : lookup.name_of(one.value()));
        }
        const LiveNow now = live();
        response->set_in_flight(now.in_flight);
        response->set_qps(now.qps);
        return std::move(*response);
      });
}

}  // namespace smartroute::control::admin
