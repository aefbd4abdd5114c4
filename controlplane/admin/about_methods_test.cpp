#include <gtest/gtest.h>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"

namespace smartroute::control::admin {
namespace {

InstanceStatus instance(const std::string& listen, const std::string& host, bool connected = true) {
  InstanceStatus status;
  status.hello.listen = listen;
  status.hello.hostname = host;
  status.connected = connected;
  return status;
}

TEST(About, NamesWhereConnectedDataPlanesAreReached) {
  Dispatch dispatch;
  AboutView about;
  about.facts = [] {
    rpc::GetAboutResponse facts;
    facts.set_state_folder("/var/lib/smartroute");
    return facts;
  };
  about.list = [] {
    return std::vector<InstanceStatus>{
        instance("127.0.0.1:8080", "here"), instance("0.0.0.0:8080", "one"),
        instance("[::]:9090", "two"),       instance("0.0.0.0:8080", "one"),
        instance("0.0.0.0:1", ""),          instance("10.0.0.9:8080", "gone", false),
        instance("", "silent")};
  };
  add_about_methods(dispatch, std::move(about));
  const Method* method = dispatch.find("smartroute.admin.v1.AboutService/GetAbout");
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(method->role, Role::Viewer);
  rpc::GetAboutResponse response;
  Reply reply;
  ASSERT_TRUE(dispatch.call(*method, rpc::GetAboutRequest(), Caller(), reply, response));
  const std::vector<std::string> proxies(response.proxies().begin(), response.proxies().end());
  EXPECT_EQ(proxies, (std::vector<std::string>{"0.0.0.0:1", "127.0.0.1:8080", "one:8080", "two:9090"}));
  EXPECT_EQ(response.version(), SMARTROUTE_VERSION);
  EXPECT_EQ(response.state_folder(), "/var/lib/smartroute");
}

}  // namespace
}  // namespace smartroute::control::admin
