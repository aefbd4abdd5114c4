// gRPC service Telemetry over an Intake. Calls block a thread of the gRPC server's own while the
// store writes.
#pragma once
#include <memory>

#include "controlplane/base/log.hpp"
#include "controlplane/ingest/intake.hpp"

namespace grpc {
class Service;
}

namespace smartroute::control::ingest {

// Both must outlive the service, which must outlive the server it is registered with.
std::shared_ptr<grpc::Service> make_telemetry_service(Intake& intake, base::Log& log);

}  // namespace smartroute::control::ingest
