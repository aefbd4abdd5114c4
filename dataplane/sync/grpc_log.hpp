// What gRPC itself has to say, as lines of this process's log, instead of lines of its own on stderr.
#pragma once

namespace spdlog {
class logger;
}

namespace smartroute::sync {

// As long as one lives, errors that gRPC logs become warnings here; those of TLS do not, for whoever called tells of
// them with the call. One at a time: gRPC has one log.
class GrpcLog {
 public:
  // `log` must outlive it.
  explicit GrpcLog(spdlog::logger& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace smartroute::sync
