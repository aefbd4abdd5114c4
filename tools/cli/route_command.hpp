// `smartroute route explain` and `smartroute replay`: what the router would do and why, without calling a model. With a configuration file
// and no records of a gateway they need no running process.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

struct ExplainOptions {
  std::string model;         // empty: the request's, or auto
  std::string request_file;  // body of a chat completion, "-": standard input; or
  std::string text;          // a bare prompt
  std::string config;        // empty: ask the control plane about its newest revision
  Output output = Output::Text;
};
// Both return an exit code of up.hpp and print the reason of a failure on stderr.
int explain_route(const AdminAccess& access, const ExplainOptions& options);

struct ReplayOptions {
  std::string config;         // the candidate; empty: the newest revision
  std::string input;          // JSON lines instead of the gateway's records, "-": standard input
  std::string since = "24h";  // "24h" ago, or "2026-01-31" or "2026-01-31T08:00:00", UTC
  std::string until;
  int moves = 20;
  Output output = Output::Text;
};
int replay_routes(const AdminAccess& access, const ReplayOptions& options);

// A moment as --since and --until say it, in milliseconds since 1970. Error: Invalid, with a right one.
Result<std::int64_t> parse_moment(const std::string& text, std::int64_t now_ms);

}  // namespace smartroute::cli
