#include "tools/mock_provider/tool_call.hpp"

#include <nlohmann/json.hpp>

namespace smartroute::mock_provider {
namespace {

using Json = nlohmann::ordered_json;

Json sample(const std::string& name, const Json& schema) {
  if (!schema.is_object()) return "mock " + name;
  const Json choices = schema.value("enum", Json::array());
  if (choices.is_array() && !choices.empty()) return choices[0];
  const Json type = schema.value("type", Json("string"));
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return Json::array();
  if (type == "object") return Json::object();
  return "mock " + name;
}

std::string name_of_tool(const Json& tool) {
  const auto function = tool.is_object() ? tool.find("function") : tool.end();
  if (!tool.is_object() || function == tool.end() || !function->is_object()) return {};
  return function->value("name", std::string());
}

ToolCall call(const Json& tool) {
  Json arguments = Json::object();
  const Json properties =
      tool["function"].value(Json::json_pointer("/parameters/properties"), Json::object());
  for (const auto& [name, schema] : properties.items()) arguments[name] = sample(name, schema);
  return {name_of_tool(tool), arguments.dump()};
}

}  // namespace

std::optional<ToolCall> choose_tool(const ChatRequest& request) {
  if (request.tools.empty() || request.last_role == "tool") return std::nullopt;
  const Json tools = Json::parse(request.tools, nullptr, false);
  const Json choice =
      Json::parse(request.tool_choice.empty() ? "\"auto\"" : request.tool_choice, nullptr, false);
  if (!tools.is_array() || tools.empty() || name_of_tool(tools[0]).empty() || choice == "none")
    return std::nullopt;
  const std::string wanted = name_of_tool(choice);
  for (const Json& tool : tools) {
    const std::string name = name_of_tool(tool);
    if (name.empty()) continue;
    if (!wanted.empty() ? name == wanted : request.user_text.find(name) != std::string::npos)
      return call(tool);
  }
  if (choice == "required" ||
      (wanted.empty() && request.user_text.find("tool") != std::string::npos))
    return call(tools[0]);
  return std::nullopt;
}

}  // namespace smartroute::mock_provider
