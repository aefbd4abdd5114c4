#include "dataplane/core/accounting/secret_spellings.hpp"

#include <algorithm>
#include <cstdint>

#include "contract/base/json_quote.hpp"

namespace smartroute::accounting {
namespace {

constexpr std::size_t kGroup = 3;   // bytes of base64's four letters

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_.~").find(c) != std::string_view::npos;
}

std::string in_a_url(std::string_view secret, std::string_view digits) {
  std::string out;
  for (const char c : secret) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

// Whole groups only: the letters of the others depend on what stands around.
std::string in_base64(std::string_view bytes, std::string_view last_two) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const auto letter = [last_two](unsigned six) { return six < kLetters.size() ? kLetters[six] : last_two[six - kLetters.size()]; };
  std::string out;
  for (std::size_t i = 0; i + kGroup <= bytes.size(); i += kGroup) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i + at])); };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (const int shift : {18, 12, 6, 0}) out += letter(group >> shift & 63);
  }
  return out;
}

}  // namespace

void append_spellings(std::string_view secret, std::size_t least, std::vector<std::string>& out) {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  const auto add = [&](std::string spelling) {
    if (spelling == secret || spelling.size() < least) return;
    if (std::find(out.begin() + first, out.end(), spelling) == out.end()) out.push_back(std::move(spelling));
  };
  std::string escaped;
  append_json_escaped(escaped, secret);
  add(std::move(escaped));
  add(in_a_url(secret, "0123456789ABCDEF"));
  add(in_a_url(secret, "0123456789abcdef"));
  for (std::size_t skipped = 0; skipped < std::min(kGroup, secret.size()); ++skipped) {
    add(in_base64(secret.substr(skipped), "+/"));
    add(in_base64(secret.substr(skipped), "-_"));
  }
}

}  // namespace smartroute::accounting
