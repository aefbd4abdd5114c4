#include "tools/cli/drain_command.hpp"

#include <poll.h>
#include <sys/file.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/cli/address.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/http_call.hpp"
#include "tools/cli/metrics_text.hpp"
#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds kLook{500};       // how often the rest is counted
constexpr milliseconds kAskTime{1'000};

// A process, held so that its id cannot come to mean another.
class Process {
 public:
  explicit Process(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~Process() {
    if (fd_ >= 0) ::close(fd_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  bool lives() const { return fd_ >= 0; }
  bool send(int signal) const { return ::syscall(SYS_pidfd_send_signal, fd_, signal, nullptr, 0) == 0; }
  bool ended_within(milliseconds time) const {
    pollfd item{fd_, POLLIN, 0};
    return ::poll(&item, 1, static_cast<int>(time.count())) > 0;
  }

 private:
  int fd_;
};

std::optional<pid_t> number_in(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

Result<DrainTarget> from_ready_file(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return tl::unexpected(text.error());
  const auto document = nlohmann::json::parse(*text, nullptr, false);
  if (!document.is_object() || !document.contains("pid") || !document["pid"].is_number_integer() || document["pid"].get<std::int64_t>() <= 0)
    return fail(ErrorKind::Invalid, file + " is no ready file of smartroute-proxy or smartroute-control: it names no process");
  DrainTarget target;
  target.pid = document["pid"].get<pid_t>();
  target.ops = document.value("proxy_ops", document.value("control_ops", std::string()));
  return target;
}

// The `up` that holds a data folder. Its lock says whether the id in it is still of any meaning.
Result<DrainTarget> from_state(const std::filesystem::path& state) {
  for (const auto& folder : {state, state / "demo"}) {
    const auto lock = folder / "up.lock";
    const int fd = ::open(lock.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0;
    ::close(fd);
    const auto text = read_file(lock);
    const auto pid = text ? number_in(*text) : std::nullopt;
    if (!held || !pid) continue;
    DrainTarget target;
    target.pid = *pid;
    if (const auto proxy = from_ready_file((folder / "run" / "proxy.json").string())) target.ops = proxy->ops;
    return target;
  }
  return fail(ErrorKind::NotFound, "no `smartroute up` runs with the data folder " + state.string() +
                                       "; give it with --state, or the ready file of a proxy with --ready-file");
}

bool is_ours(pid_t pid) {
  const auto name = read_file("/proc/" + std::to_string(pid) + "/comm");
  return name && name->starts_with("smartroute");
}

std::optional<std::string> asked(const std::string& ops, const char* path) {
  const auto address = parse_host_port(ops);
  if (ops.empty() || !address) return std::nullopt;
  HttpCall request;
  request.address = dialled(*address);
  request.target = path;
  request.timeout = kAskTime;
  auto answer = call(request);
  if (!answer) return std::nullopt;
  return std::move(answer->body);
}

struct Left {
  int requests = -1, connections = -1;  // -1: unknown
  friend bool operator==(const Left&, const Left&) = default;
};

Left left_at(const std::string& ops) {
  const auto page = asked(ops, "/metrics");
  if (!page) return {};
  const auto count = [&](const char* name) {
    const auto sum = metric_sum(*page, name);
    return sum ? static_cast<int>(*sum) : -1;
  };
  return {count("smartroute_inflight_requests"), count("smartroute_connections")};
}

std::string left_text(const Left& left) {
  if (left.requests < 0) return "how much is left cannot be asked";
  return std::to_string(left.requests) + (left.requests == 1 ? " request" : " requests") + " in flight, " + std::to_string(std::max(left.connections, 0)) +
         (left.connections == 1 ? " connection" : " connections") + " open";
}

int finish(const DrainOptions& options, pid_t pid, bool ended, milliseconds took, const Left& left) {
  if (options.output == Output::Json) {
    nlohmann::ordered_json document{{"pid", pid}, {"drained", ended}, {"seconds", static_cast<double>(took.count()) / 1'000}};
    if (!ended && left.requests >= 0) document["requests_in_flight"] = left.requests;
    std::printf("%s\n", document.dump().c_str());
  } else if (ended) {
    std::printf("process %d has ended after %.1f s\n", pid, static_cast<double>(took.count()) / 1'000);
  } else {
    std::fprintf(stderr, "smartroute: process %d still runs after %lld s, %s; it goes on draining. To end it now: kill -KILL %d\n", pid,
                 static_cast<long long>(options.timeout.count()), left_text(left).c_str(), pid);
  }
  return ended ? kOk : kFailed;
}

}  // namespace

Result<DrainTarget> drain_target(const DrainOptions& options) {
  Result<DrainTarget> target = fail(ErrorKind::NotFound, "");
  if (!options.ready_file.empty()) {
    target = from_ready_file(options.ready_file);
  } else if (!options.pid_file.empty()) {
    const auto text = read_file(options.pid_file);
    if (!text) return tl::unexpected(text.error());
    const auto pid = number_in(*text);
    if (!pid) return fail(ErrorKind::Invalid, options.pid_file + " holds no process id");
    target = DrainTarget{*pid, ""};
  } else {
    target = from_state(options.state);
  }
  if (target && !options.ops.empty()) target->ops = options.ops;
  return target;
}

int drain(const DrainOptions& options) {
  const auto target = drain_target(options);
  if (!target) return complain(target.error(), kUsage);
  const Process process(target->pid);
  if (!process.lives())
    return complain(Error(ErrorKind::NotFound, "process " + std::to_string(target->pid) + " does not run any more: there is nothing to drain"), kUsage);
  if (!is_ours(target->pid))
    return complain(Error(ErrorKind::Invalid, "process " + std::to_string(target->pid) + " is no SmartRoute process, so it was left alone; the file is out of date"), kUsage);
  const auto began = Clock::now();
  const auto readiness = asked(target->ops, "/readyz");
  const bool drains_already = readiness && readiness->find("draining") != std::string::npos;
  if (!drains_already && !process.send(SIGTERM))
    return complain(Error(ErrorKind::PermissionDenied, "process " + std::to_string(target->pid) + " cannot be told to stop: " + std::strerror(errno) + "; run this as its user"), kFailed);
  std::optional<Left> told;
  while (true) {
    if (process.ended_within(kLook)) return finish(options, target->pid, true, std::chrono::duration_cast<milliseconds>(Clock::now() - began), {});
    const Left left = left_at(target->ops);
    if (options.output == Output::Text && left != told) std::fprintf(stderr, "draining process %d: %s\n", target->pid, left_text(left).c_str());
    told = left;
    if (Clock::now() - began >= options.timeout) return finish(options, target->pid, false, options.timeout, left);
  }
}

void add_drain_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<DrainOptions>();
  auto* command = app.add_subcommand("drain", "tell a gateway or a proxy on this machine to stop gracefully, and wait until it has");
  if (const char* state = std::getenv("SMARTROUTE_STATE"); state != nullptr && *state != '\0') options->state = state;
  command->add_option("--state", options->state, "data folder of the `smartroute up` to drain, or SMARTROUTE_STATE")->capture_default_str();
  auto* ready = command->add_option("--ready-file", options->ready_file, "instead: the process whose ready file this is (smartroute-proxy --ready-file)");
  command->add_option("--pid-file", options->pid_file, "instead: the process whose id this file holds")->excludes(ready);
  command->add_option("--ops", options->ops, "HOST:PORT to ask how many requests are left (default: as the ready file says)");
  command->add_option_function<int>("--timeout", [options](int seconds) { options->timeout = std::chrono::seconds(seconds); }, "seconds to wait before giving up with exit code 1; the process goes on draining")
      ->check(CLI::Range(0, 86'400))
      ->default_str("600");
  add_output_flag(*command, options->output);
  command->callback([&action, options] { action = [options] { return drain(*options); }; });
}

}  // namespace smartroute::cli
