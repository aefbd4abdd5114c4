#include "contract/config/keyword_pattern.hpp"

#include <re2/re2.h>

#include <utility>

namespace smartroute::config {

bool is_pattern(std::string_view keyword) noexcept {
  return keyword.size() > 2 && keyword.front() == '/' && keyword.back() == '/';
}

Result<std::unique_ptr<re2::RE2>> compile_pattern(std::string_view keyword) {
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  const auto body = keyword.substr(1, keyword.size() - 2);
  auto pattern = std::make_unique<re2::RE2>(re2::StringPiece(body.data(), body.size()), options);
  if (!pattern->ok()) return fail(ErrorKind::Invalid, pattern->error());
  return pattern;
}

Result<std::unique_ptr<re2::RE2>> compile_redaction(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto pattern = std::make_unique<re2::RE2>(text, options);
  if (!pattern->ok()) return fail(ErrorKind::Invalid, pattern->error());
  return pattern;
}

}  // namespace smartroute::config
