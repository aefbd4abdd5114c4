// `smartroute drain`: tells a process on this machine to stop gracefully, and waits until it has.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "contract/base/result.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

struct DrainOptions {
  std::string ready_file;  // of a process of ours: says its id and its ops address
  std::string pid_file;    // holds nothing but an id
  std::string state = "./.state/smartroute";  // else: of a running `smartroute up`
  std::string ops;         // HOST:PORT to ask how much is left; empty: as the ready file says
  std::chrono::seconds timeout{600};
  Output output = Output::Text;
};

struct DrainTarget {
  pid_t pid = 0;
  std::string ops;  // may be empty
};
// Whom the options mean. Errors: NotFound (no such file, nothing runs), Invalid (a file that says nothing of the kind).
Result<DrainTarget> drain_target(const DrainOptions& options);

// Sends SIGTERM unless the process drains already (a second one would not wait), and tells on stderr how much is left. kOk once it has ended, kFailed when it still
// runs after the timeout (it goes on draining), kUsage when nobody is meant.
int drain(const DrainOptions& options);

}  // namespace smartroute::cli
