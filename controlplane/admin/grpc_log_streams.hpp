// The streams of LogService over gRPC. Each holds one thread of the gRPC server while it lasts, so
// their number is bounded: telemetry needs those threads too. Private to this folder: gRPC types
// are in here.
#pragma once
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>

#include "controlplane/admin/log_streams.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {

class GrpcLogStreams {
 public:
  static constexpr int kMaxTails = 8;
  static constexpr int kMaxExports = 4;

  explicit GrpcLogStreams(LogSource logs) : logs_(std::move(logs)) {}

  // For callers that were let through; return when the stream has ended.
  grpc::Status tail(grpc::ServerContext& context,
                    const smartroute::admin::v1::TailRecordsRequest& request,
                    grpc::ServerWriter<smartroute::admin::v1::TailRecordsResponse>& writer);
  grpc::Status export_records(
      grpc::ServerContext& context, const smartroute::admin::v1::ExportRecordsRequest& request,
      grpc::ServerWriter<smartroute::admin::v1::ExportRecordsResponse>& writer);

 private:
  const LogSource logs_;
  std::atomic<int> tails_{0}, exports_{0};
};

grpc::Status to_status(const CallError& error);

}  // namespace smartroute::control::admin
