#include "controlplane/http/query.hpp"

#include <algorithm>

#include "dataplane/core/http1/chars.hpp"

namespace smartroute::control::http {
namespace {

Result<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? http1::hex_value(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : http1::hex_value(text[i + 2]);
      if (low < 0) return fail(ErrorKind::Invalid, "query: a % needs two hex digits behind it");
      if (high + low == 0) return fail(ErrorKind::Invalid, "query: %00 is not taken");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace

Result<QueryPairs> parse_query(std::string_view raw) {
  if (raw.size() > kMaxQueryBytes) {
    return fail(ErrorKind::Invalid, "query: " + std::to_string(kMaxQueryBytes) + " bytes at most");
  }
  QueryPairs pairs;
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (pairs.size() == kMaxQueryPairs) {
      return fail(ErrorKind::Invalid,
                  "query: " + std::to_string(kMaxQueryPairs) + " parameters at most");
    }
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
    if (name.empty()) return fail(ErrorKind::Invalid, "query: a value without a name");
    auto decoded_name = decode(name);
    if (!decoded_name) return fail(decoded_name.error());
    auto decoded_value = decode(value);
    if (!decoded_value) return fail(decoded_value.error());
    pairs.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return pairs;
}

std::optional<std::string_view> find(const QueryPairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace smartroute::control::http
