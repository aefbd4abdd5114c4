#include "dataplane/core/openai/key_set.hpp"

#include <algorithm>

#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {

void KeySet::clear() {
  keys_.clear();
  unescaped_.clear();
  seen_ = 0;
  suspicious_ = false;
}

std::string_view KeySet::add(const JsonScanner& scanner, const JsonString& key) {
  const std::string_view quoted = scanner.text(key.span);
  std::string_view name = quoted.substr(1, quoted.size() - 2);
  if (key.escaped) {
    unescaped_.push_back(std::make_unique<std::string>());
    append_unescaped(name, name.size(), *unescaped_.back());
    name = *unescaped_.back();
  }
  std::uint64_t hash = name.size();
  if (!name.empty())
    hash = hash * 7 + static_cast<unsigned char>(name.front()) * 31 +
           static_cast<unsigned char>(name.back()) * 17 +
           static_cast<unsigned char>(name[name.size() / 2]) * 5;
  const std::uint64_t bit = std::uint64_t{1} << (hash & 63);
  suspicious_ = suspicious_ || (seen_ & bit) != 0;
  seen_ |= bit;
  keys_.push_back(name);
  return name;
}

std::optional<std::string_view> KeySet::duplicate() {
  if (!suspicious_) return std::nullopt;
  std::sort(keys_.begin(), keys_.end(), [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  const auto twin = std::adjacent_find(keys_.begin(), keys_.end());
  if (twin == keys_.end()) return std::nullopt;
  return *twin;
}

}  // namespace smartroute::openai
