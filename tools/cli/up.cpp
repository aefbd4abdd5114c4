#include "tools/cli/up.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/config/check.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/address.hpp"
#include "tools/cli/demo.hpp"
#include "tools/cli/demo_traffic.hpp"
#include "tools/cli/first_screen.hpp"
#include "tools/cli/generated_config.hpp"
#include "tools/cli/http_call.hpp"
#include "tools/cli/signals.hpp"
#include "tools/cli/state_folder.hpp"
#include "tools/cli/supervisor.hpp"
#include "tools/cli/terminal.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {
namespace {

using namespace nlohmann::literals;

void tell(std::string_view line) {
  std::fprintf(stderr, "smartroute: %.*s\n", static_cast<int>(line.size()), line.data());
}

// A reason to go without having served, and the exit code for it.
struct Refusal {
  int code = kFailed;
  std::string text;  // may be empty when all is said
};
template <class T>
using Step = tl::expected<T, Refusal>;

tl::unexpected<Refusal> refuse(int code, std::string text) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(text)});
}
tl::unexpected<Refusal> refuse(int code, const Error& error) { return refuse(code, error.text()); }

// Where the configuration comes from, and what the children and the first screen must know of it.
struct Source {
  std::optional<std::filesystem::path> config;  // file-owned
  std::optional<std::filesystem::path> seed;
  std::string says;
  std::optional<bool> needs_key;  // unknown for a stored configuration
  std::unique_ptr<Demo> demo;
};

// Addresses that flags ask for; none may be asked for twice.
class Wishes {
 public:
  // HOST:PORT as it is to be written.
  Step<std::string> one(std::string_view text, const std::string& flag) {
    const auto address = parse_host_port(text);
    if (!address) return refuse(kUsage, flag + ": " + address.error().text());
    const std::string written = to_string(*address);
    if (address->port != 0 && std::find(seen_.begin(), seen_.end(), written) != seen_.end())
      return refuse(kUsage, flag + " " + written + " is used twice; give each its own port");
    seen_.push_back(written);
    if (const auto free = check_free(*address, flag); !free) return refuse(kFailed, free.error());
    return written;
  }
  // Several with commas between them; unix:PATH is left to the proxy, as is "none".
  Step<std::string> several(std::string_view list, const std::string& flag) {
    if (list.empty() || list == "none") return std::string("none");
    std::string written;
    for (bool more = true; more;) {
      const auto comma = list.find(',');
      more = comma != std::string_view::npos;
      const std::string_view text = list.substr(0, comma);
      Step<std::string> place = text.starts_with("unix:") ? Step<std::string>(std::string(text)) : one(text, flag);
      if (!place) return place;
      written += (written.empty() ? "" : ",") + *place;
      if (more) list.remove_prefix(comma + 1);
    }
    return written;
  }

 private:
  std::vector<std::string> seen_;
};

Step<Addresses> wished_addresses(const UpOptions& options, const StateFolder& folder) {
  Addresses wished;
  Wishes wishes;
  auto listen = wishes.several(options.listen, "--listen");
  if (!listen) return tl::unexpected(listen.error());
  wished.listen = *std::move(listen);
  if (!options.tls_listen.empty()) {
    auto tls = wishes.several(options.tls_listen, "--tls-listen");
    if (!tls) return tl::unexpected(tls.error());
    wished.tls_listen = *std::move(tls);
  }
  const struct {
    const std::string& text;
    const char* flag;
    std::string& into;
  } rows[] = {{options.admin, "--admin", wished.admin},
              {options.proxy_ops, "--proxy-ops", wished.proxy_ops},
              {options.control_ops, "--control-ops", wished.control_ops}};
  for (const auto& row : rows) {
    auto address = wishes.one(row.text, row.flag);
    if (!address) return tl::unexpected(address.error());
    row.into = *std::move(address);
  }
  auto grpc =
      options.grpc.empty() ? folder.default_grpc_address() : parse_grpc_address(options.grpc);
  if (!grpc) return refuse(kUsage, grpc.error());
  wished.grpc = *std::move(grpc);
  if (!wished.grpc.starts_with("unix:"))
    if (const auto free = check_free(*parse_host_port(wished.grpc), "--grpc"); !free)
      return refuse(kFailed, free.error());
  return wished;
}

// Said here and not by a plane's log: it is about flags of this program.
Step<void> check_tls_flags(const UpOptions& options) {
  if (options.tls_listen.empty() != options.tls_cert.empty() || options.tls_cert.empty() != options.tls_key.empty())
    return refuse(kUsage, "--tls-listen, --tls-cert and --tls-key go together");
  if ((options.listen.empty() || options.listen == "none") && options.tls_listen.empty())
    return refuse(kUsage, "--listen none leaves nothing to listen on; give --tls-listen as well");
  if (options.admin_tls_cert.empty() != options.admin_tls_key.empty()) return refuse(kUsage, "--admin-tls-cert and --admin-tls-key go together");
  return {};
}

Step<Source> from_file(const std::string& file) {
  std::error_code error;
  const auto path = std::filesystem::absolute(file, error);
  const auto text = read_file(path);
  if (!text) return refuse(kUsage, text.error());
  const auto checked = config::check_document(*text, file, config::system_secrets());
  if (!checked.problems.empty())
    std::fputs(report(checked.problems, file, Output::Text).c_str(), stderr);
  if (config::has_errors(checked.problems))
    return refuse(kProblems, "not started: the configuration has errors");
  Source source;
  source.config = path;  // not resolved: a link that changes is a change
  source.says = "file " + path.string() + ", re-read when it changes";
  source.needs_key = checked.config.gateway.asks_for_key();
  return source;
}

std::string names_of(const std::vector<FoundProvider>& providers) {
  std::string names;
  for (const auto& p : providers)
    names += (names.empty() ? "" : ", ") + std::string(p.known->key_variable);
  return names;
}

Step<Source> from_environment(const std::vector<FoundProvider>& providers,
                              const StateFolder& folder) {
  const auto text = config_from_providers(providers);
  const auto path = folder.generated_config();
  Source source;
  source.seed = path;
  if (folder.has_stored_config()) {
    source.says = "stored in the data folder";
    const auto former = read_file(path);
    if (former && *former != text)
      tell(
          "the provider keys in the environment are not those the stored configuration was made "
          "from; it stays as it is. "
          "Change it with `smartroute config put`, or start with --config or another --state");
    if (former) return source;
  } else {
    source.says = "written from " + names_of(providers) + " to " + path.string();
    source.needs_key = false;
  }
  if (auto written = write_file_atomically(path, text); !written)
    return refuse(kFailed, written.error());
  return source;
}

Step<Source> from_demo(const StateFolder& folder) {
  Source source;
  source.demo = std::make_unique<Demo>();
  if (auto started = source.demo->start(folder.path()); !started)
    return refuse(kFailed, started.error());
  if (auto made = folder.make_folders(); !made) return refuse(kFailed, made.error());
  if (source.demo->was_reset())
    tell("the demo's former ports are taken, so its stored state was reset");
  const auto path = folder.generated_config();
  if (auto written = write_file_atomically(path, source.demo->config()); !written)
    return refuse(kFailed, written.error());
  source.seed = path;
  source.says = "demo, two mock providers (one steady, one slow that fails now and then)";
  return source;
}

// What the control plane itself knows about a stored configuration; best effort, for the first
// screen only.
void complete_from_store(const UpOptions& options, Source& source, const Addresses& bound, const std::string& token) {
  const auto address = parse_host_port(bound.admin);
  if (!address) return;
  HttpCall request;
  request.address = dialled(*address);
  // The very certificate of the plane that was just started, whatever name it is for.
  if (!options.admin_tls_cert.empty()) request.tls = TlsTrust{"", options.admin_tls_cert, true};
  request.method = "POST";
  request.target = "/smartroute.admin.v1.ConfigService/GetConfig";
  request.bearer = token;
  request.json_body = "{}";
  const auto answer = call(request);
  if (!answer || answer->status != 200) return;
  const auto body = nlohmann::json::parse(answer->body, nullptr, false);
  if (!body.is_object()) return;
  const auto revision = body.value("/revision/number"_json_pointer, nlohmann::json());
  if (!revision.is_null())
    source.says +=
        ", revision " + (revision.is_string() ? revision.get<std::string>() : revision.dump());
  if (!source.needs_key)
    source.needs_key = body.contains("/config/gateway/apiKeys"_json_pointer) ||
                       body.contains("/config/gateway/api_keys"_json_pointer);
}

std::filesystem::path own_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

// What to type here to run this program: its bare name when the shell finds it, else a path, the
// short one if there is one.
std::string how_to_call(const std::filesystem::path& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  std::error_code error;
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::filesystem::equivalent(std::filesystem::path(folder) / program.filename(), program,
                                    error))
      return program.filename().string();
  const auto near = std::filesystem::proximate(program, error).string();
  return error || near.starts_with("..") ? program.string() : near;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

// Not where callers need a key: the demo's owner has changed its configuration then.
bool sends_samples(const UpOptions& options, const Source& source) {
  return source.demo && options.demo_traffic.count() > 0 && !source.needs_key.value_or(false);
}

void print_first_screen(const UpOptions& options, const StateFolder& folder, Source& source,
                        const Addresses& bound, bool token_is_new) {
  const auto token_text = read_file(folder.admin_token_file());
  const auto token = token_text ? trimmed(*token_text) : std::string();
  complete_from_store(options, source, bound, token);
  FirstScreen screen;
  screen.addresses = bound;
  if (!options.admin_tls_cert.empty()) screen.admin_scheme = "https";
  screen.state = folder.path().string();
  screen.config_source = source.says;
  if (token_is_new && !token.empty()) screen.admin_token = token;
  screen.admin_token_file = folder.admin_token_file().string();
  if (const auto code = read_file(folder.path() / "setup.code")) screen.set_up_code = trimmed(*code);
  screen.validate_target = options.config;
  screen.program = how_to_call(own_program());
  screen.needs_key = source.needs_key.value_or(false);
  screen.is_demo = source.demo != nullptr;
  if (sends_samples(options, source)) screen.sample_seconds = static_cast<int>(options.demo_traffic.count());
  std::fputs(render(screen, style_of(STDOUT_FILENO).colour).c_str(), stdout);
  std::fflush(stdout);
  const auto listen = parse_host_port(bound.listen);
  if (listen && !listen->is_loopback() && !screen.needs_key)
    tell("the API listens on " + bound.listen +
         ", but there is no gateway key, so only this machine may call. "
         "Add gateway.api_keys to the configuration");
}

Step<int> serve(const UpOptions& options, Signals& signals) {
  auto providers = find_providers(process_environment());
  if (!providers) return refuse(kUsage, providers.error());
  const bool demo_asked = options.providers == Providers::Demo;
  std::filesystem::path state = options.state;
  std::error_code error;
  const bool stored = std::filesystem::exists(state / "config.high-water", error);
  const bool is_demo = demo_asked || (options.config.empty() && !stored && providers->empty());
  if (is_demo) state /= "demo";
  auto folder = StateFolder::open(state);
  if (!folder) return refuse(kFailed, folder.error());
  if (auto sound = check_tls_flags(options); !sound) return tl::unexpected(sound.error());
  auto wished = wished_addresses(options, *folder);
  if (!wished) return tl::unexpected(wished.error());

  auto source = [&]() -> Step<Source> {
    if (!options.config.empty()) return from_file(options.config);
    if (is_demo) return from_demo(*folder);
    if (!providers->empty()) return from_environment(*providers, *folder);
    Source kept;
    kept.says = "stored in the data folder";
    return kept;
  }();
  if (!source) return tl::unexpected(source.error());

  GatewayPlan plan;
  plan.programs = own_program().parent_path();
  plan.state = folder->path();
  plan.addresses = *wished;
  plan.config = source->config;
  plan.seed = source->seed;
  plan.workers = options.workers;
  plan.tls_cert = options.tls_cert;
  plan.tls_key = options.tls_key;
  plan.admin_tls_cert = options.admin_tls_cert;
  plan.admin_tls_key = options.admin_tls_key;
  // What is configured is said by flags; the daemons must not find another answer in the variables
  // they read on their own.
  for (const char* name : {"SMARTROUTE_CONFIG", "SMARTROUTE_SEED"}) ::unsetenv(name);
  plan.show = options.chatter == Chatter::Verbose ? Show::Everything : Show::Problems;
  Timing timing;
  timing.proxy_stop = options.stop_timeout;
  const bool token_is_new = !std::filesystem::exists(folder->admin_token_file(), error);
  if (!options.ready_file.empty()) std::filesystem::remove(options.ready_file, error);

  Supervisor supervisor(std::move(plan), timing, signals, tell);
  auto bound = supervisor.start();
  if (!bound) {
    const bool asked = bound.error().kind() == ErrorKind::Draining;
    supervisor.stop();
    return asked ? Step<int>(kOk) : refuse(kFailed, bound.error());
  }
  if (!options.ready_file.empty())
    if (auto written = write_file_atomically(options.ready_file, to_json(*bound)); !written) {
      supervisor.stop();
      return refuse(kFailed, written.error());
    }
  print_first_screen(options, *folder, *source, *bound, token_is_new);
  std::optional<DemoTraffic> samples;
  if (const auto gateway = parse_host_port(bound->listen); gateway && sends_samples(options, *source))
    samples.emplace(dialled(*gateway), options.demo_traffic);
  supervisor.run();
  if (samples) samples->stop();
  tell("stopping: requests under way are finished first; press Ctrl-C again to end at once");
  const bool clean = supervisor.stop();
  if (!options.ready_file.empty()) std::filesystem::remove(options.ready_file, error);
  return clean ? kOk : kFailed;
}

}  // namespace

int up(const UpOptions& options) {
  Signals signals;
  const auto outcome = serve(options, signals);
  if (outcome) return *outcome;
  if (!outcome.error().text.empty())
    std::fprintf(stderr, "smartroute: %s\n", outcome.error().text.c_str());
  return outcome.error().code;
}

}  // namespace smartroute::cli
