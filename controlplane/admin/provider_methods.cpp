#include "controlplane/admin/provider_methods.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "contract/config/base_url.hpp"
#include "contract/config/nearest.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "contract/config/report.hpp"
#include "controlplane/admin/config_source.hpp"
#include "controlplane/outgoing/provider_probe.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::size_t kCompareCells = 1'000'000;

// Who tests now.
class Tests {
 public:
  enum class Place { Taken, CallerBusy, Full };
  Place enter(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    if (callers_.count(caller) != 0) return Place::CallerBusy;
    if (callers_.size() >= kMaxProviderTests) return Place::Full;
    callers_.insert(caller);
    return Place::Taken;
  }
  void leave(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    callers_.erase(caller);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> callers_;
};

class Leaving {
 public:
  Leaving(Tests& tests, std::string caller) : tests_(tests), caller_(std::move(caller)) {}
  ~Leaving() { tests_.leave(caller_); }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

 private:
  Tests& tests_;
  const std::string caller_;
};

std::string name_of(const Caller& caller) {
  switch (caller.proof) {
    case Proof::Session: return "user " + caller.user_id;
    case Proof::ApiToken: return "token " + caller.token_id;
    case Proof::AdminToken:
    case Proof::None: break;
  }
  return "operator";
}

CallResult<store::Preview> preview_of(const store::ConfigService& configs, ConfigBounds bounds, const rpc::TestProviderRequest& request) {
  if (request.has_source()) {
    const auto source = to_source(request.source(), bounds);
    if (!source) return tl::unexpected<CallError>(source.error());
    store::Preview preview = configs.preview(*source);
    if (!preview.config.providers.empty() || !config::has_errors(preview.problems)) return preview;
    CallError error{Code::InvalidArgument, summary_of("the configuration cannot be read", preview.problems), preview.problems};
    return tl::unexpected<CallError>(std::move(error));
  }
  const auto published = configs.published();
  if (!published) return refuse(Code::FailedPrecondition, "there is no configuration yet");
  store::Preview preview;
  preview.config = config::decode(published->config, config::no_secrets()).config;
  preview.problems = published->warnings;
  return preview;
}

CallResult<std::size_t> index_of(const config::Config& config, const std::string& id) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < config.providers.size(); ++i) {
    if (config.providers[i].id.str() == id) return i;
    names.push_back(config.providers[i].id.str());
  }
  const std::string nearest = config::NearestNames(kCompareCells).find(id, names);
  return refuse(Code::NotFound, "there is no provider of that id" + (nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?"));
}

bool lies_at(const config::Problem& problem, const std::string& path) {
  return problem.path.compare(0, path.size(), path) == 0 &&
         (problem.path.size() == path.size() || problem.path[path.size()] == '.' || problem.path[path.size()] == '[');
}

const config::Problem* find_problem(const config::Problems& problems, const std::string& path, config::Severity severity) {
  for (const auto& problem : problems)
    if (problem.severity == severity && lies_at(problem, path)) return &problem;
  return nullptr;
}

rpc::TestProviderResponse failed(const char* step, std::string message) {
  rpc::TestProviderResponse response;
  response.set_step(step);
  response.set_message(std::move(message));
  return response;
}

// What is wrong with the provider before anybody is called.
std::optional<rpc::TestProviderResponse> judge_config(const store::Preview& preview, std::size_t index) {
  const std::string path = config::item_path("providers", index);
  if (const auto* wrong = find_problem(preview.problems, path + ".api_key", config::Severity::Error))
    return failed("secret", "api_key " + wrong->what + ".");
  if (preview.config.providers[index].api_key_missing) {
    const auto* why = find_problem(preview.problems, path + ".api_key", config::Severity::Warning);
    return failed("secret", "api_key cannot be had here: " + (why != nullptr ? why->what : std::string("its reference leads nowhere")) +
                                ". Data planes get it from the control plane, so this provider is left out of every route until it is there. Set it where "
                                "the control plane runs, and start that again.");
  }
  if (const auto* wrong = find_problem(preview.problems, path, config::Severity::Error)) {
    const std::string field = wrong->path.size() > path.size() ? wrong->path.substr(path.size() + 1) + " " : std::string();
    return failed("address", field + wrong->what + ".");
  }
  return std::nullopt;
}

rpc::TestProviderResponse to_response(outgoing::ProbeResult result) {
  rpc::TestProviderResponse response;
  response.set_ok(result.ok);
  response.set_step(result.step);
  response.set_message(std::move(result.message));
  response.set_status(result.status);
  response.set_connect_ms(result.facts.connect_ms);
  response.set_first_byte_ms(result.facts.first_byte_ms);
  response.set_address(std::move(result.facts.address));
  response.set_tls(std::move(result.facts.tls));
  for (auto& model : result.models) response.add_models(std::move(model));
  return response;
}

}  // namespace

void add_provider_methods(Dispatch& dispatch, const store::ConfigService& configs, outgoing::Client& client, ConfigBounds bounds,
                          std::function<bool()> stopping) {
  dispatch.add_for_caller<rpc::TestProviderRequest, rpc::TestProviderResponse>(
      "smartroute.admin.v1.ProviderService/TestProvider", Role::Admin,
      [&configs, &client, bounds, stopping = std::move(stopping), tests = std::make_shared<Tests>()](
          const rpc::TestProviderRequest& request, const Caller& caller) -> CallResult<rpc::TestProviderResponse> {
        const std::string who = name_of(caller);
        switch (tests->enter(who)) {
          case Tests::Place::Taken: break;
          case Tests::Place::CallerBusy: return refuse(Code::ResourceExhausted, "another test of yours is running; one at a time");
          case Tests::Place::Full: return refuse(Code::ResourceExhausted, "too many provider tests are running; try again shortly");
        }
        const Leaving leaving(*tests, who);
        const auto preview = preview_of(configs, bounds, request);
        if (!preview) return tl::unexpected<CallError>(preview.error());
        const auto index = index_of(preview->config, request.provider());
        if (!index) return tl::unexpected<CallError>(index.error());
        if (auto wrong = judge_config(*preview, *index)) return std::move(*wrong);
        const config::Provider& provider = preview->config.providers[*index];
        const auto url = config::parse_base_url(provider.base_url);
        if (!url) return failed("address", "base_url " + url.error().text() + ".");
        return to_response(outgoing::probe(client, provider, *url, stopping));
      });
}

}  // namespace smartroute::control::admin
