#include "dataplane/core/tokens/image_size.hpp"

#include <array>
#include <cstddef>

namespace smartroute::tokens {
namespace {

constexpr std::uint32_t kNoByte = 256;

constexpr int digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

// The bytes a base64 text stands for, any of them at any time.
class Bytes {
 public:
  explicit Bytes(std::string_view base64) noexcept : text_(base64) {}

  // kNoByte beyond the end, and where the text is no base64.
  std::uint32_t operator[](std::size_t at) const noexcept {
    const std::size_t first = at / 3 * 4 + at % 3;  // the byte lies in this digit and the next
    if (first >= text_.size() || text_.size() - first < 2) return kNoByte;
    const int high = digit_of(text_[first]), low = digit_of(text_[first + 1]);
    if (high < 0 || low < 0) return kNoByte;
    const std::size_t shift = at % 3 * 2;
    return ((static_cast<std::uint32_t>(high) << 6 | static_cast<std::uint32_t>(low)) >> (4 - shift)) & 0xff;
  }

  bool has(std::size_t at, std::string_view bytes) const noexcept {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if ((*this)[at + i] != static_cast<unsigned char>(bytes[i])) return false;
    return true;
  }

  // 0 where a byte is missing, which is no size and no length.
  std::uint32_t big(std::size_t at, std::size_t count) const noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t byte = (*this)[at + i];
      if (byte == kNoByte) return 0;
      value = value << 8 | byte;
    }
    return value;
  }
  std::uint32_t little(std::size_t at, std::size_t count) const noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;) {
      const std::uint32_t byte = (*this)[at + i];
      if (byte == kNoByte) return 0;
      value = value << 8 | byte;
    }
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<ImageSize> sized(std::uint32_t width, std::uint32_t height) noexcept {
  if (width == 0 || height == 0) return std::nullopt;
  return ImageSize{width, height};
}

// Segments, each with its length, up to the one that begins the frame.
std::optional<ImageSize> jpeg_size(const Bytes& file) noexcept {
  std::size_t at = 2;
  for (int i = 0; i < kMaxSegments; ++i) {
    if (file[at] != 0xff) return std::nullopt;
    const std::uint32_t marker = file[at + 1];
    if (marker == 0xff) {  // fill
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return sized(file.big(at + 7, 2), file.big(at + 5, 2));
    const std::uint32_t length = file.big(at + 2, 2);
    if (length < 2 || marker == 0xda) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<ImageSize> webp_size(const Bytes& file) noexcept {
  if (file.has(12, "VP8X")) {
    // Both are stored less one; a missing byte is told from a stored 0 by the byte itself.
    if (file[29] == kNoByte) return std::nullopt;
    return sized(file.little(24, 3) + 1, file.little(27, 3) + 1);
  }
  if (file.has(12, "VP8L") && file[20] == 0x2f) {
    if (file[24] == kNoByte) return std::nullopt;
    const std::uint32_t bits = file.little(21, 4);
    return sized((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
  }
  if (file.has(12, "VP8 ") && file.has(23, "\x9d\x01\x2a")) return sized(file.little(26, 2) & 0x3fff, file.little(28, 2) & 0x3fff);
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view base64) noexcept {
  const Bytes file(base64);
  if (file.has(0, "\x89PNG\r\n\x1a\n") && file.has(12, "IHDR")) return sized(file.big(16, 4), file.big(20, 4));
  if (file.has(0, "\xff\xd8")) return jpeg_size(file);
  if (file.has(0, "GIF8")) return sized(file.little(6, 2), file.little(8, 2));
  if (file.has(0, "RIFF") && file.has(8, "WEBP")) return webp_size(file);
  return std::nullopt;
}

std::string_view data_of_url(std::string_view url) noexcept {
  constexpr std::string_view kScheme = "data:", kMark = ";base64,";
  constexpr std::size_t kLongestType = 128;
  if (url.substr(0, kScheme.size()) != kScheme) return {};
  const std::size_t mark = url.substr(0, kLongestType).find(kMark);
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + kMark.size());
}

}  // namespace smartroute::tokens
