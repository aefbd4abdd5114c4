#include "controlplane/dashboard/coding.hpp"

#include <algorithm>
#include <optional>

namespace smartroute::control::dashboard {
namespace {

constexpr int kFull = 1'000;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
  });
}

// Thousandths; what is no qvalue is 0: nothing is sent on a guess.
int quality(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * kFull;
  if (text.size() == 1) return value;
  if (text[1] != '.' || text.size() > 5) return 0;
  int scale = kFull / 10;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    value += (c - '0') * scale;
    scale /= 10;
  }
  return value <= kFull ? value : 0;
}

struct Wish {
  std::string_view coding;
  int quality = kFull;
};

Wish read_wish(std::string_view item) {
  Wish wish;
  wish.coding = trimmed(item.substr(0, item.find(';')));
  while (true) {
    const auto semicolon = item.find(';');
    if (semicolon == std::string_view::npos) return wish;
    item.remove_prefix(semicolon + 1);
    const std::string_view parameter = trimmed(item.substr(0, item.find(';')));
    if (parameter.starts_with("q=") || parameter.starts_with("Q="))
      wish.quality = quality(parameter.substr(2));
  }
}

}  // namespace

std::string_view name_of(Coding coding) noexcept {
  switch (coding) {
    case Coding::Identity:
      return "";
    case Coding::Gzip:
      return "gzip";
    case Coding::Brotli:
      return "br";
  }
  return "";
}

Coding choose(std::string_view accept_encoding, const Available& available) noexcept {
  std::array<std::optional<int>, kCodings> said;
  std::optional<int> any;
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const Wish wish = read_wish(accept_encoding.substr(0, comma));
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size()
                                                                  : comma + 1);
    if (same_word(wish.coding, "*")) any = wish.quality;
    if (same_word(wish.coding, "identity")) said[0] = wish.quality;
    if (same_word(wish.coding, "gzip") || same_word(wish.coding, "x-gzip")) said[1] = wish.quality;
    if (same_word(wish.coding, "br")) said[2] = wish.quality;
  }
  // Not named, Identity is acceptable, but less than whatever is.
  int best = said[0].value_or(any.value_or(0));
  Coding chosen = Coding::Identity;
  for (const Coding coding : {Coding::Gzip, Coding::Brotli}) {
    const auto i = static_cast<std::size_t>(coding);
    const int q = said[i].value_or(any.value_or(0));
    if (!available[i] || q == 0 || q < best) continue;
    best = q;
    chosen = coding;
  }
  return chosen;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  if (trimmed(if_none_match) == "*") return true;
  while (true) {
    const auto begin = if_none_match.find('"');
    if (begin == std::string_view::npos) return false;
    const auto end = if_none_match.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    if (if_none_match.substr(begin, end + 1 - begin) == etag) return true;
    if_none_match.remove_prefix(end + 1);
  }
}

}  // namespace smartroute::control::dashboard
