#include "contract/config/rules.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "contract/config/base_url.hpp"
#include "contract/config/duration_text.hpp"

namespace smartroute::config {
namespace {

std::string number(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

bool is_visible(char c) {
  return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
}

// The form of a model's name, or what is wrong with it.
std::string name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxModelNameBytes) return "is longer than 256 bytes";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x80)
      return shown(name) + " holds a character outside ASCII, which may only look like a letter";
    if (!is_visible(c)) return shown(name) + " holds a space or a control character";
    if (c == '"' || c == '\\') return shown(name) + " holds a quote or a backslash";
  }
  if (name.front() == '/' || name.back() == '/')
    return shown(name) + " begins or ends with a slash";
  if (name.find("..") != std::string_view::npos) return shown(name) + " holds '..'";
  if (is_reserved_name(name)) return shown(name) + " is a name of the router, not of a model";
  return {};
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_reserved_name(std::string_view name) {
  if (name.size() > 4) return false;
  const std::string lower = lower_case(name);
  return lower == "t1" || lower == "t2" || lower == "t3" || lower == "auto";
}

Rules::Rules(const Config& checked) : config(checked) {
  for (const auto& provider : config.providers) {
    if (!providers.insert(provider.id.str()).second) continue;
    provider_ids.push_back(provider.id.str());
  }
}

std::string_view Rules::provider_of(std::string_view name) const {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0) return {};
  const auto prefix = name.substr(0, slash);
  return providers.contains(prefix) ? prefix : std::string_view{};
}

std::string Rules::canonical(std::string_view name) const {
  if (!provider_of(name).empty()) return std::string(name);
  const auto mapped = config.model_map.find(std::string(name));
  const auto& provider =
      mapped != config.model_map.end() ? mapped->second : config.default_provider;
  return provider.str() + "/" + std::string(name);
}

bool Rules::check_model_name(const std::string& path, std::string_view name) {
  if (std::string fault = name_fault(name); !fault.empty()) {
    report.error(path, std::move(fault));
    return false;
  }
  if (provider_ids.empty()) {
    report.error(path, shown(name) + " cannot be served: no provider is configured");
    return false;
  }
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || !provider_of(name).empty() ||
      config.model_map.contains(std::string(name)))
    return true;
  // Legal: such a name goes to the default provider. Yet a near miss of a provider's id is more
  // likely a slip.
  constexpr std::size_t kLongEnoughForTwo = 6;
  const auto prefix = name.substr(0, slash);
  const auto near = nearest.find(prefix, provider_ids, prefix.size() >= kLongEnoughForTwo ? 2 : 1);
  if (!near.empty())
    report.warn(path,
                shown(name) + " names no configured provider and goes to the default provider " +
                    shown(config.default_provider.str()),
                near + std::string(name.substr(slash)));
  return true;
}

void Rules::check_timeouts(const std::string& path, const Timeouts& timeouts) {
  const auto positive = [&](const char* field, Millis value) {
    check_range(field_path(path, field), value, Millis(1), kDay);
  };
  const auto at_most = [&](const char* field, Millis value, const char* other, Millis bound) {
    if (value > bound && bound > Millis(0))
      report.error(field_path(path, field), format_duration(value) + " is longer than " + other +
                                                " (" + format_duration(bound) + ")");
  };
  positive("connect", timeouts.connect);
  at_most("connect", timeouts.connect, "first_byte", timeouts.first_byte);
  positive("first_byte", timeouts.first_byte);
  at_most("first_byte", timeouts.first_byte, "total", timeouts.total);
  positive("idle", timeouts.idle);
  at_most("idle", timeouts.idle, "total", timeouts.total);
  positive("total", timeouts.total);
}

bool Rules::check_host(const std::string& path, HostKind kind) {
  if (kind == HostKind::LinkLocal)
    report.error(path, "points to a link-local address or a cloud's metadata service, which are never connected to");
  else if (kind == HostKind::Unusable)
    report.error(path, "points to an address that no server can have");
  else
    return true;
  return false;
}

void Rules::check_base_url(const std::string& path, std::string_view text) {
  const auto url = parse_base_url(text);
  if (!url) return report.error(path, url.error().text());
  const HostKind kind = classify_host(url->host);
  if (!check_host(path, kind)) return;
  if (!url->tls && kind == HostKind::Public)
    report.warn(path, "is http:// to a public host: the key and every prompt travel in the clear",
                {});
  if (url->path.ends_with("/chat/completions"))
    report.warn(path,
                "ends with /chat/completions, which the gateway appends itself; write the address "
                "up to /v1");
}

// Never shows any part of the key.
void Rules::check_api_key(const std::string& path, std::string_view key) {
  constexpr std::size_t kMaxKey = 8 * 1024;
  if (key.size() > kMaxKey) return report.error(path, "is longer than 8 KiB");
  if (!std::all_of(key.begin(), key.end(), is_visible))
    report.error(path,
                 "holds a space, a line break or another character that a header cannot carry");
}

void Rules::check_range(const std::string& path, std::int64_t value, std::int64_t lowest,
                        std::int64_t highest) {
  if (value >= lowest && value <= highest) return;
  report.error(path, std::to_string(value) + " is not within " + std::to_string(lowest) + " and " +
                         std::to_string(highest));
}

void Rules::check_range(const std::string& path, double value, double lowest, double highest) {
  if (std::isfinite(value) && value >= lowest && value <= highest) return;
  report.error(path,
               number(value) + " is not within " + number(lowest) + " and " + number(highest));
}

void Rules::check_range(const std::string& path, Millis value, Millis lowest, Millis highest) {
  if (value >= lowest && value <= highest) return;
  report.error(path, format_duration(value) + " is not within " + format_duration(lowest) +
                         " and " + format_duration(highest));
}

}  // namespace smartroute::config
