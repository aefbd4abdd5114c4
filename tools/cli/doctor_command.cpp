#include "tools/cli/doctor_command.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tools/cli/address.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/doctor_checks.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

constexpr int kLongestTimeout = 60;  // s

struct DoctorWords {
  DoctorOptions options;
  Output output = Output::Text;
};

// Prints each group as soon as it is known: the providers may take a while.
class Teller {
 public:
  explicit Teller(Output output) : output_(output), style_(style_of(STDOUT_FILENO)) {}
  void tell(FindingGroup group) {
    report_.push_back(std::move(group));
    if (output_ == Output::Json) return;
    std::fputs(group_text(report_.back(), style_).c_str(), stdout);
    std::fflush(stdout);
  }
  int finish() {
    std::fputs((output_ == Output::Json ? doctor_json(report_) : verdict_text(report_, style_)).c_str(), stdout);
    return doctor_code(report_);
  }

 private:
  const Output output_;
  const Style style_;
  DoctorReport report_;
};

}  // namespace

int doctor(const DoctorOptions& options, Output output) {
  std::vector<std::string> addresses = options.proxy_ops;
  if (!options.control_ops.empty()) addresses.push_back(options.control_ops);
  for (const std::string& address : addresses)
    if (const auto parsed = parse_host_port(address); !parsed) return complain(parsed.error(), kUsage);
  const GatewayFacts facts = gather(options);
  Teller teller(output);
  teller.tell(check_local(options, facts));
  teller.tell(check_configuration(options, facts));
  teller.tell(check_control(options, facts));
  teller.tell(check_data_planes(options, facts));
  teller.tell(check_security(options, facts));
  teller.tell(check_dashboard(facts));
  teller.tell(check_providers(options, facts));
  return teller.finish();
}

void add_doctor_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<DoctorWords>();
  DoctorOptions& options = words->options;
  auto* command = app.add_subcommand("doctor", "check this machine, the configuration and a running gateway, and say what to do about what is wrong");
  command->add_option("--config", options.config, "document to check instead of the running configuration");
  command->add_option("--proxy-ops", options.proxy_ops, "HOST:PORT of a proxy's metrics and health; several may be named (default: a proxy on this machine, if there is one)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--control-ops", options.control_ops, "HOST:PORT of the control plane's metrics and health (default: as it says itself, on this machine)");
  command->add_option("--cert", options.certificates, "PEM file whose end is looked at; several may be named (default: those in the data folder)")->delimiter(',')->allow_extra_args(false);
  command->add_option_function<int>("--timeout", [words](int seconds) { words->options.timeout = std::chrono::seconds(seconds); }, "seconds to wait for each answer")
      ->check(CLI::Range(1, kLongestTimeout))
      ->default_str("5");
  command->add_flag("--offline", options.offline, "call no provider");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, options.access);
  command->footer("Exit codes: 0 all is well, 1 a check failed, 2 wrong use, 4 nothing failed, but there are warnings.");
  command->callback([&action, words, command] {
    const char* variable = std::getenv("SMARTROUTE_ADMIN");
    words->options.admin_was_named = command->count("--admin") > 0 || (variable != nullptr && *variable != '\0');
    action = [words] { return doctor(words->options, words->output); };
  });
}

}  // namespace smartroute::cli
