#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "contract/base/secret.hpp"
#include "contract/config/decode.hpp"
#include "contract/config/secret_reference.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 64 * 1024;

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
      return false;
  return true;
}

std::optional<std::string> read_secret_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;  // a pipe would block
  std::ifstream in(path, std::ios::binary);
  std::string value(kMaxSecretFileBytes + 1, '\0');
  in.read(value.data(), static_cast<std::streamsize>(value.size()));
  value.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (in.bad() || value.size() > kMaxSecretFileBytes) return std::nullopt;
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  return value;
}

// Every secret of a message, with its path: the one list of where secrets are.
template <class Message, class Visit>
void for_each_secret(Message& config, Visit visit) {
  for (int i = 0; i < config.gateway().api_keys_size(); ++i)
    visit(config.mutable_gateway()->mutable_api_keys(i),
          item_path("gateway.api_keys", static_cast<std::size_t>(i)));
  for (int i = 0; i < config.gateway().keys_size(); ++i)
    if (config.gateway().keys(i).has_key())
      visit(config.mutable_gateway()->mutable_keys(i)->mutable_key(),
            item_path("gateway.keys", static_cast<std::size_t>(i)) + ".key");
  for (int i = 0; i < config.providers_size(); ++i)
    if (config.providers(i).has_api_key())
      visit(config.mutable_providers(i)->mutable_api_key(),
            item_path("providers", static_cast<std::size_t>(i)) + ".api_key");
  if (config.router().llm().has_api_key())
    visit(config.mutable_router()->mutable_llm()->mutable_api_key(), "router.llm.api_key");
  if (config.tracing().headers().empty()) return;
  for (auto& [name, secret] : *config.mutable_tracing()->mutable_headers())
    visit(&secret, "tracing.headers." + name);
}

}  // namespace

std::optional<SecretReference> parse_reference(std::string_view text) {
  const auto variable = [](std::string_view name) -> std::optional<SecretReference> {
    if (!is_variable_name(name)) return std::nullopt;
    return SecretReference{SecretPlace::Environment, std::string(name)};
  };
  if (text.starts_with("${") && text.ends_with('}'))
    return variable(text.substr(2, text.size() - 3));
  if (text.starts_with("os.environ/")) return variable(text.substr(11));
  if (text.starts_with("env.")) return variable(text.substr(4));
  if (text.starts_with("file:/"))
    return SecretReference{SecretPlace::File, std::string(text.substr(5))};
  return std::nullopt;
}

std::optional<std::string> look_up(const SecretReference& reference, const SecretSource& secrets) {
  const auto& source =
      reference.place == SecretPlace::Environment ? secrets.environment : secrets.file;
  if (!source) return std::nullopt;
  auto value = source(reference.name);
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

ResolvedSecret resolve(const v1::SecretValue& secret, const SecretSource& secrets,
                       const std::string& path, Report& report) {
  if (secret.has_sealed()) {
    report.warn(path, "is still sealed; only the control plane that sealed it can open it");
    return {{}, SecretState::Missing};
  }
  const std::string& text = secret.value();  // empty for a hint
  if (text.empty()) return {};
  const auto reference = parse_reference(text);
  if (!reference) {
    if (text.starts_with("${") || text.starts_with("file:"))
      report.warn(path,
                  "looks like a reference but is none, so it is used as it stands; references are "
                  "${NAME} and file:/path");
    return {text, SecretState::Known};
  }
  if (auto value = look_up(*reference, secrets)) return {std::move(*value), SecretState::Known};
  report.warn(path, reference->place == SecretPlace::Environment
                        ? "the environment variable " + shown(reference->name) + " is not set"
                        : "the file " + shown(reference->name) + " cannot be read or is empty");
  return {{}, SecretState::Missing};
}

SecretSource system_secrets() {
  SecretSource source;
  source.environment = [](const std::string& name) -> std::optional<std::string> {
    // The gateway's own secrets are sent to nobody, whoever writes the configuration.
    if (name == "SMARTROUTE_MASTER_KEY" || name == "SMARTROUTE_ADMIN_TOKEN") return std::nullopt;
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  source.file = read_secret_file;
  return source;
}

v1::Config resolve_secrets(const v1::Config& message, const SecretSource& secrets,
                           Problems& warnings) {
  v1::Config out = message;
  Report report;
  for_each_secret(out, [&](v1::SecretValue* secret, const std::string& path) {
    auto resolved = resolve(*secret, secrets, path, report);
    if (resolved.state == SecretState::Known) secret->set_value(std::move(resolved.value));
  });
  for (auto& problem : report.take()) warnings.push_back(std::move(problem));
  return out;
}

v1::Config redact(const v1::Config& message) {
  v1::Config out = message;
  for_each_secret(out, [](v1::SecretValue* secret, const std::string&) {
    if (secret->has_sealed()) secret->set_hint("…");
    if (!secret->has_value()) return;
    secret->set_hint(parse_reference(secret->value()) ? secret->value()
                                                      : Secret(secret->value()).hint());
  });
  return out;
}

}  // namespace smartroute::config
