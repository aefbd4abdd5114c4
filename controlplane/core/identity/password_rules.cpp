#include "controlplane/core/identity/password_rules.hpp"

#include <algorithm>
#include <array>

#include "controlplane/core/identity/names.hpp"

namespace smartroute::control::identity {
namespace {

// Words that long passwords are made of when nobody wants one: alone, repeated, or with digits and
// marks around them. Shorter passwords need no list.
constexpr std::array<std::string_view, 30> kCommon = {
    "password",  "passw0rd", "p@ssw0rd", "p@ssword",  "admin",     "administrator", "smartroute", "letmein",
    "welcome",   "changeme", "qwerty",   "qwertyuiop", "asdfghjkl", "zxcvbnm",       "iloveyou",   "football",
    "baseball",  "sunshine", "princess", "superman",  "trustno1",  "dragon",        "monkey",     "master",
    "default",   "secret",   "login",    "root",      "user",      "test"};
constexpr std::string_view kRuns[] = {"0123456789012345678901234567890", "9876543210987654321098765432109",
                                      "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
                                      "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p"};

bool is_filler(char c) { return !((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80); }

// Whether `text` is nothing but `word`, several times, with fillers between.
bool is_made_of(std::string_view text, std::string_view word) {
  bool found = false;
  while (!text.empty()) {
    if (text.substr(0, word.size()) == word) {
      text.remove_prefix(word.size());
      found = true;
    } else if (is_filler(text.front())) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  return found;
}

bool repeats(std::string_view text) {
  for (std::size_t period = 1; period <= 4; ++period) {
    bool same = true;
    for (std::size_t i = period; same && i < text.size(); ++i) same = text[i] == text[i - period];
    if (same) return true;
  }
  return false;
}

}  // namespace

std::string complaint_about_password(std::string_view password, std::string_view name) {
  if (password.size() < kMinPasswordBytes)
    return "the password needs " + std::to_string(kMinPasswordBytes) + " characters or more";
  if (password.size() > kMaxPasswordBytes)
    return "the password has more than " + std::to_string(kMaxPasswordBytes) + " bytes";
  if (!is_utf8(password)) return "the password is not UTF-8";
  if (password.find('\0') != std::string_view::npos) return "the password has a NUL character";
  const std::string plain = folded(password);
  const std::string own = folded(name);
  if (plain == own || (own.size() >= 4 && is_made_of(plain, own))) return "the password is the name";
  const bool common = std::any_of(kCommon.begin(), kCommon.end(), [&](auto word) { return is_made_of(plain, word); });
  const bool run = std::any_of(std::begin(kRuns), std::end(kRuns),
                               [&](auto letters) { return letters.find(plain) != std::string_view::npos; });
  if (common || run || repeats(plain)) return "the password is one of the first that others would try";
  return {};
}

}  // namespace smartroute::control::identity
