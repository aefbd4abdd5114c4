// `smartroute top`: the gateway's state on one screen, again each second.
#pragma once
#include <chrono>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

struct TopOptions {
  AdminAccess access;
  int window_minutes = 5;
  std::chrono::milliseconds refresh{1'000};
  bool once = false;  // print it and go; also where no terminal is
  Output output = Output::Text;
};

int top(const TopOptions& options);

}  // namespace smartroute::cli
