// `smartroute up`: from flags to a running gateway and back.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace smartroute::cli {

enum class Providers : std::uint8_t { Real, Demo };
enum class Chatter : std::uint8_t { Quiet, Verbose };

struct UpOptions {
  std::string config;  // empty: none given
  std::string state = "./.state/smartroute";
  std::string listen = "127.0.0.1:8080";           // several with commas; unix:PATH, too; none: tls_listen only
  std::string tls_listen, tls_cert, tls_key;       // of the API; empty: no TLS
  std::string admin = "127.0.0.1:6688";
  std::string admin_tls_cert, admin_tls_key;       // of the admin API and the dashboard; empty: plain HTTP
  std::string grpc;  // empty: a Unix socket in the state folder
  std::string proxy_ops = "127.0.0.1:8081";
  std::string control_ops = "127.0.0.1:6690";
  std::string ready_file;
  int workers = 0;  // 0: one a core
  std::chrono::seconds stop_timeout{35};
  std::chrono::seconds demo_traffic{20};  // of a demo: sample requests for so long; 0: none
  Providers providers = Providers::Real;
  Chatter chatter = Chatter::Quiet;
};

// Exit codes of every subcommand.
constexpr int kOk = 0;
constexpr int kFailed = 1;    // could not start, or had to be ended hard
constexpr int kUsage = 2;     // wrong flags, an unreadable file
constexpr int kProblems = 3;  // a configuration with errors
constexpr int kWarnings = 4;  // of doctor alone: nothing failed, something should be looked at

// Blocks until a signal asks to stop. Must be called before the process has a second thread.
int up(const UpOptions& options);

}  // namespace smartroute::cli
