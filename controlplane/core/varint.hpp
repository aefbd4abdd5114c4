// Numbers in few bytes: seven bits a byte, the lowest first, the high bit set on all but the last. Signed ones are folded first (zigzag), so that
// small negatives stay short. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::control {

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Takes a number off the front of `in`. Nullopt, and `in` is anything: there is none, or it has more than 64 bits.
inline std::optional<std::uint64_t> take_varint(std::string_view& in) {
  // Most numbers are small.
  if (!in.empty() && static_cast<unsigned char>(in.front()) < 0x80) {
    const auto value = static_cast<std::uint64_t>(in.front());
    in.remove_prefix(1);
    return value;
  }
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

inline std::uint64_t folded(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unfolded(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace smartroute::control
