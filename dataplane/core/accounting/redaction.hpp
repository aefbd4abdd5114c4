// Takes keys, and what the configuration names by patterns, out of texts before they leave the data plane.
//
// Keys go always (key_scanner.hpp): well-known shapes, the secrets given here, and what a client's JSON names api_key, api_base or base_url. Patterns are RE2, and see texts as their readers do: a string of JSON
// without its escapes. What they match becomes [redacted]; JSON stays valid, for only insides of strings are replaced, and names of members never.
//
// Immutable; any thread.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/key_scanner.hpp"

namespace smartroute::accounting {

inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  static constexpr std::size_t kMaxPatterns = 64;
  // A text (or a string of JSON) in which a pattern matches more often loses all that follows.
  static constexpr std::size_t kMaxMatches = 1'000;

  // Of so many secrets, the first ones, base64 and the escapes of URLs are looked for as well (secret_spellings.hpp); of the others those of JSON.
  static constexpr std::size_t kMaxSpelled = 64;

  // Well-known shapes only.
  Redactor();
  // `secrets` below KeyScanner::kMinSecretBytes are ignored. Patterns that do not compile and those beyond kMaxPatterns are ignored, too: validate()
  // refuses them where they are written.
  Redactor(const std::vector<std::string_view>& secrets, const std::vector<std::string>& patterns);
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  enum class Scope : std::uint8_t {
    Keys,              // names, labels, numbers
    KeysAndPatterns,   // what people and models wrote
  };
  struct Clean {
    std::string_view text;        // as it came, or in `room`
    std::size_t taken_out = 0;    // places
  };
  // Json that does not begin with a brace or a bracket is taken for Plain.
  Clean clean(std::string_view text, TextKind kind, Scope scope, TextCuts cuts, std::string& room) const;

  bool has_patterns() const noexcept;

 private:
  struct Patterns;
  KeyScanner keys_;
  std::unique_ptr<const Patterns> patterns_;   // null: none
};

}  // namespace smartroute::accounting
