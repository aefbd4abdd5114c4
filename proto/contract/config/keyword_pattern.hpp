// A keyword written /like this/ is an RE2 pattern. One place decides what compiles, so that what
// validate() accepts is what runs.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace re2 {
class RE2;
}

namespace smartroute::config {

constexpr std::int64_t kPatternMemory = 256 * 1024;  // bytes for one compiled pattern
constexpr std::size_t kMaxPatterns = 1'000;
constexpr std::size_t kMaxPatternInstructions = 200'000;  // of all patterns together
constexpr std::size_t kMaxKeywords = 10'000;
constexpr std::size_t kMaxKeywordBytes = 256;

// True for /…/ with something between the slashes.
bool is_pattern(std::string_view keyword) noexcept;

// Compiles the text between the slashes: UTF-8, letters in either case, kPatternMemory. Error:
// Invalid, with RE2's reason. Precondition: is_pattern(keyword).
Result<std::unique_ptr<re2::RE2>> compile_pattern(std::string_view keyword);

// A pattern of logs.redact: UTF-8, letters as written, kPatternMemory. Error: Invalid, with RE2's reason.
Result<std::unique_ptr<re2::RE2>> compile_redaction(const std::string& text);

}  // namespace smartroute::config
