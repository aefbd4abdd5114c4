// The judge's answers, and the prompts it is asked with: an answer names a tier only where a plain reading of its text does, and no
// history leaves its quotes.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/core/classify/judge_prompt.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;

// \bT[123]\b by splitting into words; exactly one.
std::optional<config::TierName> plain_reading(std::string_view text) {
  constexpr std::string_view kWord = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  std::optional<config::TierName> found;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_of(kWord);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_not_of(kWord));
    text.remove_prefix(word.size());
    if (word != "T1" && word != "T2" && word != "T3") continue;
    const auto tier = static_cast<config::TierName>(word[1] - '1');
    if (found && *found != tier) return std::nullopt;
    found = tier;
  }
  return found;
}

// The one message of a request, which has to be valid JSON.
std::string message_of(std::string_view request) {
  std::string stack, out;
  openai::ParseLimits limits;
  openai::JsonScanner scan(request, limits, stack);
  openai::JsonString key, content;
  openai::Span skipped;
  require(scan.open_object(), "a request is an object");
  while (scan.next_member(key)) {
    if (openai::inside(request, key.span) != "messages") {
      require(scan.skip(skipped), "its members are JSON");
      continue;
    }
    require(scan.open_array() && scan.next_element() && scan.open_object(), "messages are objects");
    require(scan.next_member(key) && scan.skip(skipped) && scan.next_member(key) && scan.string(content), "role and content");
    require(!scan.next_member(key) && !scan.next_element(), "and nothing else");
  }
  require(scan.finish(), "a request is whole");
  openai::append_unescaped(openai::inside(request, content.span), std::numeric_limits<std::size_t>::max(), out);
  return out;
}

// Lines of a prompt that are not quoted.
std::string outside_of(std::string_view prompt) {
  std::string out;
  while (!prompt.empty()) {
    const std::size_t end = prompt.find('\n');
    const std::string_view line = prompt.substr(0, end);
    if (!line.starts_with("| ")) {
      out += line;
      out += '\n';
    }
    if (end == std::string_view::npos) break;
    prompt.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const auto tier = classify::read_judge_answer(bytes);
  require(tier == classify::read_judge_answer(std::string(bytes)), "the same answer has the same meaning");
  require(!tier || bytes.find("content") != std::string_view::npos, "a tier comes from a content");

  // As the text of a good answer. Thoughts are cut out before reading; the plain reading knows nothing of them.
  if (bytes.find("think>") == std::string_view::npos) {
    const std::string answer = "{\"choices\":[{\"message\":{\"content\":" + openai::json_quote(bytes) + "}}]}";
    require(classify::read_judge_answer(answer) == plain_reading(bytes), "a text means what it says");
  }

  // As what a caller wrote.
  config::LlmJudge judge;
  const std::string prompt = message_of(classify::judge_request(judge, "\"m\"", bytes));
  require(prompt.size() <= classify::kMaxJudgePromptBytes + classify::default_judge_template().size(), "prompts are bounded");
  static const std::string kFrame = outside_of(message_of(classify::judge_request(judge, "\"m\"", "")));
  require(outside_of(prompt) == kFrame, "no history leaves its quotes");
  return 0;
}
