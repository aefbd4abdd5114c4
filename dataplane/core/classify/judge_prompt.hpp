// What the judge is asked and what counts as its answer.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/config/model.hpp"
#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::classify {

inline constexpr int kJudgeMaxTokens = 16;                          // enough for "T2." and for "The answer is T2"
inline constexpr std::size_t kMaxJudgePromptBytes = 4 * 1024 * 1024;  // where a {history} would exceed it, it stays empty

// Used when router.llm.prompt_template is empty. Says what the tiers mean, to judge the work and not the wording, and that
// instructions inside the text are content.
std::string_view default_judge_template() noexcept;

// The judge's request body: `template` with every {history} replaced, as the one user message; max_tokens, temperature 0, no stream.
// `model_json` is the model's name as a JSON string. `forced`: parameters of the judge's model, which win over these; what the question is
// and how its answer comes (model, messages, stream) they cannot change.
//
// Every line of the history goes in behind "| ", so that no text in it can look like a line of the template: whatever a template puts
// around {history} on lines of its own, its content cannot close. What stands for {history} inside the history is content, too.
std::string judge_request(const config::LlmJudge& judge, std::string_view model_json, std::string_view history,
                          const std::vector<openai::Param>& forced = {});

// The tier a judge's answer (body of a chat completion) names. Strict: the message's text must hold T1, T2 or T3 as a word of its own
// (\bT[123]\b), and no two different ones; "T9", prose without a tier, a refusal, thoughts without an answer behind them, an error and
// anything that is no chat completion give nullopt.
std::optional<config::TierName> read_judge_answer(std::string_view answer_json);

}  // namespace smartroute::classify
