// The few things of a chat request that decide its answer.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::mock_provider {

struct ChatRequest {
  std::string model;
  bool stream = false;
  bool include_usage = false;
  std::string user_text;  // text of the last user message
  std::string last_role;
  std::string tools;        // JSON text, empty when absent
  std::string tool_choice;  // JSON text, empty when absent
  std::string directive;    // the JSON inside [[mock: ... ]] of user_text, empty when absent
  std::size_t body_bytes = 0;
};

// Keeps its buffers; one for each thread.
class ChatParser {
 public:
  ChatParser();
  ~ChatParser();
  // `padding` readable bytes must follow the body. False: not a chat request; `problem()` says why.
  bool parse(std::string_view body, std::size_t padding, ChatRequest& request);
  const std::string& problem() const noexcept { return problem_; }

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
  std::string problem_;
};

}  // namespace smartroute::mock_provider
