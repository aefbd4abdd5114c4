#include <utility>

#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::openai {

AnswerFacts inspect_answer(std::string_view body) {
  std::string stack, text;
  const AnswerWalk found = walk_answer(body, stack, &text, kMaxAnswerText);
  AnswerFacts facts;
  if (!found.whole) return facts;
  facts.is_json_object = true;
  facts.has_error = found.error;
  facts.has_choices = found.choices;
  facts.has_content = found.content;
  facts.cut_short = found.cut_short;
  facts.usage = found.usage;
  facts.finish = found.finish;
  facts.model = found.model;
  facts.text = std::move(text);
  return facts;
}

}  // namespace smartroute::openai
