#include "dataplane/core/classify/keyword_classifier.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "contract/config/keyword_pattern.hpp"
#include "dataplane/core/classify/fold.hpp"
#include "dataplane/core/classify/word_automaton.hpp"

namespace smartroute::classify {
namespace {

constexpr std::int64_t kSetMemory = 32 << 20;  // for the automaton of all patterns together

}  // namespace

// Ranks number the entries from the one that wins over all: t3 before t2 before t1, in a tier as
// written.
struct KeywordClassifier::Rules {
  struct Rule {
    std::string entry;
    config::TierName tier;
  };
  explicit Rules(const std::array<std::vector<std::string>, config::kTierCount>& tiers);

  std::deque<Rule> rules;  // by rank; a deque, so that views of entries stay valid while it grows
  std::vector<WordAutomaton::Word> words;
  std::deque<std::string> folded;
  std::unique_ptr<WordAutomaton> automaton;  // never null

  std::unique_ptr<RE2::Set> set;
  std::vector<std::unique_ptr<RE2>> patterns;  // by index in the set
  std::vector<std::uint32_t> pattern_ranks;    // ascending

  bool empty() const noexcept { return automaton->empty() && patterns.empty(); }
  std::optional<KeywordHit> best(std::string_view folded) const;

 private:
  void add(const std::string& entry, config::TierName tier);
  std::uint32_t best_pattern(std::string_view text, std::uint32_t below) const;
};

KeywordClassifier::Rules::Rules(const std::array<std::vector<std::string>, config::kTierCount>& tiers) {
  for (std::size_t tier = config::kTierCount; tier-- > 0;)
    for (const std::string& entry : tiers[tier]) add(entry, static_cast<config::TierName>(tier));
  automaton = std::make_unique<WordAutomaton>(words);
  if (set && !set->Compile()) set.reset();
}

void KeywordClassifier::Rules::add(const std::string& entry, config::TierName tier) {
  if (entry.empty()) return;
  const auto rank = static_cast<std::uint32_t>(rules.size());
  rules.push_back({entry, tier});
  if (!config::is_pattern(entry)) {
    std::string scratch;
    folded.emplace_back(fold_width(entry, scratch));
    words.push_back({folded.back(), rank});
    return;
  }
  auto compiled = config::compile_pattern(fold_pattern(entry));
  if (!compiled) return;
  if (!set) {
    RE2::Options options = (*compiled)->options();
    options.set_max_mem(kSetMemory);
    set = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
  }
  if (set->Add((*compiled)->pattern(), nullptr) < 0) return;
  patterns.push_back(std::move(*compiled));
  pattern_ranks.push_back(rank);
}

std::uint32_t KeywordClassifier::Rules::best_pattern(std::string_view text,
                                                         std::uint32_t below) const {
  if (patterns.empty() || pattern_ranks.front() >= below) return WordAutomaton::kNone;
  const re2::StringPiece piece(text.data(), text.size());
  if (set) {
    std::vector<int> hits;
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    if (set->Match(piece, &hits, &error)) {
      const std::uint32_t rank =
          pattern_ranks[static_cast<std::size_t>(*std::min_element(hits.begin(), hits.end()))];
      return rank < below ? rank : WordAutomaton::kNone;
    }
    if (error.kind == RE2::Set::kNoError) return WordAutomaton::kNone;
  }
  // The set ran out of memory: one by one, so that the answer never depends on how much there was.
  for (std::size_t i = 0; i < patterns.size() && pattern_ranks[i] < below; ++i)
    if (RE2::PartialMatch(piece, *patterns[i])) return pattern_ranks[i];
  return WordAutomaton::kNone;
}

std::optional<KeywordHit> KeywordClassifier::Rules::best(std::string_view folded) const {
  std::uint32_t rank = automaton->best(folded, WordAutomaton::kNone);
  if (const std::uint32_t pattern = best_pattern(folded, rank); pattern != WordAutomaton::kNone)
    rank = pattern;
  if (rank == WordAutomaton::kNone) return std::nullopt;
  return KeywordHit{rules[rank].tier, rules[rank].entry};
}

KeywordClassifier::KeywordClassifier(const config::Keywords& keywords)
    : deciding_(std::make_unique<Rules>(keywords.tiers)),
      minimum_(std::make_unique<Rules>(keywords.at_least)) {}

KeywordClassifier::~KeywordClassifier() = default;
KeywordClassifier::KeywordClassifier(KeywordClassifier&&) noexcept = default;
KeywordClassifier& KeywordClassifier::operator=(KeywordClassifier&&) noexcept = default;

bool KeywordClassifier::empty() const noexcept { return deciding_->empty() && minimum_->empty(); }

KeywordOpinion KeywordClassifier::classify(std::string_view text, std::string& scratch) const {
  KeywordOpinion opinion;
  if (empty()) return opinion;
  const std::string_view folded = fold_width(text, scratch);
  opinion.decides = deciding_->best(folded);
  if (!minimum_->empty()) opinion.at_least = minimum_->best(folded);
  return opinion;
}

}  // namespace smartroute::classify
