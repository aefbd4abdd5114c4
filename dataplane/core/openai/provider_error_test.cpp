#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {
namespace {

struct Row {
  const char* name;
  std::string body;
  const char *message, *code, *type;
};

TEST(ReadProviderError, KnowsEveryForm) {
  const Row rows[] = {
      {"OpenAI",
       R"({"error":{"message":"Too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
       "Too long", "context_length_exceeded", "invalid_request_error"},
      {"code null", R"({"error":{"message":"m","type":"t","param":null,"code":null}})", "m", "",
       "t"},
      {"code as a number", R"({"error":{"message":"m","code":429}})", "m", "429", ""},
      {"error as text", R"({"error":"no such model"})", "no such model", "", ""},
      {"error as text, code beside it",
       R"({"code":"The service is at capacity","error":"Overloaded"})", "Overloaded",
       "The service is at capacity", ""},
      {"status in words and a message",
       R"({"status":400,"error":"Bad Request","message":"model is required"})", "model is required",
       "", ""},
      {"message alone", R"({"message":"Unauthorized","request_id":"x"})", "Unauthorized", "", ""},
      {"vLLM",
       R"({"object":"error","message":"m","type":"BadRequestError","param":null,"code":400})", "m",
       "400", "BadRequestError"},
      {"Anthropic",
       R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"})",
       "Overloaded", "", "overloaded_error"},
      {"Google",
       R"({"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT","details":[{"message":"deep"}]}})",
       "bad", "400", "INVALID_ARGUMENT"},
      {"Google in an array",
       "[{\n  \"error\": {\n \"code\": 503, \"message\": \"busy\", \"status\": \"UNAVAILABLE\"\n "
       "}\n}\n]",
       "busy", "503", "UNAVAILABLE"},
      {"detail", R"({"detail":"Not Found"})", "Not Found", "", ""},
      {"detail as a list",
       R"({"detail":[{"loc":["body","model"],"msg":"field required","type":"value_error.missing"},{"msg":"other"}]})",
       "field required", "", "value_error.missing"},
      {"detail as an object", R"({"detail":{"message":"m","code":"c"}})", "m", "c", ""},
      {"errors",
       R"({"success":false,"errors":[{"code":7003,"message":"m"},{"code":1,"message":"n"}]})", "m",
       "7003", ""},
      {"errors as text", R"({"errors":["first","second"]})", "first", "", ""},
      {"error as a list", R"({"error":[{"message":"m"}]})", "m", "", ""},
      {"the nested one knows best", R"({"message":"outer","code":"o","error":{"message":"inner"}})",
       "inner", "o", ""},
      {"JSON in a message stays text", R"({"error":{"message":"{\"error\":{\"message\":\"x\"}}"}})",
       R"({"error":{"message":"x"}})", "", ""},
      {"escapes", R"({"error":{"message":"a\n\"b\" \u8bc1\ud83d\ude00"}})", "a\n\"b\" 证😀", "", ""},
      {"lone surrogate", R"({"error":{"message":"a\ud83d"}})", "a\xef\xbf\xbd", "", ""},
      {"invalid UTF-8",
       "{\"error\":{\"message\":\"a\xff"
       "b\",\"code\":\"c\"}}",
       "a?b", "c", ""},
      {"cut in the message", R"({"error":{"type":"t","message":"it was the )", "it was the ", "",
       "t"},
      {"cut in an escape", R"({"error":{"message":"a\u00)", "a", "", ""},
      {"cut in a number", R"({"error":{"message":"a","code":42)", "a", "42", ""},
      {"text behind", R"({"error":{"message":"a"}} and more)", "a", "", ""},
      {"message of another kind", R"({"error":{"message":{"x":1},"type":5,"code":true}})", "", "",
       "5"},
      {"error null", R"({"error":null,"message":"m"})", "m", "", ""},
      {"nothing", "{}", "", "", ""},
      {"empty array", "[]", "", "", ""},
      {"array of texts", R"(["error"])", "", "", ""},
      {"text", R"("error")", "", "", ""},
      {"HTML", "<html><title>502 Bad Gateway</title>", "", "", ""},
      {"empty", "", "", "", ""},
      {"blank", " \n", "", "", ""},
  };
  for (const Row& row : rows) {
    const ProviderError error = read_provider_error(row.body);
    EXPECT_EQ(error.message, row.message) << row.name;
    EXPECT_EQ(error.code, row.code) << row.name;
    EXPECT_EQ(error.type, row.type) << row.name;
  }
}

TEST(ReadProviderError, KeepsToItsBoundsAndBetweenCharacters) {
  std::string text;
  while (text.size() < 2 * kMaxProviderErrorText) text += "证";
  for (const char* front : {"", "x", "xy"}) {
    const std::string long_text = front + text;
    const ProviderError error =
        read_provider_error("{\"error\":{\"message\":\"" + long_text + "\",\"code\":\"" +
                            long_text + "\",\"type\":" + std::string(5'000, '1') + "}}");
    for (const std::string& field : {error.message, error.code}) {
      EXPECT_LE(field.size(), kMaxProviderErrorText);
      EXPECT_GT(field.size() + 3, kMaxProviderErrorText);
      EXPECT_TRUE(is_utf8(field));
      EXPECT_TRUE(long_text.starts_with(field));
    }
    EXPECT_EQ(error.type.size(), kMaxProviderErrorText);
  }
  EXPECT_EQ(read_provider_error("{\"errors\":" + std::string(10'000, '[')).message, "");
}

}  // namespace
}  // namespace smartroute::openai
