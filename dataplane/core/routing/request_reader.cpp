#include "dataplane/core/routing/request_reader.hpp"

#include <utility>

namespace smartroute::routing {
namespace {

constexpr std::string_view kModelMember = "\"model\":\"auto\"";

// `json` with the model auto as its first member; nothing when it is no object.
std::string with_auto(std::string_view json) {
  const std::size_t brace = json.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos || json[brace] != '{') return {};
  const std::size_t next = json.find_first_not_of(" \t\r\n", brace + 1);
  const bool alone = next != std::string_view::npos && json[next] == '}';
  std::string out(json.substr(0, brace + 1));
  out += kModelMember;
  if (!alone) out += ',';
  out += json.substr(brace + 1);
  return out;
}

}  // namespace

Result<openai::ChatRequest> RequestReader::parse(const openai::ParseLimits& limits) {
  size_ = padded_.size();
  padded_.append(openai::ChatParser::kPadding, '\0');
  return parser_.parse(std::string_view(padded_).substr(0, size_), limits);
}

Result<ReadRequest> RequestReader::read(std::string_view json, const openai::ParseLimits& limits) {
  padded_.assign(json);
  auto chat = parse(limits);
  if (!chat && chat.error().param() == "model") {
    padded_ = with_auto(json);
    // Still about the model: then there is one, and the first complaint was about that.
    if (auto again = parse(limits); again || (size_ > 0 && again.error().param() != "model")) chat = std::move(again);
  }
  return finish(std::move(chat));
}

Result<ReadRequest> RequestReader::read_prompt(std::string_view json_string) {
  padded_.assign("{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":");
  padded_.append(json_string);
  padded_.append("}]}");
  return finish(parse({}));
}

Result<ReadRequest> RequestReader::finish(Result<openai::ChatRequest> chat) {
  if (!chat) return tl::unexpected<Error>(std::move(chat.error()));
  ReadRequest request;
  request.body = std::string_view(padded_).substr(0, size_);
  request.chat = std::move(*chat);
  request.prompt_tokens = classify::estimate_tokens(request.body, request.chat);
  request.subject = classify::read_subject(request.body, request.chat, memory_);
  request.conversation = classify::conversation_of(request.body, request.chat, {}, {}, {});
  return request;
}

}  // namespace smartroute::routing
