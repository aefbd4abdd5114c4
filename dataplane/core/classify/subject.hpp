// What the router judges: the ask and the facts around it. Views of the caller's memory; pure values.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute::classify {

struct Subject {
  std::string_view ask;     // latest human ask, UTF-8, harness blocks stripped, a long one cut to its ends
  std::string_view system;  // beginning of the system prompt: weak context, never the ask
  std::uint32_t tools = 0;  // offered by the caller
  std::uint32_t images = 0;
  std::uint32_t human_turns = 1;  // of the conversation, the latest included
  bool answers_tool = false;      // the last message is a tool's result
};

}  // namespace smartroute::classify
