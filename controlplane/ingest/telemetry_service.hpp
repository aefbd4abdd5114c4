// gRPC service Telemetry over an Intake. Calls block a thread of the gRPC server's own while the
// store writes.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "controlplane/base/log.hpp"
#include "controlplane/ingest/intake.hpp"

namespace grpc {
class ServerContextBase;
class Service;
class Status;
}  // namespace grpc

namespace smartroute::control::ingest {

// Whether who calls may speak as this instance: OK, or what the call ends with. Any thread.
using MaySpeakAs = std::function<grpc::Status(const grpc::ServerContextBase&, const std::string& instance)>;

// Both must outlive the service, which must outlive the server it is registered with. An empty `may`: everybody.
std::shared_ptr<grpc::Service> make_telemetry_service(Intake& intake, base::Log& log, MaySpeakAs may = {});

}  // namespace smartroute::control::ingest
