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
  std::string_view rule;  // the configured entry that fired; lives as long as the classifier
};

// What the rules say about one text. Both empty: they abstain.
struct KeywordOpinion {
  std::optional<KeywordHit> decides;   // of t1, t2, t3
  std::optional<KeywordHit> at_least;  // of at_least_t2, at_least_t3: a minimum, no decision
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

  // Of the rules that name a tier, and apart from them of those that name a minimum: the highest tier with a hit wins, in a tier the
  // entry written first. ASCII words match at word boundaries ("prove" does not fire in "improved"), Chinese ones anywhere. `scratch` is
  // reused memory.
  KeywordOpinion classify(std::string_view text, std::string& scratch) const;

 private:
  struct Rules;
  std::unique_ptr<Rules> deciding_, minimum_;
};

}  // namespace smartroute::classify
