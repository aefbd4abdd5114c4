#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {

void add_fleet_methods(Dispatch& dispatch, FleetView fleet) {
  dispatch.add<rpc::ListInstancesRequest, rpc::ListInstancesResponse>(
      "smartroute.admin.v1.FleetService/ListInstances", Role::Viewer,
      [fleet = std::move(fleet)](
          const rpc::ListInstancesRequest&) -> CallResult<rpc::ListInstancesResponse> {
        rpc::ListInstancesResponse response;
        // Instances first: one that acknowledges a revision between the two calls must not look
        // ahead of it.
        const auto instances = fleet.list();
        const Revision newest = fleet.newest();
        for (const auto& instance : instances)
          *response.add_instances() = to_message(instance, newest);
        response.set_newest_revision(newest.number);
        return response;
      });
}

}  // namespace smartroute::control::admin
