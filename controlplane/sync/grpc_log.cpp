#include "controlplane/sync/grpc_log.hpp"

#include <grpc/support/log.h>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "controlplane/core/identity/line_pace.hpp"

namespace smartroute::control::sync {
namespace {

// gRPC's log is one function of the whole process that is given no context.
std::mutex mutex;
base::Log* target = nullptr;  // guarded by it
identity::LinePace pace;      // guarded by it; an address of it is a kind of line

// What OpenSSL's reasons mean here.
std::string_view hint_for(std::string_view message) {
  const auto has = [message](std::string_view text) { return message.find(text) != std::string_view::npos; };
  if (has("did not return a certificate")) return "who connects has to show a certificate";
  if (has("certificate verify failed")) return "the certificate shown is not signed by --grpc-client-ca, or not of now";
  if (has("wrong version number") || has("http request")) return "who connected speaks no TLS";
  return {};
}

void take(gpr_log_func_args* line) {
  if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
  const std::string_view message = line->message;
  const std::lock_guard lock(mutex);
  if (target == nullptr) return;
  const auto left_out = pace.due(message, std::chrono::steady_clock::now());
  if (!left_out) return;
  if (const std::string_view hint = hint_for(message); !hint.empty()) {
    target->warn("a TLS connection to the gRPC port was refused", {{"why", hint}, {"detail", message}, {"left_out", *left_out}});
  } else {
    target->warn("gRPC reports an error", {{"detail", message}, {"left_out", *left_out}});
  }
}

}  // namespace

GrpcLog::GrpcLog(base::Log& log) {
  const std::lock_guard lock(mutex);
  target = &log;
  gpr_set_log_function(take);
}

GrpcLog::~GrpcLog() {
  gpr_set_log_function(nullptr);
  const std::lock_guard lock(mutex);
  target = nullptr;
}

}  // namespace smartroute::control::sync
