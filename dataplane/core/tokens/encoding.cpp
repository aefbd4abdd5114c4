#include "dataplane/core/tokens/encoding.hpp"

#include <array>

namespace smartroute::tokens {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Encoding::kCount)> kNames{
    "o200k_base", "cl100k_base", "o200k_harmony", "p50k_base", "r50k_base"};

}  // namespace

std::string_view name_of(Encoding encoding) noexcept {
  const auto at = static_cast<std::size_t>(encoding);
  return at < kNames.size() ? kNames[at] : std::string_view("unknown");
}

std::optional<Encoding> encoding_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Encoding>(i);
  return std::nullopt;
}

}  // namespace smartroute::tokens
