#include <algorithm>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {
namespace {

// An address that means every interface is reached by the machine's name.
std::string reachable(const std::string& listen, const std::string& hostname) {
  for (const std::string_view everywhere : {"0.0.0.0:", "[::]:"})
    if (listen.starts_with(everywhere) && !hostname.empty())
      return hostname + listen.substr(everywhere.size() - 1);
  return listen;
}

}  // namespace

void add_about_methods(Dispatch& dispatch, AboutView about) {
  dispatch.add<rpc::GetAboutRequest, rpc::GetAboutResponse>(
      "smartroute.admin.v1.AboutService/GetAbout", Role::Viewer,
      [about = std::move(about)](const rpc::GetAboutRequest&) -> CallResult<rpc::GetAboutResponse> {
        rpc::GetAboutResponse response = about.facts();
        response.set_version(SMARTROUTE_VERSION);
        std::vector<std::string> proxies;
        for (const auto& instance : about.list()) {
          if (instance.connected && !instance.hello.listen.empty())
            proxies.push_back(reachable(instance.hello.listen, instance.hello.hostname));
        }
        std::sort(proxies.begin(), proxies.end());
        proxies.erase(std::unique(proxies.begin(), proxies.end()), proxies.end());
        for (auto& proxy : proxies) response.add_proxies(std::move(proxy));
        return response;
      });
}

}  // namespace smartroute::control::admin
