#include "dataplane/core/classify/keyword_classifier.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
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
struct KeywordClassifier::Automaton {
  struct Rule {
    std::string entry;
    config::TierName tier;
  };
  std::deque<Rule> rules;  // by rank; a deque, so that views of entries stay valid while it grows
  std::vector<WordAutomaton::Word> words;
  std::deque<std::string> folded;
  std::unique_ptr<WordAutomaton> automaton;

  std::unique_ptr<RE2::Set> set;
  std::vector<std::unique_ptr<RE2>> patterns;  // by index in the set
  std::vector<std::uint32_t> pattern_ranks;    // ascending

  void add(const std::string& entry, config::TierName tier);
  std::uint32_t best_pattern(std::string_view text, std::uint32_t below) const;
};

void KeywordClassifier::Automaton::add(const std::string& entry, config::TierName tier) {
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

std::uint32_t KeywordClassifier::Automaton::best_pattern(std::string_view text,
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

KeywordClassifier::KeywordClassifier(const config::Keywords& keywords)
    : automaton_(std::make_unique<Automaton>()) {
  for (std::size_t tier = config::kTierCount; tier-- > 0;)
    for (const std::string& entry : keywords.tiers[tier])
      automaton_->add(entry, static_cast<config::TierName>(tier));
  automaton_->automaton = std::make_unique<WordAutomaton>(automaton_->words);
  if (automaton_->set && !automaton_->set->Compile()) automaton_->set.reset();
}

KeywordClassifier::~KeywordClassifier() = default;
KeywordClassifier::KeywordClassifier(KeywordClassifier&&) noexcept = default;
KeywordClassifier& KeywordClassifier::operator=(KeywordClassifier&&) noexcept = default;

bool KeywordClassifier::empty() const noexcept {
  return automaton_->automaton->empty() && automaton_->patterns.empty();
}

std::optional<KeywordHit> KeywordClassifier::classify(std::string_view text,
                                                      std::string& scratch) const {
  if (empty()) return std::nullopt;
  const std::string_view folded = fold_width(text, scratch);
  std::uint32_t rank = automaton_->automaton->best(folded, WordAutomaton::kNone);
  if (const std::uint32_t pattern = automaton_->best_pattern(folded, rank);
      pattern != WordAutomaton::kNone)
    rank = pattern;
  if (rank == WordAutomaton::kNone) return std::nullopt;
  const Automaton::Rule& rule = automaton_->rules[rank];
  return KeywordHit{rule.tier, rule.entry};
}

}  // namespace smartroute::classify
