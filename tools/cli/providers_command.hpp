// `smartroute providers list` and `providers test`.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/terminal.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::v1 {
class Config;
}
namespace smartroute::admin::v1 {
class ListModelHealthResponse;
class TestProviderResponse;
}  // namespace smartroute::admin::v1

namespace smartroute::cli {

enum class KeyState : std::uint8_t { None, Set, Missing };

struct ProviderRow {
  std::string id, protocol, base_url;
  KeyState key = KeyState::None;  // Missing: its reference leads nowhere where the control plane runs
  std::vector<std::string> models;
  double health = 100;    // of its worst model
  int cooling = 0;        // models in cooldown
};

// In the configuration's order. `missing`: paths of warnings, such as "providers[2].api_key". Pure.
std::vector<ProviderRow> provider_rows(const v1::Config& config, const admin::v1::ListModelHealthResponse& health, const std::vector<std::string>& missing);
std::string providers_text(const std::vector<ProviderRow>& rows);
std::string providers_json(const std::vector<ProviderRow>& rows);

struct ProviderTest {
  std::string id;
  bool ok = false;
  bool permitted = true;  // false: the token is a viewer's
  std::string what;       // how far it came, or why it could not be tried
  std::string hint;
  std::string facts_json;  // the API's answer; empty if there was none
};
// A test through the control plane; waits its turn while another of ours runs there.
ProviderTest test_provider(const AdminAccess& access, const std::string& id, const std::string& config_text, std::chrono::milliseconds timeout);
// The sentence of an answer: "steady: 3 models, connected in 0.3 ms, first byte after 1.2 ms, 127.0.0.1:9000, no TLS". Pure.
std::string test_text(const admin::v1::TestProviderResponse& said);

struct TestOptions {
  std::vector<std::string> names;  // none: all
  std::string config;              // a document that need not be stored
  Output output = Output::Text;
};

// Both return an exit code of up.hpp; a provider that fails its test is kFailed, one that is not there kUsage.
int list_providers(const AdminAccess& access, Output output);
int test_providers(const AdminAccess& access, const TestOptions& options);

}  // namespace smartroute::cli
