#include "tools/cli/providers_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "contract/config/decode.hpp"
#include "contract/config/validate.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/display_width.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using nlohmann::ordered_json;

// A test takes ten seconds at most where it runs.
constexpr std::chrono::milliseconds kTestTime{15'000};
constexpr std::chrono::milliseconds kTurn{200};
constexpr std::size_t kShownModels = 48;  // columns

const char* protocol_name(v1::Provider::Protocol protocol) { return protocol == v1::Provider::PROTOCOL_ANTHROPIC ? "anthropic" : "openai"; }

const char* key_name(KeyState key) {
  switch (key) {
    case KeyState::Set: return "yes";
    case KeyState::Missing: return "missing";
    case KeyState::None: break;
  }
  return "none";
}

std::string models_text(const ProviderRow& row) {
  std::string text = std::to_string(row.models.size());
  std::string names;
  for (const std::string& model : row.models) names += (names.empty() ? "" : ", ") + model.substr(model.find('/') == std::string::npos ? 0 : model.find('/') + 1);
  return names.empty() ? text : text + ": " + clipped(shown(names), kShownModels);
}

std::string health_cell(const ProviderRow& row) {
  if (row.models.empty()) return "-";
  return fixed(row.health, 1) + (row.cooling > 0 ? ", " + std::to_string(row.cooling) + " in cooldown" : "");
}

struct Known {
  rpc::GetConfigResponse config;
  std::vector<std::string> ids;
};

Result<Known> known_providers(const AdminAccess& access) {
  auto said = ask_typed<rpc::GetConfigResponse>(access, "ConfigService/GetConfig", rpc::GetConfigRequest());
  if (!said) return tl::unexpected(said.error());
  Known known;
  known.config = *std::move(said);
  for (const auto& provider : known.config.config().providers()) known.ids.push_back(provider.id());
  return known;
}

// What the control plane has to say against the configuration that runs: paths of its warnings.
std::vector<std::string> warned_paths(const AdminAccess& access, const v1::Config& config) {
  rpc::ValidateConfigRequest request;
  *request.mutable_source()->mutable_config() = config;
  std::vector<std::string> paths;
  if (const auto said = ask_typed<rpc::ValidateConfigResponse>(access, "ConfigService/ValidateConfig", request))
    for (const auto& problem : said->problems()) paths.push_back(problem.path());
  return paths;
}

ordered_json to_row(const ProviderTest& test) {
  ordered_json row{{"provider", test.id}, {"ok", test.ok}, {"what", test.what}};
  if (!test.hint.empty()) row["hint"] = test.hint;
  if (!test.facts_json.empty()) row["facts"] = ordered_json::parse(test.facts_json, nullptr, false);
  return row;
}

// The providers of a document, without asking anybody what it means.
Result<std::vector<std::string>> ids_in(const std::string& text, const std::string& file) {
  const auto read = config::decode_document(text, file);
  if (config::has_errors(read.problems)) return fail(ErrorKind::Invalid, config::to_string(read.problems.front()));
  std::vector<std::string> ids;
  for (const auto& provider : read.message->providers()) ids.push_back(provider.id());
  return ids;
}

}  // namespace

std::vector<ProviderRow> provider_rows(const v1::Config& config, const rpc::ListModelHealthResponse& health, const std::vector<std::string>& missing) {
  std::vector<ProviderRow> rows;
  for (int i = 0; i < config.providers_size(); ++i) {
    const v1::Provider& provider = config.providers(i);
    ProviderRow row;
    row.id = provider.id();
    row.protocol = protocol_name(provider.protocol());
    row.base_url = provider.base_url();
    const std::string path = "providers[" + std::to_string(i) + "].api_key";
    if (provider.has_api_key() && provider.api_key().form_case() != v1::SecretValue::FORM_NOT_SET)
      row.key = std::find(missing.begin(), missing.end(), path) == missing.end() ? KeyState::Set : KeyState::Missing;
    for (const auto& model : health.models()) {
      if (model.provider() != row.id) continue;
      row.models.push_back(model.model());
      row.health = std::min(row.health, model.health());
      row.cooling += model.cooling_ms() > 0 ? 1 : 0;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string providers_text(const std::vector<ProviderRow>& rows) {
  if (rows.empty()) return "no providers: there is no configuration yet\n";
  Table table({{"PROVIDER"}, {"PROTOCOL"}, {"BASE URL"}, {"KEY"}, {"HEALTH"}, {"MODELS"}});
  for (const ProviderRow& row : rows) table.add({shown(row.id), row.protocol, shown(row.base_url), key_name(row.key), health_cell(row), models_text(row)});
  return table.text();
}

std::string providers_json(const std::vector<ProviderRow>& rows) {
  ordered_json list = ordered_json::array();
  for (const ProviderRow& row : rows)
    list.push_back({{"id", row.id}, {"protocol", row.protocol}, {"base_url", row.base_url}, {"key", key_name(row.key)}, {"models", row.models}, {"health", row.health}, {"models_cooling", row.cooling}});
  return ordered_json{{"providers", std::move(list)}}.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string test_text(const rpc::TestProviderResponse& said) {
  if (!said.ok()) return said.step() + ": " + shown(said.message());
  std::string text = said.models_size() > 0 ? std::to_string(said.models_size()) + (said.models_size() == 1 ? " model" : " models") : "answers, and lists no models";
  text += ", connected in " + fixed(said.connect_ms(), 1) + " ms, first byte after " + fixed(said.first_byte_ms(), 1) + " ms";
  if (!said.address().empty()) text += ", " + shown(said.address());
  return text + ", " + (said.tls().empty() ? "no TLS" : shown(said.tls()));
}

ProviderTest test_provider(const AdminAccess& access, const std::string& id, const std::string& config_text, std::chrono::milliseconds timeout) {
  rpc::TestProviderRequest request;
  request.set_provider(id);
  if (!config_text.empty()) request.mutable_source()->set_text(config_text);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto said = ask_typed<rpc::TestProviderResponse>(access, "ProviderService/TestProvider", request, std::max(left, kTurn));
    if (!said && said.error().kind() == ErrorKind::RateLimited && left > kTurn) {
      std::this_thread::sleep_for(kTurn);
      continue;
    }
    ProviderTest test;
    test.id = id;
    if (!said) {
      test.what = said.error().text();
      test.permitted = said.error().kind() != ErrorKind::PermissionDenied;
      return test;
    }
    test.ok = said->ok();
    test.what = test_text(*said);
    if (!test.ok) test.hint = "smartroute providers test " + id;
    test.facts_json = to_json(*said);
    return test;
  }
}

int list_providers(const AdminAccess& access, Output output) {
  const auto known = known_providers(access);
  if (!known) return complain(known.error(), kFailed);
  const auto health = ask_typed<rpc::ListModelHealthResponse>(access, "HealthService/ListModelHealth", rpc::ListModelHealthRequest());
  if (!health) return complain(health.error(), kFailed);
  const auto rows = provider_rows(known->config.config(), *health, warned_paths(access, known->config.config()));
  std::fputs((output == Output::Json ? providers_json(rows) : providers_text(rows)).c_str(), stdout);
  return kOk;
}

int test_providers(const AdminAccess& access, const TestOptions& options) {
  std::string text;
  std::vector<std::string> ids;
  if (!options.config.empty()) {
    auto read = read_input(options.config);
    if (!read) return complain(read.error(), kUsage);
    text = *std::move(read);
    auto found = ids_in(text, options.config);
    if (!found) return complain(found.error(), kProblems);
    ids = *std::move(found);
  } else {
    auto known = known_providers(access);
    if (!known) return complain(known.error(), kFailed);
    ids = std::move(known->ids);
  }
  for (const std::string& name : options.names) {
    if (std::find(ids.begin(), ids.end(), name) != ids.end()) continue;
    const std::string near = config::nearest_name(name, ids);
    return complain(Error(ErrorKind::Invalid, "there is no provider '" + name + "'" + (near.empty() ? "; smartroute providers list shows them" : "; did you mean '" + near + "'?")), kUsage);
  }
  const auto& wanted = options.names.empty() ? ids : options.names;
  if (wanted.empty()) return complain(Error(ErrorKind::Invalid, "there are no providers to test"), kFailed);
  std::size_t width = 0, failed = 0;
  for (const std::string& id : wanted) width = std::max(width, display_width(id));
  const Style style = style_of(STDOUT_FILENO);
  ordered_json list = ordered_json::array();
  for (const std::string& id : wanted) {
    const ProviderTest test = test_provider(access, id, text, kTestTime);
    failed += test.ok ? 0 : 1;
    list.push_back(to_row(test));
    if (options.output == Output::Json) continue;
    std::printf("%s %s%s  %s\n", tick_text(test.ok ? Tick::Ok : Tick::Failed, style).c_str(), shown(id).c_str(), std::string(width - display_width(id), ' ').c_str(), test.what.c_str());
    std::fflush(stdout);
  }
  if (options.output == Output::Json)
    std::fputs((ordered_json{{"ok", failed == 0}, {"providers", std::move(list)}}.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n").c_str(), stdout);
  return failed == 0 ? kOk : kFailed;
}

namespace {

struct ListWords {
  AdminAccess access;
  Output output = Output::Text;
};
struct TestWords {
  AdminAccess access;
  TestOptions options;
};

}  // namespace

void add_providers_command(CLI::App& app, Action& action) {
  auto* providers = app.add_subcommand("providers", "list the providers of a running gateway, or test that they answer");
  providers->require_subcommand(1);
  const auto words = std::make_shared<ListWords>();
  auto* list = providers->add_subcommand("list", "name, address, whether there is a key, models and health of each");
  add_output_flag(*list, words->output);
  add_admin_flags(*list, words->access);
  list->callback([&action, words] { action = [words] { return list_providers(words->access, words->output); }; });

  const auto tried = std::make_shared<TestWords>();
  auto* test = providers->add_subcommand("test", "connect to providers with their keys and ask for their models; exits with 1 when one fails");
  test->add_option("name", tried->options.names, "ids of providers (default: all)");
  test->add_option("--config", tried->options.config, "providers of this document instead, which need not be stored; - for standard input");
  add_output_flag(*test, tried->options.output);
  add_admin_flags(*test, tried->access);
  test->callback([&action, tried] { action = [tried] { return test_providers(tried->access, tried->options); }; });
}

}  // namespace smartroute::cli
