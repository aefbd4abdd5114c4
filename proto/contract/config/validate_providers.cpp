#include <array>

#include "contract/config/rules.hpp"

namespace smartroute::config {
namespace {

constexpr std::size_t kMaxHeaders = 64;
constexpr std::size_t kMaxHeaderNameBytes = 256;
constexpr std::size_t kMaxHeaderValueBytes = 8 * 1024;
constexpr std::size_t kMaxFileNameBytes = 4096;

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string id_fault(std::string_view id) {
  if (id.empty()) return "is empty";
  if (id.size() > kMaxIdBytes) return "is longer than 128 bytes";
  for (const char c : id) {
    if (static_cast<unsigned char>(c) >= 0x80)
      return shown(id) + " holds a character outside ASCII, which may only look like a letter";
    if (c == '/') return shown(id) + " holds a slash, which separates a provider from its model";
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-')
      return shown(id) + " holds a character other than letters, digits, '.', '_' and '-'";
  }
  if (!is_alnum(id.front())) return shown(id) + " does not begin with a letter or a digit";
  if (id.find("..") != std::string_view::npos) return shown(id) + " holds '..'";
  if (is_reserved_name(id)) return shown(id) + " is a name of the router";
  return {};
}

// RFC 9110 section 5.6.2: the characters of a field name.
bool is_token(std::string_view name) {
  constexpr std::string_view kExtra = "!#$%&'*+-.^_`|~";
  if (name.empty()) return false;
  for (const char c : name)
    if (!is_alnum(c) && kExtra.find(c) == std::string_view::npos) return false;
  return true;
}

// Headers that frame or route the message, that the gateway writes itself, or that would make the
// answer unreadable to it.
bool is_own_header(std::string_view lower) {
  static constexpr std::array<std::string_view, 17> kOwn{"host",
                                                         "content-length",
                                                         "transfer-encoding",
                                                         "connection",
                                                         "keep-alive",
                                                         "te",
                                                         "trailer",
                                                         "upgrade",
                                                         "expect",
                                                         "proxy-connection",
                                                         "proxy-authorization",
                                                         "proxy-authenticate",
                                                         "authorization",
                                                         "content-type",
                                                         "content-encoding",
                                                         "accept-encoding",
                                                         "http2-settings"};
  for (const auto own : kOwn)
    if (lower == own) return true;
  return false;
}

bool names_a_credential(std::string_view lower) {
  for (const std::string_view part :
       {"api-key", "apikey", "api_key", "token", "secret", "cookie", "password"})
    if (lower.find(part) != std::string_view::npos) return true;
  return false;
}

void check_headers(Rules& rules, const std::string& path,
                   const std::map<std::string, std::string>& headers) {
  if (headers.size() > kMaxHeaders) return rules.report.error(path, "has more than 64 headers");
  std::unordered_set<std::string> seen;
  for (const auto& [name, value] : headers) {
    const std::string at = member_path(path, name);
    const std::string lower = lower_case(name);
    if (!is_token(name) || name.size() > kMaxHeaderNameBytes) {
      rules.report.error(at, "is no name of a header");
      continue;
    }
    if (is_own_header(lower)) {
      rules.report.error(at, lower == "authorization"
                                 ? "cannot be set here: use api_key"
                                 : "cannot be set here: the gateway writes it");
      continue;
    }
    if (!seen.insert(lower).second) rules.report.error(at, "is set twice, in different case");
    if (value.size() > kMaxHeaderValueBytes) rules.report.error(at, "is longer than 8 KiB");
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte >= 0x20 && byte != 0x7f) || c == '\t') continue;
      rules.report.error(at, "holds a line break or another control character");
      break;
    }
    if (names_a_credential(lower))
      rules.report.warn(
          at, "looks like a credential: headers are stored and shown in the clear, api_key is not");
  }
}

void check_provider(Rules& rules, const std::string& path, const Provider& provider) {
  if (provider.protocol == Protocol::Anthropic)
    rules.report.error(path + ".protocol",
                       "'anthropic' is not active in this version; use protocol openai with the "
                       "provider's OpenAI-compatible address, "
                       "for example https://api.anthropic.com/v1");
  rules.check_base_url(path + ".base_url", provider.base_url);
  rules.check_api_key(path + ".api_key", provider.api_key.reveal());
  if (!provider.tls_verify)
    rules.report.warn(path + ".tls_verify",
                      "is off: anyone on the way can read the key and every prompt");
  const auto& file = provider.tls_ca_file;
  if (file.size() > kMaxFileNameBytes)
    rules.report.error(path + ".tls_ca_file", "is longer than 4096 bytes");
  for (const char c : file) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) continue;
    rules.report.error(path + ".tls_ca_file", "holds a control character");
    break;
  }
  check_headers(rules, path + ".headers", provider.headers);
}

}  // namespace

void check_providers(Rules& rules) {
  const auto& providers = rules.config.providers;
  if (providers.empty()) rules.report.warn("providers", "is empty: there is nothing to route to");
  if (providers.size() > kMaxProviders)
    rules.report.error("providers", "has more than 1,000 entries");
  std::unordered_map<std::string, std::size_t>
      seen;  // lower case, so that no two differ by case alone
  for (std::size_t i = 0; i < providers.size() && i < kMaxProviders; ++i) {
    const std::string path = item_path("providers", i);
    const std::string& id = providers[i].id.str();
    if (std::string fault = id_fault(id); !fault.empty()) {
      rules.report.error(path + ".id", std::move(fault));
    } else if (const auto [it, fresh] = seen.emplace(lower_case(id), i); !fresh) {
      const bool same = providers[it->second].id.str() == id;
      const std::string what =
          shown(id) + (same ? " is also the id of " : " differs only in case from the id of ") +
          item_path("providers", it->second);
      if (same)
        rules.report.error(path + ".id", what);
      else
        rules.report.warn(path + ".id", what);
    }
    check_provider(rules, path, providers[i]);
  }
}

}  // namespace smartroute::config
