#include <re2/re2.h>

#include "contract/config/keyword_pattern.hpp"
#include "contract/config/rules.hpp"

namespace smartroute::config {
namespace {

constexpr std::size_t kMaxPromptBytes = 64 * 1024;

// Patterns cost time to compile, so they share a budget of number and size.
class KeywordRules {
 public:
  explicit KeywordRules(Rules& rules) : rules_(rules) {}

  void check_tier(const std::string& path, const std::vector<std::string>& keywords) {
    for (std::size_t i = 0; i < keywords.size(); ++i) check(item_path(path, i), keywords[i]);
  }

 private:
  void check(const std::string& path, const std::string& keyword) {
    auto& report = rules_.report;
    if (keyword.find_first_not_of(" \t\r\n") == std::string::npos)
      return report.error(path, "is empty and would match everything");
    if (keyword.size() > kMaxKeywordBytes) return report.error(path, "is longer than 256 bytes");
    if (const auto [it, fresh] = seen_.emplace(keyword, path); !fresh)
      report.warn(path, shown(keyword) + " also stands at " + it->second);
    if (is_pattern(keyword)) check_pattern(path, keyword);
  }

  void check_pattern(const std::string& path, const std::string& keyword) {
    auto& report = rules_.report;
    if (++patterns_ > kMaxPatterns) {
      if (patterns_ == kMaxPatterns + 1)
        report.error(path, "is one pattern more than the 1,000 that are allowed");
      return;
    }
    if (instructions_ > kMaxPatternInstructions) return;
    const auto pattern = compile_pattern(keyword);
    if (!pattern)
      return report.error(path, shown(keyword) + " is no pattern: " + pattern.error().text());
    instructions_ += static_cast<std::size_t>((*pattern)->ProgramSize());
    if (instructions_ > kMaxPatternInstructions)
      report.error(path, "makes the patterns together too large");
    std::string none;
    if (re2::RE2::PartialMatch(none, **pattern))
      report.error(path, shown(keyword) + " matches empty text, so it would match everything");
  }

  Rules& rules_;
  std::unordered_map<std::string, std::string> seen_;
  std::size_t patterns_ = 0;
  std::size_t instructions_ = 0;
};

std::size_t count_keywords(const Keywords& keywords) {
  std::size_t count = 0;
  for (const auto& tier : keywords.tiers) count += tier.size();
  for (const auto& tier : keywords.at_least) count += tier.size();
  return count;
}

void check_mode(Rules& rules) {
  const auto& router = rules.config.router;
  const std::string rest =
      "everything else goes to default_tier " + std::string(name_of(router.default_tier));
  switch (router.mode) {
    case RouterMode::Random:
      return;
    case RouterMode::Keyword:
      if (count_keywords(router.keywords) == 0)
        rules.report.warn("router.mode", "is 'keyword' without any keyword: " + rest);
      return;
    case RouterMode::Embedded:
    case RouterMode::Cascade:
      return;
    case RouterMode::Llm:
      break;
  }
  if (!router.llm || (router.llm->model.empty() && router.llm->base_url.empty()))
    rules.report.error("router.llm", "must name a model or a base_url when the mode is 'llm'");
}

void check_judge(Rules& rules, const LlmJudge& judge) {
  const std::string path = "router.llm";
  // A judge with an address of its own is asked for whatever name its server knows.
  if (!judge.model.empty() && judge.base_url.empty())
    rules.check_model_name(path + ".model", judge.model.str());
  if (judge.prompt_template.size() > kMaxPromptBytes)
    rules.report.error(path + ".prompt_template", "is larger than 64 KiB");
  if (!judge.prompt_template.empty() &&
      judge.prompt_template.find("{history}") == std::string::npos)
    rules.report.error(path + ".prompt_template",
                       "does not say where the conversation goes: it must hold {history}");
  rules.check_range(path + ".timeout", judge.timeout, Millis(10), Millis(60'000));
  rules.check_range(path + ".history_turns", std::int64_t{judge.history_turns}, 1, 32);
  if (!judge.base_url.empty()) rules.check_base_url(path + ".base_url", judge.base_url);
  rules.check_api_key(path + ".api_key", judge.api_key.reveal());
  if (!judge.api_key.empty() && judge.base_url.empty())
    rules.report.warn(path + ".api_key", "is not used: without a base_url the judge's provider has its own");
  rules.check_range(path + ".max_turn_bytes", std::int64_t{judge.max_turn_bytes}, 16, 64 * 1024);
  rules.check_range(path + ".cache_entries", std::int64_t{judge.cache_entries}, 0, 1'000'000);
  rules.check_range(path + ".cache_ttl", judge.cache_ttl, Millis(0), kDay);
  rules.check_range(path + ".breaker_failures", std::int64_t{judge.breaker_failures}, 1, 1'000);
  rules.check_range(path + ".breaker_open", judge.breaker_open, Millis(100), Millis(3'600'000));
}

}  // namespace

void check_router(Rules& rules) {
  const auto& router = rules.config.router;
  check_mode(rules);
  if (count_keywords(router.keywords) > kMaxKeywords) {
    rules.report.error("router.keywords", "has more than 10,000 entries");
  } else {
    KeywordRules keywords(rules);
    for (std::size_t i = 0; i < kTierCount; ++i)
      keywords.check_tier(field_path("router.keywords", name_of(static_cast<TierName>(i))),
                          router.keywords.tiers[i]);
    keywords.check_tier("router.keywords.at_least_t2", router.keywords.at_least[1]);
    keywords.check_tier("router.keywords.at_least_t3", router.keywords.at_least[2]);
  }
  if (router.llm) check_judge(rules, *router.llm);
  rules.check_range("router.min_confidence", router.min_confidence, 0.0, 1.0);
  rules.check_range("router.session_ttl", router.session_ttl, Millis(0), 30 * kDay);
  rules.check_range("router.long_context_tokens", router.long_context_tokens, 0, 100'000'000);
}

}  // namespace smartroute::config
