#include "controlplane/ingest/telemetry_service.hpp"

#include <grpcpp/grpcpp.h>

#include "smartroute/v1/telemetry.grpc.pb.h"

namespace smartroute::control::ingest {
namespace {

class TelemetryService final : public v1::Telemetry::Service {
 public:
  TelemetryService(Intake& intake, base::Log& log, MaySpeakAs may)
      : intake_(intake), log_(log), may_(std::move(may)) {}

  // One instance for the whole request: its records, its numbers, its log lines.
  grpc::Status Report(grpc::ServerContext* context, const v1::ReportRequest* request,
                      v1::ReportResponse* response) override {
    if (may_)
      if (auto status = may_(*context, request->instance_id()); !status.ok()) return status;
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
  const MaySpeakAs may_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_telemetry_service(Intake& intake, base::Log& log, MaySpeakAs may) {
  return std::make_shared<TelemetryService>(intake, log, std::move(may));
}

}  // namespace smartroute::control::ingest
