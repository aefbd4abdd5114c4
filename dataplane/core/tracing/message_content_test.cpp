#include "dataplane/core/tracing/message_content.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace smartroute::tracing {
namespace {

using nlohmann::json;

TEST(InputMessages, HaveTheFormOfTheConventions) {
  struct Row {
    const char* name;
    const char* message;
    const char* wanted;
  };
  const Row rows[] = {
      {"a text", R"({"role":"user","content":"hi \"you\" é"})", R"({"role":"user","parts":[{"type":"text","content":"hi \"you\" é"}]})"},
      {"parts", R"({"role":"user","content":[{"type":"text","text":"what is"},{"type":"image_url","image_url":{"url":"data:..."}}]})",
       R"({"role":"user","parts":[{"type":"text","content":"what is"},{"type":"image_url"}]})"},
      {"tool calls",
       R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})",
       R"({"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":"{\"a\":1}"}]})"},
      {"a tool's result", R"({"role":"tool","tool_call_id":"c1","content":"42"})",
       R"({"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"42"}]})"},
      {"reasoning and a refusal", R"({"role":"assistant","reasoning_content":"hm","refusal":"no"})",
       R"({"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"no"}]})"},
      {"an escaped key", R"({"r\u006fle":"user","content":"x"})", R"({"role":"user","parts":[{"type":"text","content":"x"}]})"},
      {"nothing", R"({"role":"assistant"})", R"({"role":"assistant","parts":[]})"},
      {"no object", R"(7)", R"({"role":"assistant","parts":[]})"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto text = input_messages(std::string(R"({"model":"m","messages":[)") + row.message + "," + row.message + "]}");
    EXPECT_EQ(json::parse(text), json::array({json::parse(row.wanted), json::parse(row.wanted)})) << text;
  }
}

TEST(InputMessages, OfWhatIsNoWholeRequestAreNone) {
  for (const char* body : {"", "{", R"({"messages":[{"role":"user","content":"cut)", R"({"messages":"none"})", R"({"messages":[]})", "[]", "null",
                           R"({"model":"m"})", "{\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}"})
    EXPECT_EQ(input_messages(body), "") << body;
}

TEST(OutputMessages, HaveTheFormOfTheConventions) {
  const auto text = output_messages(
      R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"},{"message":{"content":"b"},"finish_reason":null}],"usage":{}})");
  EXPECT_EQ(json::parse(text), json::parse(R"([{"role":"assistant","parts":[{"type":"text","content":"a"}],"finish_reason":"stop"},
                                                {"role":"assistant","parts":[{"type":"text","content":"b"}]}])"));
  EXPECT_EQ(output_messages(R"({"error":{"message":"no"}})"), "");
}

}  // namespace
}  // namespace smartroute::tracing
