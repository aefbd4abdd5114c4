#include "controlplane/admin/dispatch.hpp"

#include <gtest/gtest.h>

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/log_streams.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::admin {
namespace {

const char* const kMaster = "a master key for tests, long enough to be taken";

class DispatchTest : public testing::Test {
 protected:
  DispatchTest() {
    auto sealer = store::Sealer::from_master(Secret(kMaster));
    configs = std::move(*store::ConfigService::open(*store, std::move(*sealer), clock, {}));
    add_config_methods(dispatch, *configs, ConfigBounds{1'000'000});
    FleetView fleet;
    fleet.list = [] { return std::vector<InstanceStatus>(); };
    fleet.newest = [this] { return configs->newest(); };
    add_fleet_methods(dispatch, std::move(fleet));
    add_health_methods(dispatch, {[] { return std::vector<ModelStanding>(); },
                                  [](const std::string&) { return std::size_t{0}; }});
    add_log_methods(dispatch, *store, clock);
    add_log_streams(dispatch);
    add_stats_methods(dispatch, *store, clock, [] { return LiveNow(); });
    add_routing_methods(dispatch, *configs, *store, clock, ConfigBounds{1'000'000}, [] { return false; });
  }
  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::ConfigService> configs;
  Dispatch dispatch;
};

TEST_F(DispatchTest, EveryMethodOfEveryAdminServiceIsInTheTableWithItsTypesAndARole) {
  const auto* file = rpc::GetConfigRequest::descriptor()->file();
  ASSERT_EQ(file->package(), "smartroute.admin.v1");
  int methods = 0;
  // Those that need more than a store are walked in roles_test.cpp.
  const std::set<std::string> elsewhere{"SessionService", "AccountService", "UserService", "ApiTokenService", "ProviderService", "AboutService"};
  for (int s = 0; s < file->service_count(); ++s) {
    if (elsewhere.contains(file->service(s)->name())) continue;
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto* method = file->service(s)->method(m);
      const std::string name = file->service(s)->full_name() + "/" + method->name();
      const Method* entry = dispatch.find(name);
      ASSERT_NE(entry, nullptr) << name << " is declared in admin.proto but not in the table";
      EXPECT_EQ(entry->request->GetDescriptor(), method->input_type()) << name;
      EXPECT_EQ(entry->response->GetDescriptor(), method->output_type()) << name;
      EXPECT_NE(entry->role, Role::Nobody) << name;
      EXPECT_EQ(entry->handle == nullptr, method->server_streaming()) << name;
      ++methods;
    }
  }
  EXPECT_GE(methods, 19);
}

TEST_F(DispatchTest, DeniesByRole) {
  const Method* get = dispatch.find("smartroute.admin.v1.ConfigService/GetConfig");
  const Method* put = dispatch.find("smartroute.admin.v1.ConfigService/PutConfig");
  EXPECT_EQ(Dispatch::authorize(*get, Role::Nobody).error().code, Code::Unauthenticated);
  EXPECT_EQ(Dispatch::authorize(*put, Role::Nobody).error().code, Code::Unauthenticated);
  EXPECT_TRUE(Dispatch::authorize(*get, Role::Viewer));
  EXPECT_EQ(Dispatch::authorize(*put, Role::Viewer).error().code, Code::PermissionDenied);
  EXPECT_TRUE(Dispatch::authorize(*put, Role::Admin));
}

TEST_F(DispatchTest, KnowsNoOtherMethods) {
  for (const char* name :
       {"", "GetConfig", "smartroute.admin.v1.ConfigService", "smartroute.admin.v1.ConfigService/",
        "smartroute.admin.v1.ConfigService/getconfig",
        "smartroute.admin.v1.ConfigService/GetConfig/", "smartroute.v1.Sync/Subscribe"}) {
    EXPECT_EQ(dispatch.find(name), nullptr) << name;
  }
}

TEST_F(DispatchTest, CountsByMethodAndCode) {
  const Method* get = dispatch.find("smartroute.admin.v1.ConfigService/GetConfig");
  rpc::GetConfigRequest request;
  rpc::GetConfigResponse response;
  EXPECT_EQ(dispatch.call(*get, request, response).error().code, Code::NotFound);
  dispatch.count(nullptr, Code::Unauthenticated);
  const auto counts = dispatch.counts();
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].method, get->name);
  EXPECT_EQ(counts[0].code, Code::NotFound);
  EXPECT_EQ(counts[1].method, "other");
  EXPECT_EQ(counts[1].calls, 1u);
}

TEST_F(DispatchTest, TellsHowLongEachCallTook) {
  std::vector<std::string> told;
  dispatch.time_calls([&told](std::string_view method, std::chrono::microseconds took) {
    told.emplace_back(method);
    EXPECT_GE(took.count(), 0);
  });
  const Method* list = dispatch.find("smartroute.admin.v1.LogService/ListRecords");
  rpc::ListRecordsRequest request;
  rpc::ListRecordsResponse response;
  EXPECT_TRUE(dispatch.call(*list, request, response));
  dispatch.count(list, Code::PermissionDenied);
  EXPECT_EQ(told, std::vector<std::string>{list->name}) << "what was refused before ran not at all";
}

TEST_F(DispatchTest, PutRefusesASealedSecretAndATooLargeMessage) {
  const Method* put = dispatch.find("smartroute.admin.v1.ConfigService/PutConfig");
  rpc::PutConfigRequest request;
  rpc::PutConfigResponse response;
  EXPECT_EQ(dispatch.call(*put, request, response).error().code, Code::InvalidArgument);
  request.mutable_source()->mutable_config()->add_providers()->mutable_api_key()->set_sealed(
      "bytes");
  const auto sealed = dispatch.call(*put, request, response);
  ASSERT_FALSE(sealed);
  EXPECT_NE(sealed.error().message.find("providers[0].api_key"), std::string::npos)
      << sealed.error().message;
  request.mutable_source()->mutable_config()->set_default_provider(std::string(1'000'001, 'x'));
  const auto large = dispatch.call(*put, request, response);
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().message.find("1000000"), std::string::npos) << large.error().message;
}

TEST(SummaryOf, ShowsTheErrorBehindARowOfWarnings) {
  config::Problems problems(kMaxShownProblems + 3);
  for (auto& problem : problems) {
    problem = {"tiers.t1", "is odd", "", "", 0, config::Severity::Warning};
  }
  problems.push_back({"router.mode", "is wrong", "", "", 0, config::Severity::Error});
  EXPECT_EQ(summary_of("refused", problems).find("refused\nrouter.mode"), 0u);
}

TEST(SummaryOf, ListsProblemsUpToItsBound) {
  config::Problems problems(kMaxShownProblems + 3);
  for (auto& problem : problems)
    problem = {"tiers.t1", "is wrong", "", "", 0, config::Severity::Error};
  const std::string summary = summary_of("refused", problems);
  EXPECT_EQ(static_cast<std::size_t>(std::count(summary.begin(), summary.end(), '\n')),
            kMaxShownProblems + 1);
  EXPECT_NE(summary.find("and 3 more"), std::string::npos);
}

}  // namespace
}  // namespace smartroute::control::admin
