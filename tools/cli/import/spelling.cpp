#include "tools/cli/import/spelling.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "contract/config/secret_reference.hpp"

namespace smartroute::import {
namespace {

using config::Node;
using config::NodeKind;

constexpr double kYearSeconds = 366.0 * 86'400;
constexpr std::size_t kMaxIdBytes = 64;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_word_end(std::string_view text, std::size_t at) { return at >= text.size() || !is_alnum(text[at]); }

// Whole words only: "mini" stands in "gpt-4o-mini", not in "gemini".
bool has_word(std::string_view name, std::string_view word) {
  for (std::size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1))
    if ((at == 0 || !is_alnum(name[at - 1])) && is_word_end(name, at + word.size())) return true;
  return false;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
  return out;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_reference(std::string_view text) { return config::parse_reference(text).has_value(); }

std::string secret_here(std::string_view text) {
  const auto reference = config::parse_reference(text);
  if (!reference || reference->place != config::SecretPlace::Environment) return std::string(text);
  return "${" + reference->name + "}";
}

bool names_secret(std::string_view key) {
  const std::string name = lower(key);
  if (name == "key" || name == "keys" || name == "token" || name == "environment_variables" || name == "extra_headers" || name == "headers") return true;
  if (name.ends_with("_per_token")) return false;
  if (name.ends_with("_key") || name.ends_with("_keys") || name.ends_with("_token") || name.ends_with("-key")) return true;
  return holds_any(name, {"apikey", "api_key", "api-key", "secret", "password", "passwd", "credential", "authorization", "database_url", "redis_url", "webhook", "private_key"});
}

bool holds_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto end = text.find_first_of("/?#", scheme + 3);
  return text.substr(scheme + 3, end == std::string_view::npos ? end : end - scheme - 3).find('@') != std::string_view::npos;
}

std::optional<double> real(const Node* node) {
  if (node == nullptr || node->kind != NodeKind::Scalar || node->text.empty() || node->text.size() > 64) return std::nullopt;
  const char* begin = node->text.data();
  const char* const end = begin + node->text.size();
  if (*begin == '+') ++begin;
  double value = 0;
  const auto read = std::from_chars(begin, end, value);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> whole(const Node* node) {
  const auto value = real(node);
  if (!value || std::abs(*value) > 9e15 || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<bool> truth(const Node* node) {
  if (node == nullptr || node->kind != NodeKind::Scalar) return std::nullopt;
  const std::string value = lower(node->text);
  if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
  if (value == "false" || value == "0" || value == "no" || value == "off") return false;
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds span) {
  const auto ms = span.count();
  if (ms > 0 && ms % 60'000 == 0) return std::to_string(ms / 60'000) + "m";
  if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + "s";
  return std::to_string(ms) + "ms";
}

std::optional<std::chrono::milliseconds> seconds(const Node* node) {
  const auto value = real(node);
  if (!value || *value < 0 || *value > kYearSeconds) return std::nullopt;
  return std::chrono::milliseconds(std::llround(*value * 1'000));
}

std::string decimal(double value) {
  char text[64];
  int size = std::snprintf(text, sizeof text, "%.9f", value);
  if (size < 0 || size >= static_cast<int>(sizeof text)) return "0";
  while (text[size - 1] == '0') --size;
  if (text[size - 1] == '.') --size;
  return std::string(text, static_cast<std::size_t>(size));
}

std::string provider_id(std::string_view name, const std::function<bool(const std::string&)>& taken) {
  std::string id;
  for (const char c : name.substr(0, kMaxIdBytes)) {
    const bool dots = c == '.' && id.ends_with('.');
    id += is_alnum(c) || c == '_' || c == '-' || (c == '.' && !dots) ? c : '-';
  }
  while (!id.empty() && !is_alnum(id.front())) id.erase(0, 1);
  if (id.empty()) id = "provider";
  const std::string plain = lower(id);
  if (plain == "t1" || plain == "t2" || plain == "t3" || plain == "auto") id += "-provider";
  std::string free = id;
  for (int n = 2; taken(free); ++n) free = id + "-" + std::to_string(n);
  return free;
}

std::string base_url(std::string_view url) {
  while (!url.empty() && (url.back() == '/' || url.back() == ' ')) url.remove_suffix(1);
  while (!url.empty() && url.front() == ' ') url.remove_prefix(1);
  constexpr std::string_view kCalls = "/chat/completions";
  if (url.ends_with(kCalls)) url.remove_suffix(kCalls.size());
  while (!url.empty() && url.back() == '/') url.remove_suffix(1);
  return std::string(url);
}

int tier_by_name(std::string_view model) {
  const std::string name = lower(model);
  for (const std::string_view word : {"nano", "mini", "flash", "lite", "haiku", "small", "tiny", "instant", "1b", "3b", "4b", "7b", "8b", "9b", "20b", "3.5-turbo", "35-turbo", "micro"})
    if (has_word(name, word)) return 1;
  for (const std::string_view word : {"opus", "o1", "o3", "pro", "max", "ultra", "reasoner", "r1", "405b", "thinking", "heavy", "32k"})
    if (has_word(name, word)) return 3;
  return 2;
}

}  // namespace smartroute::import
