// Decides whether a request is answered by calling one of its tools, and with what.
#pragma once
#include <optional>
#include <string>

#include "tools/mock_provider/chat_request.hpp"

namespace smartroute::mock_provider {

struct ToolCall {
  std::string name;
  std::string
      arguments;  // JSON text: every property of the tool's schema with a sample value of its type
};

// A tool is called when `tool_choice` asks for one, or is absent or "auto" and the last user text
// names one (or says "tool"). Never as the answer to a tool's result.
std::optional<ToolCall> choose_tool(const ChatRequest& request);

}  // namespace smartroute::mock_provider
