#include <memory>
#include <string>

#include "tools/cli/command_tree.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

void add_up_flags(CLI::App& command, UpOptions& options) {
  command
      .add_option("--config", options.config,
                  "YAML or JSON file that owns the configuration; re-read when it changes")
      ->envname("SMARTROUTE_CONFIG");
  command.add_option("--state", options.state, "folder for everything kept")
      ->envname("SMARTROUTE_STATE")
      ->capture_default_str();
  command
      .add_option("--listen", options.listen,
                  "HOST:PORT of the OpenAI API (port 0 picks a free one) or unix:PATH; several with commas; none: only --tls-listen")
      ->envname("SMARTROUTE_LISTEN")
      ->join(',')
      ->capture_default_str();
  command.add_option("--tls-listen", options.tls_listen, "HOST:PORT where the OpenAI API listens with TLS; needs --tls-cert and --tls-key")
      ->envname("SMARTROUTE_TLS_LISTEN")
      ->join(',');
  command.add_option("--tls-cert", options.tls_cert, "PEM file with the certificate of --tls-listen; looked at again while it runs")
      ->envname("SMARTROUTE_TLS_CERT");
  command.add_option("--tls-key", options.tls_key, "PEM file with its private key")->envname("SMARTROUTE_TLS_KEY");
  command.add_option("--admin-tls-cert", options.admin_tls_cert, "PEM file with a certificate: the admin API and the dashboard speak HTTPS; looked at again while it runs")
      ->envname("SMARTROUTE_ADMIN_TLS_CERT");
  command.add_option("--admin-tls-key", options.admin_tls_key, "PEM file with its private key")->envname("SMARTROUTE_ADMIN_TLS_KEY");
  command.add_option("--admin", options.admin, "HOST:PORT of the admin API")
      ->envname("SMARTROUTE_ADMIN")
      ->capture_default_str();
  command
      .add_option(
          "--grpc", options.grpc,
          "where data planes connect: unix:PATH or HOST:PORT (default: unix:STATE/control.sock)")
      ->envname("SMARTROUTE_GRPC");
  command
      .add_option("--proxy-ops", options.proxy_ops, "HOST:PORT of the proxy's metrics and health")
      ->envname("SMARTROUTE_PROXY_OPS")
      ->capture_default_str();
  command
      .add_option("--control-ops", options.control_ops,
                  "HOST:PORT of the control plane's metrics and health")
      ->envname("SMARTROUTE_CONTROL_OPS")
      ->capture_default_str();
  command
      .add_option("--workers", options.workers, "threads that serve requests (default: one a core)")
      ->envname("SMARTROUTE_WORKERS")
      ->check(CLI::Range(1, 256));
  command
      .add_option("--demo-traffic", options.demo_traffic,
                  "seconds for which a demo sends itself sample requests, so that the dashboard has something to show; 0: none")
      ->envname("SMARTROUTE_DEMO_TRAFFIC")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command.add_option("--ready-file", options.ready_file,
                     "written with every bound address, as JSON, once both planes are ready");
  command
      .add_option("--stop-timeout", options.stop_timeout,
                  "seconds the proxy may take to finish requests when stopping")
      ->capture_default_str();
  command.add_flag_callback(
      "--verbose", [&options] { options.chatter = Chatter::Verbose; },
      "show everything both planes log, not only warnings");
}

}  // namespace

void add_up_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<UpOptions>();
  auto* command = app.add_subcommand("up", "run both planes until Ctrl-C");
  add_up_flags(*command, *options);
  command
      ->add_flag_callback(
          "--demo", [options] { options->providers = Providers::Demo; },
          "two mock providers instead of real ones; no key needed")
      ->excludes("--config");
  command->callback([&action, options] { action = [options] { return up(*options); }; });
}

void add_demo_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<UpOptions>();
  auto* command = app.add_subcommand("demo", "the same as up --demo");
  add_up_flags(*command, *options);
  command->remove_option(command->get_option("--config"));
  options->providers = Providers::Demo;
  command->callback([&action, options] { action = [options] { return up(*options); }; });
}

}  // namespace smartroute::cli
