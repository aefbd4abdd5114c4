#include <utility>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {

void add_health_methods(Dispatch& dispatch, HealthView health) {
  dispatch.add<rpc::ListModelHealthRequest, rpc::ListModelHealthResponse>(
      "smartroute.admin.v1.HealthService/ListModelHealth", Role::Viewer,
      [list = std::move(health.list)](
          const rpc::ListModelHealthRequest&) -> CallResult<rpc::ListModelHealthResponse> {
        rpc::ListModelHealthResponse response;
        for (const auto& standing : list()) *response.add_models() = control::to_message(standing);
        return response;
      });
  dispatch.add<rpc::ResetModelHealthRequest, rpc::ResetModelHealthResponse>(
      "smartroute.admin.v1.HealthService/ResetModelHealth", Role::Admin,
      [reset = std::move(health.reset)](
          const rpc::ResetModelHealthRequest& request) -> CallResult<rpc::ResetModelHealthResponse> {
        const std::size_t models = reset(request.model());
        if (models == 0 && !request.model().empty()) {
          return refuse(Code::NotFound, "the configuration has no model '" + request.model() +
                                            "'; it is named as in ListModelHealth: provider/model");
        }
        rpc::ResetModelHealthResponse response;
        response.set_models(static_cast<std::uint32_t>(models));
        return response;
      });
}

}  // namespace smartroute::control::admin
