// smartroute-proxy: the data plane.
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "dataplane/app.hpp"
#include "dataplane/log.hpp"

namespace {
constexpr int kExitUsage = 2;

// Memory holds keys: no core file is written of it, and no other process of this user may look into it. SMARTROUTE_CORE_DUMPS=allow leaves
// it open, to hunt a crash.
void close_memory() {
  const char* const asked = std::getenv("SMARTROUTE_CORE_DUMPS");
  if (asked != nullptr && std::string_view(asked) == "allow") return;
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);   // a core_pattern that is a program heeds no limit
}
}

int main(int argc, char** argv) {
  smartroute::proxy::AppOptions options;
  std::string level = "info";
  CLI::App cli("SmartRoute data plane: accepts OpenAI requests, picks tier and model, streams the answer.", "smartroute-proxy");
  cli.set_version_flag("--version", std::string("smartroute-proxy ") + SMARTROUTE_VERSION);
  cli.footer(
      "SIGTERM drains: /readyz fails at once, new connections are still served for limits.drain_accept and while others are being served, "
      "running answers finish within limits.drain_timeout, what is left ends with an error event. SIGINT does the same but accepts nothing "
      "new. A second signal does not wait.\nSMARTROUTE_CORE_DUMPS=allow permits core files and debuggers, which then see keys.");
  cli.add_option("--listen", options.listen, "HOST:PORT for the OpenAI API; port 0 picks a free one")->envname("SMARTROUTE_LISTEN")->capture_default_str();
  cli.add_option("--ops", options.ops, "HOST:PORT for /metrics, /livez and /readyz")->envname("SMARTROUTE_PROXY_OPS")->capture_default_str();
  cli.add_option("--control", options.control, "Control plane: unix:PATH or HOST:PORT")->envname("SMARTROUTE_CONTROL")->capture_default_str();
  cli.add_option("--state", options.state_dir, "Directory for the last-known-good configuration; without one none is kept")->envname("SMARTROUTE_PROXY_STATE");
  cli.add_option("--workers", options.workers, "Worker threads; 0: one for each core")->envname("SMARTROUTE_WORKERS")->capture_default_str();
  cli.add_option("--instance-id", options.instance_id, "Name in the fleet table; default: host name and a random tail")->envname("SMARTROUTE_INSTANCE_ID");
  cli.add_option("--ready-file", options.ready_file, "Written as JSON with the bound addresses once requests are served");
  cli.add_option("--log-level", level, "debug, info, warn, error or off")->envname("SMARTROUTE_LOG_LEVEL")->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kExitUsage;
  }

  close_memory();
  // Every thread inherits this mask; the main thread alone takes the signals, when it asks for them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  options.log_lines = smartroute::proxy::make_log_lines();
  auto log = smartroute::proxy::make_log(level, options.log_lines);
  auto app = smartroute::proxy::App::build(std::move(options), log);
  if (!app) {
    std::fprintf(stderr, "smartroute-proxy: %s\n", app.error().text().c_str());
    return 1;
  }
  (*app)->run_until_signal();
  app->reset();
  log.reset();
  spdlog::shutdown();
  return 0;
}
