#include <gtest/gtest.h>

#include <utility>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {
namespace {

// A body with hostile bytes where the padding is: they must never count.
struct Body {
  explicit Body(std::string_view text) : bytes(text), size(text.size()) {
    bytes.append(ChatParser::kPadding, '"');
  }
  std::string_view view() const { return std::string_view(bytes).substr(0, size); }
  std::string_view at(Span span) const { return view().substr(span.begin, span.end - span.begin); }
  std::string bytes;
  std::size_t size;
};

Result<ChatRequest> parse(const Body& body, const ParseLimits& limits = {}) {
  ChatParser parser;
  return parser.parse(body.view(), limits);
}

std::string with(std::string_view fields) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + std::string(fields) + "}";
}

std::string with_messages(std::string_view messages) {
  return R"({"model":"m","messages":)" + std::string(messages) + "}";
}

TEST(ChatParser, FindsEveryFieldAsASpan) {
  const Body body(
      " {\"model\" : \"gpt-4o\",\n\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
      "{\"content\":\"prove it\",\"role\":\"user\"}], \"stream\":true,\"seed\": "
      "123456789012345678901234567890,"
      "\"stream_options\":{\"include_usage\":true},\"tools\":[{\"type\":\"function\"}]} ");
  const auto request = parse(body);
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->model, "gpt-4o");
  EXPECT_EQ(body.at(request->model_value), "\"gpt-4o\"");
  EXPECT_EQ(body.at(request->user_content(0)), "\"prove it\"");
  EXPECT_EQ(body.at(request->object_end), "}");
  EXPECT_EQ(request->message_count, 2u);
  EXPECT_TRUE(request->stream);
  EXPECT_TRUE(request->include_usage);
  EXPECT_GT(request->tool_count, 0u);
  EXPECT_FALSE(request->has_images());
  EXPECT_FALSE(request->ends_with_tool_result);
  ASSERT_EQ(request->fields.size(), 6u);
  EXPECT_EQ(body.at(request->fields[0].key), "\"model\"");
  EXPECT_EQ(body.at(request->fields[3].key), "\"seed\"");
  EXPECT_EQ(body.at(request->fields[3].value), "123456789012345678901234567890");
  EXPECT_EQ(body.at(request->fields[4].value), "{\"include_usage\":true}");
}

TEST(ChatParser, ReadsWhatMattersOfMessages) {
  struct Row {
    const char *name, *messages, *user;
    bool images, tool_result;
  };
  const Row rows[] = {
      {"one", R"([{"role":"user","content":"a"}])", "\"a\"", false, false},
      {"last user message",
       R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}])",
       "\"c\"", false, false},
      {"assistant prefill", R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])",
       "\"a\"", false, false},
      {"no user", R"([{"role":"system","content":"a"}])", "", false, false},
      {"content before role", R"([{"content":"a","role":"user"}])", "\"a\"", false, false},
      {"null content", R"([{"role":"user","content":null}])", "", false, false},
      {"number as content", R"([{"role":"user","content":5}])", "", false, false},
      {"no content", R"([{"role":"user"}])", "", false, false},
      {"parts", R"([{"role":"user","content":[{"type":"text","text":"a"}]}])",
       R"([{"type":"text","text":"a"}])", false, false},
      {"image part",
       R"([{"role":"user","content":[{"image_url":{"url":"x"},"type":"image_url"}]}])",
       R"([{"image_url":{"url":"x"},"type":"image_url"}])", true, false},
      {"image in an earlier message",
       R"([{"role":"user","content":[{"type":"image_url"}]},{"role":"user","content":"a"}])",
       "\"a\"", true, false},
      {"word image_url in text",
       R"([{"role":"user","content":[{"type":"text","text":"image_url"}]}])",
       R"([{"type":"text","text":"image_url"}])", false, false},
      {"tool result", R"([{"role":"user","content":"a"},{"role":"tool","content":"b"}])", "\"a\"",
       false, true},
      {"escaped role", R"([{"role":"\u0075ser","content":"a"}])", "\"a\"", false, false},
      {"escaped content key", R"([{"role":"user","c\u006fntent":"a"}])", "\"a\"", false, false},
      {"role of any name", R"([{"role":"critic","content":"a"}])", "", false, false},
      {"very long role",
       R"([{"role":"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"}])",
       "", false, false},
      {"odd parts", R"([{"role":"user","content":["a",1,null,[],{"type":5}]}])",
       R"(["a",1,null,[],{"type":5}])", false, false},
  };
  for (const Row& row : rows) {
    const Body body(with_messages(row.messages));
    const auto request = parse(body);
    ASSERT_TRUE(request) << row.name << ": " << request.error().text();
    EXPECT_EQ(body.at(request->user_content(0)), row.user) << row.name;
    EXPECT_EQ(request->has_images(), row.images) << row.name;
    EXPECT_EQ(request->ends_with_tool_result, row.tool_result) << row.name;
  }
}

TEST(ChatParser, NullsOfTheSdksMeanNotGiven) {
  const auto request =
      parse(Body(with(R"(,"stream":null,"stream_options":null,"tools":null,"temperature":null)")));
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_FALSE(request->stream);
  EXPECT_FALSE(request->include_usage);
  EXPECT_EQ(request->tool_count, 0u);
}

TEST(ChatParser, EmptyToolsAreNone) {
  EXPECT_EQ(parse(Body(with(R"(,"tools":[])")))->tool_count, 0u);
  EXPECT_EQ(parse(Body(with(R"(,"functions":[{"name":"f"}])")))->tool_count, 1u);
}

TEST(ChatParser, SaysWhichFieldIsWrong) {
  struct Row {
    const char* name;
    std::string body;
    const char *param, *text;
  };
  const std::string message = R"([{"role":"user","content":"hi"}])";
  const Row rows[] = {
      {"model missing", R"({"messages":)" + message + "}", "model", "'model' is required"},
      {"model as number", R"({"model":5,"messages":)" + message + "}", "model",
       "'model' must be a non-empty string"},
      {"model as array", R"({"model":[],"messages":)" + message + "}", "model",
       "'model' must be a non-empty string"},
      {"model null", R"({"model":null,"messages":)" + message + "}", "model",
       "'model' must be a non-empty string"},
      {"model empty", R"({"model":"","messages":)" + message + "}", "model",
       "'model' must be a non-empty string"},
      {"model too long",
       R"({"model":")" + std::string(257, 'm') + R"(","messages":)" + message + "}", "model",
       "'model' must be at most 256 bytes long"},
      {"model with a line end", R"({"model":"a\nb","messages":)" + message + "}", "model",
       "'model' must not contain control characters"},
      {"model with NUL", R"({"model":"a\u0000","messages":)" + message + "}", "model",
       "'model' must not contain control characters"},
      {"model with DEL", "{\"model\":\"a\x7f\",\"messages\":" + message + "}", "model",
       "'model' must not contain control characters"},
      {"messages missing", R"({"model":"m"})", "messages", "'messages' is required"},
      {"messages as object", with_messages("{}"), "messages",
       "'messages' must be an array of message objects"},
      {"messages as string", with_messages("\"hi\""), "messages",
       "'messages' must be an array of message objects"},
      {"messages null", with_messages("null"), "messages",
       "'messages' must be an array of message objects"},
      {"messages empty", with_messages("[]"), "messages",
       "'messages' must hold at least one message"},
      {"message as string", with_messages(R"(["hi"])"), "messages[0]",
       "'messages[0]' must be an object with 'role' and 'content'"},
      {"second message null", with_messages(R"([{"role":"user"},null])"), "messages[1]",
       "'messages[1]' must be an object with 'role' and 'content'"},
      {"role missing", with_messages(R"([{"content":"hi"}])"), "messages[0].role",
       "'messages[0].role' is required"},
      {"role as number", with_messages(R"([{"role":1}])"), "messages[0].role",
       "'messages[0].role' must be a string"},
      {"role null", with_messages(R"([{"role":"user"},{"role":null}])"), "messages[1].role",
       "'messages[1].role' must be a string"},
      {"stream as string", with(R"(,"stream":"yes")"), "stream", "'stream' must be a boolean"},
      {"stream as number", with(R"(,"stream":1)"), "stream", "'stream' must be a boolean"},
      {"stream_options as array", with(R"(,"stream_options":[])"), "stream_options",
       "'stream_options' must be an object"},
      {"include_usage as string", with(R"(,"stream_options":{"include_usage":"y"})"),
       "stream_options.include_usage", "'stream_options.include_usage' must be a boolean"},
      {"model twice", with(R"(,"model":"x")"), "model", "'model' is given twice"},
      {"unknown field twice", with(R"(,"a":1,"b":2,"a":3)"), "a", "'a' is given twice"},
      {"twice by escapes", with(R"(,"ab":1,"\u0061b":3)"), "ab", "'ab' is given twice"},
      {"key twice in a message", with_messages(R"([{"role":"user","x":1,"x":2}])"), "messages[0].x",
       "'messages[0]' has 'x' twice"},
      {"role twice by escapes", with_messages(R"([{"role":"user","r\u006fle":"system"}])"),
       "messages[0].role", "'messages[0]' has 'role' twice"},
      {"api_base", with(R"(,"api_base":"http://x")"), "api_base",
       "'api_base' is not accepted: the gateway's configuration chooses the provider"},
      {"base_url", with(R"(,"base_url":null)"), "base_url",
       "'base_url' is not accepted: the gateway's configuration chooses the provider"},
      {"api_key", with(R"(,"api_key":"k")"), "api_key",
       "'api_key' is not accepted: the gateway's configuration chooses the provider"},
      {"escaped api_key", with(R"(,"\u0061pi_key":"k")"), "api_key",
       "'api_key' is not accepted: the gateway's configuration chooses the provider"},
      {"nested api_base", with(R"(,"extra_body":{"a":1,"api_base":"k"})"), "extra_body.api_base",
       "'extra_body.api_base' is not accepted: the gateway's configuration chooses the provider"},
      {"nested api_key", with(R"(,"litellm_params":{"api_key":"k"})"), "litellm_params.api_key",
       "'litellm_params.api_key' is not accepted: the gateway's configuration chooses the "
       "provider"},
      {"array", "[1]", "", "the request body must be a JSON object"},
      {"string", "\"x\"", "", "the request body must be a JSON object"},
      {"empty", "", "", "the request body is empty; a JSON object is expected"},
      {"byte order mark", "\xef\xbb\xbf" + with(""), "",
       "the request body must not begin with a byte order mark"},
      {"form", "model=m&messages=hi", "",
       "the request body is not valid JSON: expected a value at byte 0"},
      {"cut", R"({"model":"m")", "",
       "the request body is not valid JSON: unexpected end of the text at byte 12"},
      {"text behind", with("") + "x", "",
       "the request body is not valid JSON: unexpected text after the value at byte 57"},
      {"missing value in messages", with_messages("[,]"), "",
       "the request body is not valid JSON: expected a value at byte 25"},
  };
  for (const Row& row : rows) {
    const auto request = parse(Body(row.body));
    ASSERT_FALSE(request) << row.name;
    EXPECT_EQ(request.error().kind(), ErrorKind::InvalidRequest) << row.name;
    EXPECT_EQ(request.error().param(), row.param) << row.name;
    EXPECT_EQ(request.error().text(), row.text) << row.name;
  }
}

TEST(ChatParser, RefusesBrokenTextWhereverItStands) {
  const std::string_view broken[] = {"1e400",
                                     "01",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "\"\\ud800\"",
                                     "\"\\x\"",
                                     "nul",
                                     "NaN",
                                     "\"a\nb\"",
                                     "'a'",
                                     "{\"a\"}",
                                     "[1}",
                                     "\"\xff\"",
                                     "\"\xc0\xaf\"",
                                     "\"\xed\xa0\x80\"",
                                     "\"\xf5\x80\x80\x80\""};
  for (const std::string_view value : broken) {
    const std::string text(value);
    EXPECT_FALSE(parse(Body(with(",\"x\":" + text)))) << text;
    EXPECT_FALSE(parse(Body(with(",\"x\":{\"deep\":[0," + text + "]}")))) << text;
    EXPECT_FALSE(parse(Body(with(",\"tools\":[" + text + "]")))) << text;
    EXPECT_FALSE(parse(Body(with(",\"extra_body\":{\"a\":" + text + "}")))) << text;
    EXPECT_FALSE(parse(Body(with_messages("[{\"role\":\"user\",\"x\":" + text + "}]")))) << text;
    EXPECT_FALSE(parse(Body(with_messages("[{\"role\":\"user\",\"content\":[" + text + "]}]"))))
        << text;
    EXPECT_FALSE(parse(Body(with_messages(
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":" + text + "}]}]"))))
        << text;
    EXPECT_FALSE(parse(Body("{\"model\":\"m\",\"stream_options\":{\"a\":" + text +
                            "},\"messages\":[{\"role\":\"user\"}]}")))
        << text;
  }
}

TEST(ChatParser, PassesUnknownFieldsOfEveryKind) {
  for (const char* value : {"123456789012345678901234567890", "-0", "1.0", "1e-400", "\"\\u0000\"",
                            "[[],{}]", "{\"a\":1,\"a\":2}", "null", "\"\xf0\x9f\x98\x80\""}) {
    const Body body(with(std::string(",\"x\":") + value));
    const auto request = parse(body);
    ASSERT_TRUE(request) << value << ": " << request.error().text();
    EXPECT_EQ(body.at(request->fields.back().value), value);
  }
}

TEST(ChatParser, LimitsDepthWithTheBodyItselfCounted) {
  const auto nested = [](std::size_t n) {
    return with(",\"x\":" + std::string(n, '[') + std::string(n, ']'));
  };
  EXPECT_TRUE(parse(Body(nested(127))));
  EXPECT_FALSE(parse(Body(nested(128))));
  EXPECT_TRUE(parse(Body(nested(9)), {.max_depth = 10}));
  EXPECT_FALSE(parse(Body(nested(10)), {.max_depth = 10}));
  EXPECT_FALSE(parse(Body(with_messages("[{\"role\":\"user\",\"content\":" + std::string(126, '[') +
                                        std::string(126, ']') + "}]"))));
  for (const std::size_t deep : {100u, 100'000u, 1'000'000u})
    EXPECT_FALSE(parse(Body(std::string(deep, '['))));
}

TEST(ChatParser, LimitsValues) {
  std::string many = ",\"x\":[0";
  for (int i = 0; i < 100; ++i) many += ",0";
  const Body body(with(many + "]"));
  EXPECT_TRUE(parse(body, {.max_nodes = 200}));
  EXPECT_FALSE(parse(body, {.max_nodes = 100}));
}

TEST(ChatParser, TakesManyMessagesFieldsAndLongStrings) {
  std::string messages = "[";
  for (int i = 0; i < 100'000; ++i) messages += R"({"role":"user","content":"x"},)";
  messages.back() = ']';
  const auto request = parse(Body(with_messages(messages)));
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->message_count, 100'000u);

  std::string fields;
  for (int i = 0; i < 50'000; ++i) fields += ",\"f" + std::to_string(i) + "\":" + std::to_string(i);
  EXPECT_TRUE(parse(Body(with(fields))));
  EXPECT_FALSE(parse(Body(with(fields + ",\"f17\":0"))));

  const Body longest(
      with_messages("[{\"role\":\"user\",\"content\":\"" + std::string(10 << 20, 'x') + "\"}]"));
  const auto big = parse(longest);
  ASSERT_TRUE(big);
  EXPECT_EQ(longest.at(big->user_content(0)).size(), (10u << 20) + 2);
}

TEST(ChatParser, AnEscapedModelSurvivesMovingTheRequest) {
  const Body body(R"({"model":"gp\u0074-4","messages":[{"role":"user"}]})");
  auto request = parse(body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->model, "gpt-4");
  ChatRequest moved = std::move(*request);
  ChatRequest again;
  again = std::move(moved);
  EXPECT_EQ(again.model, "gpt-4");
  EXPECT_EQ(body.at(again.model_value), R"("gp\u0074-4")");
}

TEST(ChatParser, MeasuresTheModelByItsMeaning) {
  const auto body = [](const std::string& name) {
    return Body(R"({"model":")" + name + R"(","messages":[{"role":"user"}]})");
  };
  const auto repeat = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  EXPECT_TRUE(parse(body(repeat("m", 256))));
  EXPECT_FALSE(parse(body(repeat("m", 257))));
  EXPECT_TRUE(parse(body(repeat("\\u006d", 256))));
  EXPECT_FALSE(parse(body(repeat("\\u006d", 257))));
  EXPECT_TRUE(parse(body(repeat("\\u8bc1", 85))));    // 255 bytes
  EXPECT_FALSE(parse(body(repeat("\\u8bc1", 100))));  // never a shorter name than was meant
}

TEST(ChatParser, KnowsEscapedKeysByTheirMeaning) {
  const Body body(
      R"({"m\u006fdel":"m","\u006dessages":[{"\u0072ole":"user","content":"a"}],"strea\u006d":true})");
  const auto request = parse(body);
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->model, "m");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(body.at(request->user_content(0)), "\"a\"");
  EXPECT_TRUE(request->fields[0].key_escaped);
}

TEST(ChatParser, OneParserServesManyBodies) {
  ChatParser parser;
  RandomJson random(7);
  for (int i = 0; i < 500; ++i) {
    const Body good(with(",\"x\":" + random.value(5)));
    EXPECT_TRUE(parser.parse(good.view(), {})) << good.view();
    const Body bad(good.bytes.substr(0, random.below(good.size)));
    EXPECT_FALSE(parser.parse(bad.view(), {})) << bad.view();
  }
}

TEST(ChatParser, EveryPrefixIsRefused) {
  const std::string whole = with(R"(,"stream":true,"x":{"a":[1,"é\n"]})");
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(parse(Body(whole.substr(0, n)))) << n;
  EXPECT_TRUE(parse(Body(whole)));
}

}  // namespace
}  // namespace smartroute::openai
