// Chat messages in the form that gen_ai.input.messages and gen_ai.output.messages have: [{"role", "parts": [...], "finish_reason"?}]. Texts, tool
// calls and their results, reasoning and refusals; of other parts (images, audio, files) the type only. Pure.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::tracing {

// Of a chat request's body. Empty: the text is not one, or was cut.
std::string input_messages(std::string_view request_body);
// Of a chat.completion. Empty likewise, and where it has no choices.
std::string output_messages(std::string_view chat_completion);

}  // namespace smartroute::tracing
