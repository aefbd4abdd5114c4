#include "controlplane/core/identity/base32.hpp"

#include <cstdint>

namespace smartroute::control::identity {

std::string base32(std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char byte : bytes) {
    held = held << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) text += kAlphabet[held >> (bits - 5) & 31];
  }
  if (bits > 0) text += kAlphabet[held << (5 - bits) & 31];
  return text;
}

}  // namespace smartroute::control::identity
