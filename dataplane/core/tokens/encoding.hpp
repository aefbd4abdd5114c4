// The byte pair encodings whose counts are exact here.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace smartroute::tokens {

enum class Encoding : std::uint8_t { O200kBase, Cl100kBase, O200kHarmony, P50kBase, R50kBase, kCount };

// "o200k_base", "cl100k_base", "o200k_harmony", "p50k_base", "r50k_base". Static.
std::string_view name_of(Encoding encoding) noexcept;
std::optional<Encoding> encoding_named(std::string_view name) noexcept;

}  // namespace smartroute::tokens
