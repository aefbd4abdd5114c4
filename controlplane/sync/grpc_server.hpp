// The gRPC port: every service of the control plane on one listener, with the limits and pings of a
// long-lived push channel.
//
// Pings every 10 s with 5 s to answer, also without calls: a half-open connection is noticed within
// 16 s. Data planes may ping as often as every 5 s. Messages up to 16 MiB. The standard health
// service answers; reflection is off.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace grpc {
class Service;
}

namespace smartroute::control::sync {

class ServerCertificate;

// Where a port without TLS may listen: configurations on it hold secrets in the clear.
enum class Exposure { LoopbackOnly, AnyAddress };

class GrpcServer {
 public:
  // `address`: "unix:/path" (its directory is created with mode 0700 if absent; an existing one
  // must not be writable for others) or "HOST:PORT". Errors: Invalid (form, path too long, address
  // beyond loopback under LoopbackOnly and without `certificate`), Internal (cannot listen). With
  // `certificate` the port speaks mutual TLS and nothing else. It and the services must outlive the
  // server.
  static Result<std::unique_ptr<GrpcServer>> start(const std::string& address, Exposure exposure,
                                                   const std::vector<grpc::Service*>& services,
                                                   ServerCertificate* certificate = nullptr);
  // As stop(0).
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // "unix:/path", or "host:port" with the real port.
  const std::string& address() const noexcept;
  // No new calls; those in flight may finish for at most `grace`, then they are cancelled.
  // Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace smartroute::control::sync
