#include "dataplane/sync/grpc_log.hpp"

#include <grpc/support/log.h>
#include <spdlog/logger.h>

#include <chrono>
#include <mutex>
#include <string_view>

namespace smartroute::sync {
namespace {

constexpr std::chrono::seconds kPause{1};

// gRPC's log is one function of the whole process that is given no context.
std::mutex mutex;
spdlog::logger* target = nullptr;               // guarded by it
std::chrono::steady_clock::time_point last{};  // guarded by it

void take(gpr_log_func_args* line) {
  if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
  if (std::string_view(line->file).ends_with("ssl_transport_security.cc")) return;
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  if (target == nullptr || now - last < kPause) return;
  last = now;
  target->warn("gRPC: {}", line->message);
}

}  // namespace

GrpcLog::GrpcLog(spdlog::logger& log) {
  const std::lock_guard lock(mutex);
  target = &log;
  gpr_set_log_function(take);
}

GrpcLog::~GrpcLog() {
  gpr_set_log_function(nullptr);
  const std::lock_guard lock(mutex);
  target = nullptr;
}

}  // namespace smartroute::sync
