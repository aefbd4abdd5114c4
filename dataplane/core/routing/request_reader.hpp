// A chat completion's JSON text, read as the proxy reads one, for previews. The only liberty: a missing "model" is "auto".
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::routing {

// Valid until its reader reads again.
struct ReadRequest {
  std::string_view body;
  openai::ChatRequest chat;
  classify::Subject subject;
  classify::Conversation conversation;  // without headers and key: told by `user` or by how it began
  std::uint64_t prompt_tokens = 0;
};

// Reusable memory. One thread.
class RequestReader {
 public:
  // `json` needs no padding. Errors: InvalidRequest, as the proxy's answer would say it.
  Result<ReadRequest> read(std::string_view json, const openai::ParseLimits& limits = {});
  // The same for a bare prompt: the one user message of a request. `json_string` has quotes and escapes.
  Result<ReadRequest> read_prompt(std::string_view json_string);

 private:
  Result<openai::ChatRequest> parse(const openai::ParseLimits& limits);
  Result<ReadRequest> finish(Result<openai::ChatRequest> chat);

  openai::ChatParser parser_;
  std::string padded_;     // the body and kPadding bytes behind it
  std::size_t size_ = 0;   // of the body
  classify::AskMemory memory_;
};

}  // namespace smartroute::routing
