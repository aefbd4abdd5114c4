// What a provider answered, whole or as an error: bounded and valid text comes of any bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "tests/fuzz/fuzz_support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smartroute;
  using fuzz::require;
  const std::string_view body = fuzz::view_of(data, size);

  const openai::ProviderError error = openai::read_provider_error(body);
  for (const std::string* text : {&error.message, &error.code, &error.type}) {
    require(text->size() <= openai::kMaxProviderErrorText, "error text is bounded");
    require(openai::is_utf8(*text), "error text is UTF-8");
  }

  std::string stack;
  const openai::AnswerFacts facts = openai::inspect_answer(body);
  require(!facts.is_json_object || openai::is_json(body, stack), "an object is JSON");
  require(facts.is_json_object || (!facts.has_error && !facts.has_choices && !facts.has_content &&
                                   !facts.usage.any() && facts.text.empty()),
          "what is no object has no facts");
  require(facts.text.size() <= openai::kMaxAnswerText, "text is bounded");
  require(facts.text.empty() || facts.has_content, "text is content");
  require(!facts.has_content || facts.has_choices, "content is of a choice");
  if (openai::is_utf8(body)) require(openai::is_utf8(facts.text), "text of UTF-8 is UTF-8");

  // The walk of a beginning sees no more than that of the whole, and never calls it whole.
  const openai::AnswerWalk whole = openai::walk_answer(body, stack, nullptr, 0);
  const std::string front(body.substr(0, body.size() / 2));
  const openai::AnswerWalk half = openai::walk_answer(front, stack, nullptr, 0);
  if (whole.whole && half.whole)
    require(body.find_first_not_of(" \t\r\n", front.size()) == std::string_view::npos,
            "half an object is not whole");
  if (whole.whole) require(!half.content || whole.content, "the whole has what its half has");
  return 0;
}
