// What an image takes of a prompt, by the formulas the providers document.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/core/tokens/image_size.hpp"
#include "dataplane/core/tokens/prompt_rules.hpp"

namespace smartroute::tokens {

enum class Detail : std::uint8_t { High, Low };  // "auto" and everything unknown: High

// Of an image whose size cannot be known.
inline constexpr ImageSize kAssumedSize{1'024, 1'024};

std::uint64_t image_tokens(const ImageRule& rule, ImageSize size, Detail detail) noexcept;

}  // namespace smartroute::tokens
