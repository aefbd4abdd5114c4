// What gRPC itself has to say, as lines of this process's log, instead of lines of its own on stderr.
#pragma once
#include "controlplane/base/log.hpp"

namespace smartroute::control::sync {

// As long as one lives, errors that gRPC logs become warnings here, each kind once a second at most: among them every
// TLS connection that was refused, and why. One at a time: gRPC has one log.
class GrpcLog {
 public:
  // `log` must outlive it.
  explicit GrpcLog(base::Log& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace smartroute::control::sync
