// How large an image is, from the beginning of its file: PNG, JPEG, GIF, WebP.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace smartroute::tokens {

struct ImageSize {
  std::uint32_t width = 0, height = 0;  // both above 0
};

// `base64`: the file, in either alphabet, padded or not, without line breaks. Decodes only the bytes it looks at; nothing is read beyond the text.
// Of a JPEG at most kMaxSegments parts are stepped over.
inline constexpr int kMaxSegments = 1'024;
std::optional<ImageSize> image_size(std::string_view base64) noexcept;

// The base64 text of "data:image/png;base64,...", empty if it is no such URL.
std::string_view data_of_url(std::string_view url) noexcept;

}  // namespace smartroute::tokens
