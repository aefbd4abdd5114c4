// From a parsed request to what the router judges: the latest human ask without what an agent's harness put around it, the beginning
// of the system prompt, the last turns for a judge, and which conversation it is.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/classify/subject.hpp"
#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::classify {

inline constexpr std::size_t kMaxAskBytes = 256 * 1024;  // of a user message that are looked at at all
inline constexpr std::size_t kMaxSystemBytes = 512;

// Reusable memory; one a request in flight. Subject's views point into it.
struct AskMemory {
  std::string ask;
  std::string system;
};

// The latest user message that has something left when harness blocks are taken out; when none has, the latest one as it is. Cut to
// its ends (ask_ends.hpp). Never fails: no user message gives an empty ask.
Subject read_subject(std::string_view body, const openai::ChatRequest& chat, AskMemory& memory);

// The last `turns` human asks, oldest first, each stripped and cut to `max_turn_bytes` (both ends alike), for the judge's {history}.
void append_history(std::string_view body, const openai::ChatRequest& chat, int turns, std::size_t max_turn_bytes, std::string& out);

// Rough count of the prompt's tokens, from the bytes of all content: 1 for about 4 bytes of Latin text, 1 for a CJK character, 800 for
// an image, nothing for other media. Never exact; within a factor of 2 for ordinary text.
std::uint64_t estimate_tokens(std::string_view body, const openai::ChatRequest& chat);

struct Conversation {
  std::uint64_t id = 0;  // 0: nothing to tell it by
  bool named = false;    // by the caller, not by how it began
  std::uint32_t opening = 1;  // user messages at its beginning, up to the first in which a person says something
};

// Which conversation: the first of x-session-id, x-conversation-id and the body's `user` that is not empty, else the hash of the first
// system and user messages; those that hold only what a harness says to everyone count together with the ask behind them. `owner`
// (hash of the caller's key) keeps callers apart.
Conversation conversation_of(std::string_view body, const openai::ChatRequest& chat, std::string_view session_id, std::string_view conversation_id,
                             std::string_view owner);

// Whether what is known about the conversation counts for this request: always for a named one; one that is known by how it began must have
// begun before, or every repetition of a first message would be bound by an old decision.
inline bool continues(const Conversation& conversation, const Subject& subject) noexcept {
  return conversation.named || subject.human_turns > conversation.opening || subject.answers_tool;
}

}  // namespace smartroute::classify
