#include "tools/mock_provider/chat_request.hpp"

#include <simdjson.h>

namespace smartroute::mock_provider {
namespace {

namespace od = simdjson::ondemand;

constexpr std::string_view kDirectiveOpen = "[[mock:";
constexpr std::string_view kDirectiveClose = "]]";

bool is_true(od::value value) {
  bool flag = false;
  return value.get_bool().get(flag) == simdjson::SUCCESS && flag;
}

std::string raw_text(od::value value) {
  std::string_view raw;
  if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) return {};
  while (!raw.empty() &&
         (raw.back() == ' ' || raw.back() == '\n' || raw.back() == '\r' || raw.back() == '\t')) {
    raw.remove_suffix(1);
  }
  return raw == "null" ? std::string() : std::string(raw);
}

// Content is a string, or parts of which the text ones count.
void read_content(od::value value, std::string& text) {
  text.clear();
  od::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return;
  if (type == od::json_type::string) {
    std::string_view view;
    if (value.get_string().get(view) == simdjson::SUCCESS) text.assign(view);
    return;
  }
  od::array parts;
  if (type != od::json_type::array || value.get_array().get(parts) != simdjson::SUCCESS) return;
  for (auto part : parts) {
    std::string_view view;
    od::object object;
    if (part.get_object().get(object) != simdjson::SUCCESS) continue;
    if (object["text"].get_string().get(view) == simdjson::SUCCESS) text.append(view);
  }
}

void read_messages(od::value value, ChatRequest& request) {
  std::string text;
  od::array messages;
  if (value.get_array().get(messages) != simdjson::SUCCESS) return;
  for (auto message : messages) {
    od::object object;
    if (message.get_object().get(object) != simdjson::SUCCESS) continue;
    text.clear();
    request.last_role.clear();
    for (auto field : object) {
      std::string_view key;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
      if (key == "role") {
        std::string_view role;
        if (field.value().get_string().get(role) == simdjson::SUCCESS)
          request.last_role.assign(role);
      } else if (key == "content") {
        od::value content;
        if (field.value().get(content) == simdjson::SUCCESS) read_content(content, text);
      }
    }
    if (request.last_role == "user") request.user_text.swap(text);
  }
}

void read_field(std::string_view key, od::value value, ChatRequest& request) {
  if (key == "model") {
    std::string_view model;
    if (value.get_string().get(model) == simdjson::SUCCESS) request.model.assign(model);
  } else if (key == "stream") {
    request.stream = is_true(value);
  } else if (key == "stream_options") {
    od::object options;
    bool include = false;
    if (value.get_object().get(options) == simdjson::SUCCESS &&
        options["include_usage"].get_bool().get(include) == simdjson::SUCCESS) {
      request.include_usage = include;
    }
  } else if (key == "messages") {
    read_messages(value, request);
  } else if (key == "tools") {
    request.tools = raw_text(value);
  } else if (key == "tool_choice") {
    request.tool_choice = raw_text(value);
  }
}

void find_directive(ChatRequest& request) {
  const std::size_t open = request.user_text.rfind(kDirectiveOpen);
  if (open == std::string::npos) return;
  const std::size_t begin = open + kDirectiveOpen.size();
  // The JSON itself may hold "]]"; the directive ends at the last one.
  const std::size_t close = request.user_text.rfind(kDirectiveClose);
  if (close == std::string::npos || close < begin) return;
  request.directive = request.user_text.substr(begin, close - begin);
}

}  // namespace

struct ChatParser::Buffers {
  od::parser parser;
};

ChatParser::ChatParser() : buffers_(std::make_unique<Buffers>()) {}
ChatParser::~ChatParser() = default;

bool ChatParser::parse(std::string_view body, std::size_t padding, ChatRequest& request) {
  request = {};
  request.body_bytes = body.size();
  const simdjson::padded_string_view padded(body.data(), body.size(), body.size() + padding);
  od::document document;
  od::object object;
  auto error = buffers_->parser.iterate(padded).get(document);
  if (!error) error = document.get_object().get(object);
  if (!error) {
    for (auto field : object) {
      std::string_view key;
      od::value value;
      error = field.unescaped_key().get(key);
      if (!error) error = field.value().get(value);
      if (error) break;
      read_field(key, value, request);
    }
  }
  if (error) {
    problem_ = std::string("We could not parse the JSON body of your request: ") +
               simdjson::error_message(error);
    return false;
  }
  if (request.model.empty()) {
    problem_ = "you must provide a model parameter";
    return false;
  }
  find_directive(request);
  return true;
}

}  // namespace smartroute::mock_provider
