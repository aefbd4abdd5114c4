#include "contract/config/document.hpp"

#include <simdjson.h>

#include <algorithm>

namespace smartroute::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_from(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - start;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
ScalarType number_type(std::string_view text) {
  std::size_t at = (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t whole = digits_from(text, at);
  at += whole;
  if (whole > 0 && at == text.size()) return ScalarType::Integer;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_from(text, at + 1);
    if (whole == 0 && fraction == 0) return ScalarType::Text;
    at += 1 + fraction;
  } else if (whole == 0) {
    return ScalarType::Text;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_from(text, at);
    if (exponent == 0) return ScalarType::Text;
    at += exponent;
  }
  return at == text.size() ? ScalarType::Float : ScalarType::Text;
}

bool all_of(std::string_view text, bool (*test)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), test);
}

}  // namespace

ScalarType plain_type(std::string_view text) noexcept {
  if (text.empty()) return ScalarType::Text;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (text == word) return ScalarType::Bool;
  if (text.starts_with("0x") && all_of(text.substr(2), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      }))
    return ScalarType::Integer;
  if (text.starts_with("0o") && all_of(text.substr(2), [](char c) { return c >= '0' && c <= '7'; }))
    return ScalarType::Integer;
  for (const std::string_view word : {".nan", ".NaN", ".NAN"})
    if (text == word) return ScalarType::Float;
  const auto unsigned_part = (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
  for (const std::string_view word : {".inf", ".Inf", ".INF"})
    if (unsigned_part == word) return ScalarType::Float;
  return number_type(text);
}

ScalarType scalar_type(const Node& scalar) noexcept {
  return scalar.quoted ? ScalarType::Text : plain_type(scalar.text);
}

std::optional<Problem> refuse_text(std::string_view text) {
  const auto problem = [&](std::string what, std::size_t at) {
    Problem p;
    p.what = std::move(what);
    p.line = 1 + static_cast<int>(std::count(text.begin(),
                                             text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    return p;
  };
  if (text.size() > kMaxDocumentBytes) {
    Problem p;
    p.what = "the document is larger than 4 MiB";
    return p;
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    std::size_t good =
        0;  // the line of the first bad byte: whole lines that are valid, one after the other
    while (good < text.size()) {
      const std::size_t eol = std::min(text.find('\n', good), text.size() - 1);
      if (!simdjson::validate_utf8(text.data() + good, eol + 1 - good)) break;
      good = eol + 1;
    }
    return problem("the text is not UTF-8", std::min(good, text.size()));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
      return problem("a control character stands in the text", i);
  }
  return std::nullopt;
}

}  // namespace smartroute::config
