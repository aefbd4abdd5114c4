#include "tools/cli/supervisor.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tools/cli/address.hpp"
#include "tools/cli/http_call.hpp"

namespace smartroute::cli {
namespace {

using std::chrono::milliseconds;
using Now = std::chrono::steady_clock;
constexpr milliseconds kLook{100};  // how often logs and ready files are looked at

std::string seconds(milliseconds time) {
  const auto tenths = (time.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

// The proxy says itself that it serves; asking its readiness endpoint as well proves the port
// people will watch.
bool answers_ready(const std::string& ops) {
  const auto address = parse_host_port(ops);
  if (!address) return false;
  HttpCall request;
  request.address = dialled(*address);
  request.target = "/readyz";
  request.timeout = milliseconds(1'000);
  const auto answer = call(request);
  return answer && answer->status == 200;
}

}  // namespace

struct Supervisor::Plane {
  std::string name;   // "control plane"
  std::string label;  // "control", before its log lines
  Program program;
  std::filesystem::path ready_file;
  std::function<std::vector<std::string>(const Addresses&)> arguments;
  LogFollower log;
  std::optional<Child> child;
  Now::time_point started{};
  Now::time_point restart_at{};
  milliseconds pause{0};
  bool announced = false;  // ready again after a restart
};

std::vector<std::string> control_arguments(const GatewayPlan& plan, const Addresses& addresses) {
  std::vector<std::string> words{"--state", plan.state.string(), "--admin", addresses.admin,
                                 "--grpc",  addresses.grpc,      "--ops",   addresses.control_ops};
  if (!plan.admin_tls_cert.empty()) words.insert(words.end(), {"--admin-tls-cert", plan.admin_tls_cert, "--admin-tls-key", plan.admin_tls_key});
  if (plan.config) words.insert(words.end(), {"--config", plan.config->string()});
  if (plan.seed) words.insert(words.end(), {"--seed", plan.seed->string()});
  words.insert(words.end(), {"--ready-file", (plan.state / "run" / "control.json").string()});
  return words;
}

std::vector<std::string> proxy_arguments(const GatewayPlan& plan, const Addresses& addresses) {
  std::vector<std::string> words{
      "--listen",  addresses.plain_listen.empty() ? addresses.listen : addresses.plain_listen, "--ops", addresses.proxy_ops,
      "--control", addresses.grpc,   "--state", (plan.state / "proxy").string()};
  if (!addresses.tls_listen.empty())
    words.insert(words.end(), {"--tls-listen", addresses.tls_listen, "--tls-cert", plan.tls_cert, "--tls-key", plan.tls_key});
  if (plan.workers > 0) words.insert(words.end(), {"--workers", std::to_string(plan.workers)});
  words.insert(words.end(), {"--ready-file", (plan.state / "run" / "proxy.json").string()});
  return words;
}

std::vector<std::string> proxy_environment(const std::vector<std::string>& environment) {
  constexpr std::string_view kNames[] = {"PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "HOSTNAME", "RES_OPTIONS", "LOCALDOMAIN",
                                         "HOSTALIASES", "SSL_CERT_FILE", "SSL_CERT_DIR", "GLIBC_TUNABLES", "INVOCATION_ID", "JOURNAL_STREAM"};
  constexpr std::string_view kPrefixes[] = {"SMARTROUTE_", "OTEL_", "LC_", "LD_", "MALLOC_", "GRPC_", "ASAN_", "LSAN_", "TSAN_", "UBSAN_"};
  constexpr std::string_view kNever[] = {"SMARTROUTE_MASTER_KEY", "SMARTROUTE_ADMIN_TOKEN", "SMARTROUTE_API_KEY"};
  std::vector<std::string> out;
  for (const auto& variable : environment) {
    const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
    if (std::find(std::begin(kNever), std::end(kNever), name) != std::end(kNever)) continue;
    const bool named = std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
    const bool begins = std::any_of(std::begin(kPrefixes), std::end(kPrefixes), [name](std::string_view prefix) { return name.starts_with(prefix); });
    if (named || begins) out.push_back(variable);
  }
  return out;
}

Supervisor::Supervisor(GatewayPlan plan, Timing timing, Signals& signals,
                       std::function<void(std::string_view)> tell)
    : plan_(std::move(plan)),
      timing_(timing),
      signals_(signals),
      tell_(std::move(tell)),
      bound_(plan_.addresses) {
  const auto make = [this](std::string name, std::string label, auto arguments) {
    Program program;
    program.file = plan_.programs / ("smartroute-" + label);
    program.log = plan_.state / "logs" / (label + ".log");
    LogFollower log(program.log, plan_.show);
    return std::unique_ptr<Plane>(new Plane{std::move(name),
                                            label,
                                            std::move(program),
                                            plan_.state / "run" / (label + ".json"),
                                            std::move(arguments),
                                            std::move(log),
                                            {},
                                            {},
                                            {},
                                            {},
                                            false});
  };
  control_ = make("control plane", "control",
                  [this](const Addresses& a) { return control_arguments(plan_, a); });
  proxy_ = make("proxy", "proxy", [this](const Addresses& a) { return proxy_arguments(plan_, a); });
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  proxy_->program.environment = proxy_environment(environment);
}

Supervisor::~Supervisor() = default;

Result<Addresses> Supervisor::start() {
  if (auto ready = wait_until_ready(*control_); !ready) return tl::unexpected(ready.error());
  if (auto ready = wait_until_ready(*proxy_); !ready) return tl::unexpected(ready.error());
  return bound_;
}

void Supervisor::run() {
  std::optional<int> told;
  while (!(told = signals_.wait(kLook))) {
    show_logs();
    restart_if_ended(*control_);
    restart_if_ended(*proxy_);
  }
  stop_signal_ = *told == SIGINT ? SIGINT : SIGTERM;
}

bool Supervisor::stop() {
  const bool proxy_went = stop_plane(*proxy_, timing_.proxy_stop);
  const bool control_went = stop_plane(*control_, timing_.control_stop);
  show_logs();
  return proxy_went && control_went;
}

Result<void> Supervisor::launch(Plane& plane) {
  std::error_code error;
  std::filesystem::remove(plane.ready_file, error);
  plane.program.arguments = plane.arguments(bound_);
  plane.started = Now::now();
  plane.announced = false;
  auto child = Child::start(plane.program);
  if (!child) return tl::unexpected(child.error());
  plane.child = std::move(*child);
  return {};
}

Result<void> Supervisor::wait_until_ready(Plane& plane) {
  if (auto launched = launch(plane); !launched) return launched;
  const bool is_proxy = &plane == proxy_.get();
  while (true) {
    if (signals_.wait(kLook))
      return fail(ErrorKind::Draining, "asked to stop before the gateway was ready");
    show_logs();
    if (auto text = read_file(plane.ready_file)) {
      auto taken =
          is_proxy ? take_proxy_addresses(*text, bound_) : take_control_addresses(*text, bound_);
      if (!taken) return taken;
      if (!is_proxy || answers_ready(bound_.proxy_ops)) break;
    }
    for (auto* watched : {&plane, control_.get()}) {
      const auto exit = watched->child->poll();
      if (!exit) continue;
      show_logs();
      return fail(ErrorKind::Internal, "the " + watched->name + " " + to_string(*exit) +
                                           " before it was ready; its log is " +
                                           watched->program.log.string());
    }
    if (Now::now() - plane.started > timing_.ready)
      return fail(ErrorKind::Internal, "the " + plane.name + " was not ready after " +
                                           seconds(timing_.ready) + "; its log is " +
                                           plane.program.log.string());
  }
  plane.announced = true;
  return {};
}

void Supervisor::show_logs() {
  for (auto* plane : {control_.get(), proxy_.get()})
    for (const auto& line : plane->log.take()) tell_(plane->label + " " + line);
}

void Supervisor::restart_if_ended(Plane& plane) {
  if (plane.child) {
    const auto exit = plane.child->poll();
    if (!exit) {
      if (!plane.announced && std::filesystem::exists(plane.ready_file)) {
        plane.announced = true;
        tell_("the " + plane.name + " is back");
      }
      return;
    }
    const bool was_steady = Now::now() - plane.started > timing_.steady;
    if (plane.pause.count() == 0 || was_steady) plane.pause = timing_.first_pause;
    tell_("the " + plane.name + " " + to_string(*exit) + "; starting it again in " +
          seconds(plane.pause));
    plane.child.reset();
    plane.restart_at = Now::now() + plane.pause;
    plane.pause = std::min(plane.pause * 2, timing_.longest_pause);
  }
  if (Now::now() < plane.restart_at) return;
  // With the bound addresses, not the wished ones: a free port once picked stays, whoever read the
  // ready file goes on.
  if (auto launched = launch(plane); !launched) {
    tell_(launched.error().text());
    plane.restart_at = Now::now() + timing_.longest_pause;
  }
}

bool Supervisor::stop_plane(Plane& plane, milliseconds limit) {
  if (!plane.child || plane.child->poll()) return true;
  plane.child->send(stop_signal_);
  const auto deadline = Now::now() + limit;
  while (!plane.child->poll()) {
    const bool told_again = signals_.wait(kLook).has_value();
    show_logs();
    if (plane.child->poll()) break;
    if (!told_again && Now::now() < deadline) continue;
    tell_(
        "the " + plane.name +
        (told_again ? " is ended now" : " did not stop within " + seconds(limit) + "; ending it"));
    plane.child.reset();
    return false;
  }
  const auto exit = *plane.child->poll();
  if (exit.by_signal || exit.code != 0)
    tell_("the " + plane.name + " " + to_string(exit) + " while stopping");
  return true;
}

}  // namespace smartroute::cli
