// What `smartroute up` prints once the gateway serves.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "tools/cli/ready_file.hpp"
#include "tools/cli/terminal.hpp"

namespace smartroute::cli {

struct FirstScreen {
  Addresses addresses;
  std::string admin_scheme = "http";
  std::string state;                       // data folder
  std::string config_source;               // "file gateway.yaml, re-read when it changes"
  std::optional<std::string> admin_token;  // only on the first start
  std::string admin_token_file;
  std::string set_up_code;             // while nobody has an account for the dashboard
  std::string validate_target;         // file for `smartroute validate`, empty if there is none
  std::string program = "smartroute";  // how to call this program from here
  bool needs_key = false;              // callers must present a gateway key
  bool is_demo = false;
  int sample_seconds = 0;  // for so long a demo sends itself requests; 0: it does not
};

// Ends with a newline. The three commands can be copied as they stand.
std::string render(const FirstScreen& screen, Colour colour);

}  // namespace smartroute::cli
