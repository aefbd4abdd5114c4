#include "controlplane/ingest/telemetry_service.hpp"

#include <grpcpp/grpcpp.h>

#include "smartroute/v1/telemetry.grpc.pb.h"

namespace smartroute::control::ingest {
namespace {

class TelemetryService final : public v1::Telemetry::Service {
 public:
  TelemetryService(Intake& intake, base::Log& log) : intake_(intake), log_(log) {}

  grpc::Status Report(grpc::ServerContext*, const v1::ReportRequest* request,
                      v1::ReportResponse* response) override {
    const auto stored = intake_.take(*request);
    if (stored) {
      response->set_stored(*stored);
      return grpc::Status::OK;
    }
    const Error& error = stored.error();
    log_.warn(
        "a batch of request records was not stored",
        {{"instance", request->instance_id()}, {"why", error.text()}, {"detail", error.detail()}});
    const auto code = error.kind() == ErrorKind::Invalid ? grpc::StatusCode::INVALID_ARGUMENT
                                                         : grpc::StatusCode::UNAVAILABLE;
    return grpc::Status(code, error.text());
  }

 private:
  Intake& intake_;
  base::Log& log_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_telemetry_service(Intake& intake, base::Log& log) {
  return std::make_shared<TelemetryService>(intake, log);
}

}  // namespace smartroute::control::ingest
