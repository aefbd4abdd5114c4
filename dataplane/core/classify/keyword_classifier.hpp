// Decides a tier by configured words and patterns. One pass of one automaton finds every word;
// patterns run as one RE2 set. Text is folded first: ASCII and full-width letters to lower case
// half-width, so "ＰＲＯＶＥ" and "prove" are one word.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "contract/config/model.hpp"

namespace smartroute::classify {

struct KeywordHit {
  config::TierName tier;
  std::string_view rule;  // the configured entry that decided; lives as long as the classifier
};

// Immutable after construction; safe from any thread (classify() uses only the caller's scratch).
class KeywordClassifier {
 public:
  // Patterns (/.../) that do not compile were refused by validate(); here they are skipped.
  explicit KeywordClassifier(const config::Keywords& keywords);
  ~KeywordClassifier();
  KeywordClassifier(KeywordClassifier&&) noexcept;
  KeywordClassifier& operator=(KeywordClassifier&&) noexcept;

  bool empty() const noexcept;  // nothing can ever fire

  // Highest tier with a hit wins; in a tier the entry written first. nullopt: nothing fired. ASCII
  // words match at word boundaries
  // ("prove" does not fire in "improved"), Chinese ones anywhere. `scratch` is reused memory.
  std::optional<KeywordHit> classify(std::string_view text, std::string& scratch) const;

 private:
  struct Automaton;
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace smartroute::classify
