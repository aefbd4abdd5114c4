// The admin methods as gRPC services, with the token in the metadata "authorization". All but
// SessionService: a session lives in a cookie. Calls block threads of the gRPC server's own, never
// those that push.
#pragma once
#include <memory>
#include <vector>

#include "controlplane/admin/admission.hpp"
#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/log_streams.hpp"

namespace grpc {
class Service;
}

namespace smartroute::control::admin {

// One for each admin service. What the arguments refer to must outlive them, and they the server
// they are registered with.
std::vector<std::shared_ptr<grpc::Service>> make_grpc_services(const Dispatch& dispatch,
                                                               const Admission& admission,
                                                               LogSource logs);

}  // namespace smartroute::control::admin
