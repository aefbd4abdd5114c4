// smartroute-control: flags -> App::build -> wait for a signal -> drain.
// Exit codes: 0 drained, 1 could not start (one sentence says why), 2 usage, 3 problems in the
// configuration file.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

#include "controlplane/app.hpp"

namespace {

using namespace smartroute;
using namespace smartroute::control;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitProblems = 3;
constexpr std::chrono::seconds kDrain{2};

struct Flags {
  std::string state = "./.state";
  std::string admin = "127.0.0.1:6688";
  std::string admin_tls_cert, admin_tls_key;
  std::string grpc;
  std::string ops = "127.0.0.1:6690";
  std::string config;
  std::string seed;
  std::string dashboard;
  bool grpc_insecure = false;
  std::string grpc_cert, grpc_key, grpc_client_ca, grpc_group_identity;
  std::string ready_file;
  std::string log_level = "info";
};

// Memory holds keys: no core file is written of it, and no other process of this user may look into it. SMARTROUTE_CORE_DUMPS=allow leaves
// it open, to hunt a crash.
void close_memory() {
  const char* const asked = std::getenv("SMARTROUTE_CORE_DUMPS");
  if (asked != nullptr && std::string_view(asked) == "allow") return;
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);   // a core_pattern that is a program heeds no limit
}

void declare(CLI::App& cli, Flags& flags) {
  cli.set_version_flag("--version", "smartroute-control " SMARTROUTE_VERSION,
                       "Print the version and leave.");
  cli.add_option("--state", flags.state,
                 "Directory for everything that must last: configuration, request records, keys, "
                 "the admin token. Created "
                 "with mode 0700 when absent.")
      ->envname("SMARTROUTE_STATE")
      ->type_name("DIR")
      ->capture_default_str();
  cli.add_option("--admin", flags.admin,
                 "Where the admin API and the dashboard listen: HTTP, or HTTPS with --admin-tls-cert. Beyond "
                 "this machine, plain HTTP shows passwords and tokens to whoever listens. Port 0 picks a free one.")
      ->envname("SMARTROUTE_ADMIN")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  cli.add_option("--admin-tls-cert", flags.admin_tls_cert,
                 "PEM file with a certificate and the chain behind it: --admin speaks HTTPS and nothing "
                 "else. Looked at again while it runs.")
      ->envname("SMARTROUTE_ADMIN_TLS_CERT")
      ->type_name("FILE");
  cli.add_option("--admin-tls-key", flags.admin_tls_key,
                 "PEM file with the private key of --admin-tls-cert.")
      ->envname("SMARTROUTE_ADMIN_TLS_KEY")
      ->type_name("FILE");
  cli.add_option("--grpc", flags.grpc,
                 "Where data planes connect: unix:/PATH or HOST:PORT. Configurations with provider "
                 "keys pass here. "
                 "[default: unix:STATE/control.sock]")
      ->envname("SMARTROUTE_GRPC")
      ->type_name("ADDRESS");
  cli.add_option("--ops", flags.ops,
                 "Where /metrics, /livez and /readyz are served (HTTP). Port 0 picks a free one.")
      ->envname("SMARTROUTE_CONTROL_OPS")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  cli.add_option(
         "--config", flags.config,
         "Configuration file (YAML or JSON) that owns the configuration: applied at start and "
         "whenever it changes; the admin API then refuses writes.")
      ->envname("SMARTROUTE_CONFIG")
      ->type_name("FILE");
  cli.add_option("--seed", flags.seed,
                 "Configuration file that becomes the first revision of an empty store; ignored "
                 "once there is one, and when "
                 "--config is given.")
      ->envname("SMARTROUTE_SEED")
      ->type_name("FILE");
  cli.add_option("--dashboard", flags.dashboard,
                 "Folder with the dashboard's files, which the admin port serves. "
                 "[default: share/smartroute/dashboard beside the folder of this program]")
      ->envname("SMARTROUTE_DASHBOARD")
      ->type_name("DIR");
  cli.add_option("--grpc-cert", flags.grpc_cert,
                 "PEM file with the certificate that data planes see at --grpc. With --grpc-key and "
                 "--grpc-client-ca the port speaks mutual TLS and nothing else; the three are read "
                 "again when they change. It must be of the host that data planes call, or their "
                 "--control-name.")
      ->envname("SMARTROUTE_GRPC_CERT")
      ->type_name("FILE");
  cli.add_option("--grpc-key", flags.grpc_key, "PEM file with the key of --grpc-cert.")
      ->envname("SMARTROUTE_GRPC_KEY")
      ->type_name("FILE");
  cli.add_option("--grpc-client-ca", flags.grpc_client_ca,
                 "PEM file with the authorities that sign the certificates of data planes. Each may "
                 "speak for the instance its certificate names: URI "
                 "spiffe://smartroute/instance/ID, or DNS ID.")
      ->envname("SMARTROUTE_GRPC_CLIENT_CA")
      ->type_name("FILE");
  cli.add_option("--grpc-group-identity", flags.grpc_group_identity,
                 "A URI, for example spiffe://smartroute/proxies: who shows a certificate with it may "
                 "speak for any instance. For data planes that scale and share one certificate.")
      ->envname("SMARTROUTE_GRPC_GROUP_IDENTITY")
      ->type_name("URI");
  cli.add_flag("--grpc-insecure", flags.grpc_insecure,
               "Let --grpc listen beyond this machine although there is no TLS. Only for a network "
               "you trust with your keys. Means nothing with --grpc-cert.")
      ->envname("SMARTROUTE_GRPC_INSECURE");
  cli.add_option("--ready-file", flags.ready_file,
                 "Written, whole or not at all, once everything listens: JSON with every bound "
                 "address and the process id. "
                 "Removed at the end.")
      ->envname("SMARTROUTE_CONTROL_READY_FILE")
      ->type_name("FILE");
  cli.add_option("--log-level", flags.log_level, "Lowest level that is logged to stderr.")
      ->envname("SMARTROUTE_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  cli.footer(
      "The master key that seals provider keys is SMARTROUTE_MASTER_KEY, or STATE/master.key, "
      "which is made at the "
      "first start.\nSIGINT and SIGTERM drain: no new calls, two seconds for those in flight.\n"
      "SMARTROUTE_CORE_DUMPS=allow permits core files and debuggers, which then see keys.");
}

base::Level level_of(const std::string& name) {
  if (name == "debug") return base::Level::Debug;
  if (name == "warn") return base::Level::Warn;
  if (name == "error") return base::Level::Error;
  if (name == "off") return base::Level::Off;
  return base::Level::Info;
}

// As `cmake --install` and packages lay files out; empty where the system does not say where this program lies.
std::filesystem::path installed_dashboard() {
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return {};
  return program.parent_path().parent_path() / "share" / "smartroute" / "dashboard";
}

Result<AppOptions> to_options(const Flags& flags) {
  AppOptions options;
  options.state = flags.state;
  options.dashboard = flags.dashboard.empty() ? installed_dashboard() : std::filesystem::path(flags.dashboard);
  options.grpc = flags.grpc;
  options.grpc_exposure =
      flags.grpc_insecure ? sync::Exposure::AnyAddress : sync::Exposure::LoopbackOnly;
  options.grpc_certificate = {flags.grpc_client_ca, flags.grpc_cert, flags.grpc_key};
  options.grpc_group = flags.grpc_group_identity;
  auto admin = base::parse_address(flags.admin);
  if (!admin) return fail(std::move(admin.error()).with_context("--admin"));
  options.admin = *admin;
  options.admin_certificate = {flags.admin_tls_cert, flags.admin_tls_key};
  auto ops = base::parse_address(flags.ops);
  if (!ops) return fail(std::move(ops.error()).with_context("--ops"));
  options.ops = *ops;
  if (!flags.config.empty()) options.config = flags.config;
  if (!flags.seed.empty()) options.seed = flags.seed;
  if (!flags.ready_file.empty()) options.ready_file = flags.ready_file;
  if (const char* key = std::getenv("SMARTROUTE_MASTER_KEY"); key != nullptr && *key != '\0')
    options.master_key = key;
  return options;
}

int run(const AppOptions& options, const sigset_t& signals, base::Level level) {
  const SystemClock clock;
  base::Log log(level, ::isatty(STDERR_FILENO) != 0 ? base::Form::Human : base::Form::Json);
  auto app = App::build(options, clock, log);
  if (!app) {
    const StartFailure& failure = app.error();
    for (const auto& problem : failure.problems) std::cerr << config::to_string(problem) << "\n";
    if (config::has_errors(failure.problems)) {
      std::cerr << "smartroute-control: not started, because of the problems above\n";
      return kExitProblems;
    }
    std::cerr << "smartroute-control: " << failure.error.text();
    if (!failure.error.detail().empty()) std::cerr << " (" << failure.error.detail() << ")";
    std::cerr << "\n";
    return kExitFailed;
  }
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  log.info("draining", {{"signal", ::strsignal(signal)}});
  (*app)->drain(kDrain);
  app->reset();
  log.info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Nothing this process makes is for others.
  ::umask(S_IRWXG | S_IRWXO);
  close_memory();
  // Blocked before any thread starts, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  CLI::App cli(
      "The control plane of SmartRoute: keeps the configuration, pushes it to data planes, stores "
      "request records.",
      "smartroute-control");
  Flags flags;
  declare(cli, flags);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kExitUsage;
  }
  const auto options = to_options(flags);
  if (!options) {
    std::cerr << "smartroute-control: " << options.error().text() << "\n";
    return kExitUsage;
  }
  return run(*options, signals, level_of(flags.log_level));
}
