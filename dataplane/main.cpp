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
  cli.add_option("--listen", options.listen.plain,
                 "Where the OpenAI API listens: HOST:PORT (port 0 picks a free one) or unix:PATH; several with commas or by naming it again; none: only --tls-listen")
      ->envname("SMARTROUTE_LISTEN")
      ->join(',')
      ->capture_default_str();
  cli.add_option("--tls-listen", options.listen.tls, "HOST:PORT where it listens with TLS; several like --listen. Needs --tls-cert and --tls-key")
      ->envname("SMARTROUTE_TLS_LISTEN")
      ->join(',');
  cli.add_option("--tls-cert", options.listen.certificate.certificate, "PEM file with the certificate of --tls-listen and the chain behind it; looked at again while it runs")
      ->envname("SMARTROUTE_TLS_CERT");
  cli.add_option("--tls-key", options.listen.certificate.key, "PEM file with its private key")->envname("SMARTROUTE_TLS_KEY");
  cli.add_option("--unix-mode", options.listen.unix_mode, "File mode of Unix sockets: who may connect")->envname("SMARTROUTE_UNIX_MODE")->capture_default_str();
  cli.add_option("--ops", options.ops, "HOST:PORT for /metrics, /livez and /readyz")->envname("SMARTROUTE_PROXY_OPS")->capture_default_str();
  cli.add_option("--control", options.control, "Control plane: unix:PATH or HOST:PORT")->envname("SMARTROUTE_CONTROL")->capture_default_str();
  cli.add_option("--control-ca", options.control_ca,
                 "PEM file with the authorities that sign the control plane's certificate; with --control-cert and --control-key: mutual TLS, "
                 "and no connection without. Read again when it changes, as those are")->envname("SMARTROUTE_CONTROL_CA")->type_name("FILE");
  cli.add_option("--control-cert", options.control_cert,
                 "PEM file with the certificate of this data plane: URI spiffe://smartroute/instance/ID or DNS ID among its names, with the ID "
                 "of --instance-id; or a group's URI that the control plane takes (its --grpc-group-identity)")->envname("SMARTROUTE_CONTROL_CERT")->type_name("FILE");
  cli.add_option("--control-key", options.control_key, "PEM file with the key of --control-cert")->envname("SMARTROUTE_CONTROL_KEY")->type_name("FILE");
  cli.add_option("--control-name", options.control_name,
                 "Name that the control plane's certificate has to be of; default: the host of --control")->envname("SMARTROUTE_CONTROL_NAME")->type_name("NAME");
  cli.add_option("--state", options.state_dir, "Directory for the last-known-good configuration; without one none is kept")->envname("SMARTROUTE_PROXY_STATE");
  cli.add_option("--workers", options.workers, "Worker threads; 0: one for each core")->envname("SMARTROUTE_WORKERS")->capture_default_str();
  cli.add_option("--instance-id", options.instance_id, "Name in the fleet table; default: the one in --control-cert, else host name and a random tail")->envname("SMARTROUTE_INSTANCE_ID");
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
