#include "controlplane/admin/grpc_services.hpp"

#include <grpcpp/grpcpp.h>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/grpc_log_streams.hpp"
#include "smartroute/v1/admin.grpc.pb.h"

namespace smartroute::control::admin {
namespace {

using Context = grpc::ServerContext;
using grpc::Status;

// "ipv4:127.0.0.1:4711" -> "127.0.0.1"; "unix:..." has no address and shares one bucket.
std::string address_of(const std::string& peer) {
  const auto scheme = peer.find(':');
  const auto port = peer.rfind(':');
  if (scheme == std::string::npos || port <= scheme || peer.compare(0, 4, "unix") == 0)
    return "unix";
  return peer.substr(scheme + 1, port - scheme - 1);
}

class Calls {
 public:
  Calls(const Dispatch& dispatch, const Admission& admission)
      : dispatch_(dispatch), admission_(admission) {}

  Status operator()(Context* context, std::string_view name,
                    const google::protobuf::Message* request,
                    google::protobuf::Message* response) const {
    const auto admitted = admit(context, name);
    if (!admitted) return to_status(admitted.error().error);
    Reply unused;
    const auto result = dispatch_.call(*dispatch_.find(name), *request, *admitted, unused, *response);
    return result ? Status::OK : to_status(result.error());
  }

  // `run` ends with the stream.
  template <class Run>
  Status stream(Context* context, std::string_view name, Run run) const {
    const auto admitted = admit(context, name);
    if (!admitted) return to_status(admitted.error().error);
    const Status ended = run();
    dispatch_.count(dispatch_.find(name), static_cast<Code>(ended.error_code()));
    return ended;
  }

 private:
  // Who may not call is counted.
  Admission::Admitted admit(Context* context, std::string_view name) const {
    const auto& metadata = context->client_metadata();
    const auto found = metadata.find("authorization");
    const std::string_view presented =
        found == metadata.end() ? std::string_view()
                                : std::string_view(found->second.data(), found->second.size());
    auto admitted = admission_.admit(presented, address_of(context->peer()), name);
    if (!admitted && !admitted.error().unknown_method)
      dispatch_.count(admitted.error().method, admitted.error().error.code);
    return admitted;
  }

  const Dispatch& dispatch_;
  const Admission& admission_;
};

class ConfigRpc final : public rpc::ConfigService::Service {
 public:
  explicit ConfigRpc(Calls calls) : call_(calls) {}
  Status GetConfig(Context* c, const rpc::GetConfigRequest* q, rpc::GetConfigResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/GetConfig", q, a);
  }
  Status ValidateConfig(Context* c, const rpc::ValidateConfigRequest* q,
                        rpc::ValidateConfigResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/ValidateConfig", q, a);
  }
  Status PutConfig(Context* c, const rpc::PutConfigRequest* q, rpc::PutConfigResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/PutConfig", q, a);
  }
  Status ListRevisions(Context* c, const rpc::ListRevisionsRequest* q,
                       rpc::ListRevisionsResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/ListRevisions", q, a);
  }
  Status DiffRevisions(Context* c, const rpc::DiffRevisionsRequest* q,
                       rpc::DiffRevisionsResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/DiffRevisions", q, a);
  }
  Status Rollback(Context* c, const rpc::RollbackRequest* q, rpc::PutConfigResponse* a) override {
    return call_(c, "smartroute.admin.v1.ConfigService/Rollback", q, a);
  }

 private:
  const Calls call_;
};

class FleetRpc final : public rpc::FleetService::Service {
 public:
  explicit FleetRpc(Calls calls) : call_(calls) {}
  Status ListInstances(Context* c, const rpc::ListInstancesRequest* q,
                       rpc::ListInstancesResponse* a) override {
    return call_(c, "smartroute.admin.v1.FleetService/ListInstances", q, a);
  }

 private:
  const Calls call_;
};

class HealthRpc final : public rpc::HealthService::Service {
 public:
  explicit HealthRpc(Calls calls) : call_(calls) {}
  Status ListModelHealth(Context* c, const rpc::ListModelHealthRequest* q,
                         rpc::ListModelHealthResponse* a) override {
    return call_(c, "smartroute.admin.v1.HealthService/ListModelHealth", q, a);
  }
  Status ResetModelHealth(Context* c, const rpc::ResetModelHealthRequest* q,
                          rpc::ResetModelHealthResponse* a) override {
    return call_(c, "smartroute.admin.v1.HealthService/ResetModelHealth", q, a);
  }

 private:
  const Calls call_;
};

class LogRpc final : public rpc::LogService::Service {
 public:
  LogRpc(Calls calls, LogSource logs) : call_(calls), streams_(std::move(logs)) {}
  Status ListRecords(Context* c, const rpc::ListRecordsRequest* q,
                     rpc::ListRecordsResponse* a) override {
    return call_(c, "smartroute.admin.v1.LogService/ListRecords", q, a);
  }
  Status GetRecord(Context* c, const rpc::GetRecordRequest* q, rpc::GetRecordResponse* a) override {
    return call_(c, "smartroute.admin.v1.LogService/GetRecord", q, a);
  }
  Status ListFacets(Context* c, const rpc::ListFacetsRequest* q, rpc::ListFacetsResponse* a) override {
    return call_(c, "smartroute.admin.v1.LogService/ListFacets", q, a);
  }
  Status PruneRecords(Context* c, const rpc::PruneRecordsRequest* q, rpc::PruneRecordsResponse* a) override {
    return call_(c, "smartroute.admin.v1.LogService/PruneRecords", q, a);
  }
  Status GetLogStorage(Context* c, const rpc::GetLogStorageRequest* q, rpc::LogStorage* a) override {
    return call_(c, "smartroute.admin.v1.LogService/GetLogStorage", q, a);
  }
  Status TailRecords(Context* c, const rpc::TailRecordsRequest* q,
                     grpc::ServerWriter<rpc::TailRecordsResponse>* out) override {
    return call_.stream(c, kTailMethod, [&] { return streams_.tail(*c, *q, *out); });
  }
  Status ExportRecords(Context* c, const rpc::ExportRecordsRequest* q,
                       grpc::ServerWriter<rpc::ExportRecordsResponse>* out) override {
    return call_.stream(c, kExportMethod, [&] { return streams_.export_records(*c, *q, *out); });
  }

 private:
  const Calls call_;
  GrpcLogStreams streams_;
};

class StatsRpc final : public rpc::StatsService::Service {
 public:
  explicit StatsRpc(Calls calls) : call_(calls) {}
  Status GetStats(Context* c, const rpc::GetStatsRequest* q, rpc::GetStatsResponse* a) override {
    return call_(c, "smartroute.admin.v1.StatsService/GetStats", q, a);
  }

 private:
  const Calls call_;
};

class RoutingRpc final : public rpc::RoutingService::Service {
 public:
  explicit RoutingRpc(Calls calls) : call_(calls) {}
  Status ExplainRoute(Context* c, const rpc::ExplainRouteRequest* q,
                      rpc::ExplainRouteResponse* a) override {
    return call_(c, "smartroute.admin.v1.RoutingService/ExplainRoute", q, a);
  }
  Status ReplayRoutes(Context* c, const rpc::ReplayRoutesRequest* q,
                      rpc::ReplayRoutesResponse* a) override {
    return call_(c, "smartroute.admin.v1.RoutingService/ReplayRoutes", q, a);
  }

 private:
  const Calls call_;
};

class AccountRpc final : public rpc::AccountService::Service {
 public:
  explicit AccountRpc(Calls calls) : call_(calls) {}
  Status ChangePassword(Context* c, const rpc::ChangePasswordRequest* q, rpc::ChangePasswordResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/ChangePassword", q, a);
  }
  Status ChangeName(Context* c, const rpc::ChangeNameRequest* q, rpc::ChangeNameResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/ChangeName", q, a);
  }
  Status StartTwoFactor(Context* c, const rpc::StartTwoFactorRequest* q, rpc::StartTwoFactorResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/StartTwoFactor", q, a);
  }
  Status ConfirmTwoFactor(Context* c, const rpc::ConfirmTwoFactorRequest* q, rpc::RecoveryCodes* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/ConfirmTwoFactor", q, a);
  }
  Status DisableTwoFactor(Context* c, const rpc::DisableTwoFactorRequest* q, rpc::DisableTwoFactorResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/DisableTwoFactor", q, a);
  }
  Status RenewRecoveryCodes(Context* c, const rpc::RenewRecoveryCodesRequest* q, rpc::RecoveryCodes* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/RenewRecoveryCodes", q, a);
  }
  Status ListSessions(Context* c, const rpc::ListSessionsRequest* q, rpc::ListSessionsResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/ListSessions", q, a);
  }
  Status EndSession(Context* c, const rpc::EndSessionRequest* q, rpc::EndSessionResponse* a) override {
    return call_(c, "smartroute.admin.v1.AccountService/EndSession", q, a);
  }

 private:
  const Calls call_;
};

class UserRpc final : public rpc::UserService::Service {
 public:
  explicit UserRpc(Calls calls) : call_(calls) {}
  Status ListUsers(Context* c, const rpc::ListUsersRequest* q, rpc::ListUsersResponse* a) override {
    return call_(c, "smartroute.admin.v1.UserService/ListUsers", q, a);
  }
  Status CreateUser(Context* c, const rpc::CreateUserRequest* q, rpc::User* a) override {
    return call_(c, "smartroute.admin.v1.UserService/CreateUser", q, a);
  }
  Status UpdateUser(Context* c, const rpc::UpdateUserRequest* q, rpc::User* a) override {
    return call_(c, "smartroute.admin.v1.UserService/UpdateUser", q, a);
  }
  Status DeleteUser(Context* c, const rpc::DeleteUserRequest* q, rpc::DeleteUserResponse* a) override {
    return call_(c, "smartroute.admin.v1.UserService/DeleteUser", q, a);
  }

 private:
  const Calls call_;
};

class ApiTokenRpc final : public rpc::ApiTokenService::Service {
 public:
  explicit ApiTokenRpc(Calls calls) : call_(calls) {}
  Status ListApiTokens(Context* c, const rpc::ListApiTokensRequest* q, rpc::ListApiTokensResponse* a) override {
    return call_(c, "smartroute.admin.v1.ApiTokenService/ListApiTokens", q, a);
  }
  Status CreateApiToken(Context* c, const rpc::CreateApiTokenRequest* q, rpc::CreateApiTokenResponse* a) override {
    return call_(c, "smartroute.admin.v1.ApiTokenService/CreateApiToken", q, a);
  }
  Status DeleteApiToken(Context* c, const rpc::DeleteApiTokenRequest* q, rpc::DeleteApiTokenResponse* a) override {
    return call_(c, "smartroute.admin.v1.ApiTokenService/DeleteApiToken", q, a);
  }

 private:
  const Calls call_;
};

class ProviderRpc final : public rpc::ProviderService::Service {
 public:
  explicit ProviderRpc(Calls calls) : call_(calls) {}
  Status TestProvider(Context* c, const rpc::TestProviderRequest* q, rpc::TestProviderResponse* a) override {
    return call_(c, "smartroute.admin.v1.ProviderService/TestProvider", q, a);
  }

 private:
  const Calls call_;
};

class AboutRpc final : public rpc::AboutService::Service {
 public:
  explicit AboutRpc(Calls calls) : call_(calls) {}
  Status GetAbout(Context* c, const rpc::GetAboutRequest* q, rpc::GetAboutResponse* a) override {
    return call_(c, "smartroute.admin.v1.AboutService/GetAbout", q, a);
  }

 private:
  const Calls call_;
};

}  // namespace

std::vector<std::shared_ptr<grpc::Service>> make_grpc_services(const Dispatch& dispatch,
                                                               const Admission& admission,
                                                               LogSource logs) {
  const Calls calls(dispatch, admission);
  std::vector<std::shared_ptr<grpc::Service>> services;
  services.push_back(std::make_shared<ConfigRpc>(calls));
  services.push_back(std::make_shared<FleetRpc>(calls));
  services.push_back(std::make_shared<HealthRpc>(calls));
  services.push_back(std::make_shared<LogRpc>(calls, std::move(logs)));
  services.push_back(std::make_shared<StatsRpc>(calls));
  services.push_back(std::make_shared<RoutingRpc>(calls));
  services.push_back(std::make_shared<AccountRpc>(calls));
  services.push_back(std::make_shared<UserRpc>(calls));
  services.push_back(std::make_shared<ApiTokenRpc>(calls));
  services.push_back(std::make_shared<ProviderRpc>(calls));
  services.push_back(std::make_shared<AboutRpc>(calls));
  return services;
}

}  // namespace smartroute::control::admin
