#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {
namespace {

using Params = std::vector<Param>;
using Json = nlohmann::ordered_json;

std::string joined(const SplicedBody& spliced) {
  std::string out;
  for (const std::string_view piece : spliced.pieces()) {
    EXPECT_FALSE(piece.empty());
    out += piece;
  }
  EXPECT_EQ(out.size(), spliced.size());
  return out;
}

std::string splice(const std::string& body, std::string_view model_json,
                   const Params& defaults = {}, const Params& forced = {}) {
  ChatParser parser;
  std::string padded = body;
  padded.append(ChatParser::kPadding, '}');
  const std::string_view view = std::string_view(padded).substr(0, body.size());
  const auto request = parser.parse(view, {});
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  if (!request) return {};
  SplicedBody spliced;
  spliced.build(view, *request, model_json, defaults, forced);
  return joined(spliced);
}

const std::string kMessages = R"("messages":[{"role":"user"}])";

TEST(SplicedBody, EditsOnlyWhatItMust) {
  struct Row {
    const char* name;
    std::string body, model;
    Params defaults, forced;
    std::string want;
  };
  const Row rows[] = {
      {"model replaced in place",
       R"({ "model" : "a" ,)" + kMessages + "}",
       "\"b\"",
       {},
       {},
       R"({ "model" : "b" ,)" + kMessages + "}"},
      {"same model",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {},
       {},
       R"({"model":"a",)" + kMessages + "}"},
      {"same model in other bytes",
       R"({"model":"\u0061",)" + kMessages + "}",
       "\"a\"",
       {},
       {},
       R"({"model":"a",)" + kMessages + "}"},
      {"escaped model key",
       R"({"m\u006fdel":"a",)" + kMessages + "}",
       "\"b\"",
       {},
       {},
       R"({"m\u006fdel":"b",)" + kMessages + "}"},
      {"default added",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"t", "0.7"}},
       {},
       R"({"model":"a",)" + kMessages + R"(,"t":0.7})"},
      {"default the client set",
       R"({"t":1,"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"t", "0.7"}},
       {},
       R"({"t":1,"model":"a",)" + kMessages + "}"},
      {"default the client set to null",
       R"({"t":null,"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"t", "0.7"}},
       {},
       R"({"t":null,"model":"a",)" + kMessages + "}"},
      {"default the client set with escapes",
       R"({"\u0074":1,"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"t", "0.7"}},
       {},
       R"({"\u0074":1,"model":"a",)" + kMessages + "}"},
      {"forced added",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {},
       {{"p", "[1]"}},
       R"({"model":"a",)" + kMessages + R"(,"p":[1]})"},
      {"forced replaces in place",
       R"({"p": 1 ,"model":"a",)" + kMessages + "}",
       "\"b\"",
       {},
       {{"p", "2"}},
       R"({"p": 2 ,"model":"b",)" + kMessages + "}"},
      {"forced replaces an escaped key",
       R"({"\u0070":1,"model":"a",)" + kMessages + "}",
       "\"a\"",
       {},
       {{"p", "2"}},
       R"({"\u0070":2,"model":"a",)" + kMessages + "}"},
      {"forced wins over default",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"p", "1"}},
       {{"p", "2"}},
       R"({"model":"a",)" + kMessages + R"(,"p":2})"},
      {"forced equal already",
       R"({"p":2,"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"p", "1"}},
       {{"p", "2"}},
       R"({"p":2,"model":"a",)" + kMessages + "}"},
      {"model as a parameter is ignored",
       R"({"model":"a",)" + kMessages + "}",
       "\"b\"",
       {{"model", "\"x\""}},
       {{"model", "\"y\""}},
       R"({"model":"b",)" + kMessages + "}"},
      {"key that needs escapes",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"q\"\n", "1"}},
       {},
       R"({"model":"a",)" + kMessages + R"(,"q\"\n":1})"},
      {"two of each",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {{"d", "1"}, {"e", "2"}},
       {{"f", "3"}, {"g", "4"}},
       R"({"model":"a",)" + kMessages + R"(,"f":3,"g":4,"d":1,"e":2})"},
      {"text around the object",
       " \n{\"model\":\"a\"," + kMessages + " } \n",
       "\"b\"",
       {{"d", "1"}},
       {},
       " \n{\"model\":\"b\"," + kMessages + " ,\"d\":1} \n"},
      {"forced messages",
       R"({"model":"a",)" + kMessages + "}",
       "\"a\"",
       {},
       {{"messages", "[]"}},
       R"({"model":"a","messages":[]})"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(splice(row.body, row.model, row.defaults, row.forced), row.want) << row.name;
}

TEST(SplicedBody, AnEmptyObjectGetsNoLeadingComma) {
  ChatRequest request;  // no parser gives this: it asks for a model
  request.object_end = {1, 2};
  SplicedBody spliced;
  spliced.build("{}", request, "\"m\"", {{"a", "1"}}, {{"b", "2"}});
  EXPECT_EQ(joined(spliced), R"({"model":"m","b":2,"a":1})");
}

TEST(SplicedBody, WithoutEditsThereIsOnePieceAndItIsTheBody) {
  const std::string body =
      R"({"model":"a",)" + kMessages + "}" + std::string(ChatParser::kPadding, ' ');
  const std::string_view view =
      std::string_view(body).substr(0, body.size() - ChatParser::kPadding);
  ChatParser parser;
  const auto request = parser.parse(view, {});
  ASSERT_TRUE(request);
  SplicedBody spliced;
  spliced.build(view, *request, "\"a\"", {}, {});
  ASSERT_EQ(spliced.pieces().size(), 1u);
  EXPECT_EQ(spliced.pieces()[0].data(), view.data());
  EXPECT_EQ(spliced.size(), view.size());
}

TEST(SplicedBody, BuildsAgainFromOneObject) {
  const std::string first =
      R"({"model":"a",)" + kMessages + "}" + std::string(ChatParser::kPadding, ' ');
  const std::string_view view =
      std::string_view(first).substr(0, first.size() - ChatParser::kPadding);
  ChatParser parser;
  const auto request = parser.parse(view, {});
  ASSERT_TRUE(request);
  SplicedBody spliced;
  for (const char* model : {"\"x\"", "\"a\"", "\"yy\""}) {
    spliced.build(view, *request, model, {{"t", "1"}}, {});
    EXPECT_EQ(joined(spliced), "{\"model\":" + std::string(model) + "," + kMessages + ",\"t\":1}");
  }
}

std::string random_body(RandomJson& random) {
  std::vector<std::string> fields{"\"model\"" + random.space() + ":" + random.space() + "\"m" +
                                      std::to_string(random.below(2)) + "\"",
                                  "\"messages\":[{\"role\":\"user\",\"content\":" +
                                      random.string() + "," + "\"x\":" + random.value(3) + "}]"};
  const std::size_t extra = random.below(5);
  for (std::size_t i = 0; i < extra; ++i)
    fields.push_back("\"p" + std::to_string(i) + "\"" + random.space() + ":" + random.value(4));
  for (std::size_t i = fields.size(); i > 1; --i) std::swap(fields[i - 1], fields[random.below(i)]);
  std::string out = random.space() + "{";
  for (std::size_t i = 0; i < fields.size(); ++i)
    out += (i > 0 ? "," : "") + random.space() + fields[i] + random.space();
  return out + "}" + random.space();
}

Params random_params(RandomJson& random) {
  Params out;
  for (std::size_t i = 0; i < 7; ++i)
    if (random.below(3) == 0) out.push_back({"p" + std::to_string(i), random.value(2)});
  return out;
}

TEST(SplicedBody, WithoutEditsIsByteIdentical) {
  RandomJson random(41);
  for (int i = 0; i < 2'000; ++i) {
    const std::string body = random_body(random);
    const std::string model = body.find("\"m0\"") != std::string::npos ? "\"m0\"" : "\"m1\"";
    ASSERT_EQ(splice(body, model), body);
  }
}

TEST(SplicedBody, IsTheSameDocumentSaveForTheEdits) {
  RandomJson random(42);
  for (int i = 0; i < 2'000; ++i) {
    const std::string body = random_body(random);
    const Params defaults = random_params(random), forced = random_params(random);
    const std::string after = splice(body, "\"new\"", defaults, forced);
    Json want = Json::parse(body);
    want["model"] = "new";
    for (const Param& param : forced) want[param.key] = Json::parse(param.value);
    for (const Param& param : defaults)
      if (!want.contains(param.key)) want[param.key] = Json::parse(param.value);
    ASSERT_EQ(Json::parse(after), want) << body << "\n" << after;
  }
}

// What the upstream is sent as stream_options, of a stream whose client said `options`; asked: whether the gateway has anything to do with it.
struct SentOptions {
  bool asked = false;
  Json options;
};

SentOptions sent_options(const std::string& options, const Params& defaults = {}, const Params& forced = {}) {
  const std::string text = R"({"model":"m","stream":true,"messages":[{"role":"user"}])" + options + "}";
  std::string padded = text;
  padded.append(ChatParser::kPadding, '}');
  const std::string_view body = std::string_view(padded).substr(0, text.size());
  ChatParser parser;
  const auto request = parser.parse(body, {});
  EXPECT_TRUE(request) << text;
  if (!request) return {};
  const auto asked = ask_for_usage(body, *request, defaults, forced);
  SplicedBody spliced;
  spliced.build(body, *request, "\"m\"", defaults, forced, asked ? &*asked : nullptr);
  const Json sent = Json::parse(joined(spliced));
  return {asked.has_value(), sent.contains("stream_options") ? sent["stream_options"] : Json()};
}

TEST(AskForUsage, WinsOverTheClientAndKeepsItsOtherOptions) {
  struct Row {
    const char *name, *said, *sent;
  };
  const Row rows[] = {
      {"none", "", R"({"include_usage":true})"},
      {"declined", R"(,"stream_options":{"include_usage":false})", R"({"include_usage":true})"},
      {"other options", R"(,"stream_options":{"include_obfuscation":false})", R"({"include_usage":true,"include_obfuscation":false})"},
      {"null", R"(,"stream_options":null)", R"({"include_usage":true})"},
      {"spelled with escapes", R"(,"stream\u005foptions":{"include\u005fusage":false,"include_obfuscation":false})",
       R"({"include_usage":true,"include_obfuscation":false})"},
  };
  for (const Row& row : rows) {
    const SentOptions sent = sent_options(row.said);
    EXPECT_TRUE(sent.asked) << row.name;
    EXPECT_EQ(sent.options, Json::parse(row.sent)) << row.name;
  }
}

TEST(AskForUsage, LeavesAloneWhoGetsItAnywayOrIsNotToGetIt) {
  const Params usual{{"stream_options", R"({"include_usage":true,"a":1})"}};
  struct Row {
    const char* name;
    SentOptions sent;
    bool asked;
    const char* options;
  };
  const Row rows[] = {
      {"the client asks", sent_options(R"(,"stream_options":{"include_usage":true})"), false, R"({"include_usage":true})"},
      {"all clients are to have it", sent_options("", usual), false, R"({"include_usage":true,"a":1})"},
      {"... but this one declines", sent_options(R"(,"stream_options":{"include_usage":false})", usual), true, R"({"include_usage":true})"},
      {"defaults of another kind", sent_options("", {{"stream_options", R"({"a":1})"}}), true, R"({"include_usage":true,"a":1})"},
      {"forced", sent_options("", {}, {{"stream_options", R"({"a":1})"}}), false, R"({"a":1})"},
      {"forced to have it", sent_options("", {}, usual), false, R"({"include_usage":true,"a":1})"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(row.sent.asked, row.asked) << row.name;
    EXPECT_EQ(row.sent.options, Json::parse(row.options)) << row.name;
  }
}

TEST(AskForUsage, ARefusalNamesTheField) {
  EXPECT_TRUE(refuses_to_report_usage(400, R"({"error":{"message":"Unknown parameter: 'stream_options'"}})"));
  EXPECT_TRUE(refuses_to_report_usage(422, R"({"detail":[{"loc":["body","stream_options","include_usage"]}]})"));
  EXPECT_FALSE(refuses_to_report_usage(500, "stream_options"));
  EXPECT_FALSE(refuses_to_report_usage(400, R"({"error":{"message":"the prompt is too long"}})"));
}

TEST(ParseParams, KeepsValuesAsWritten) {
  const auto params = parse_params(
      " {\"a\" : 0.70 , \"b\":123456789012345678901234567890,\"\\u0063\":{ \"x\" : [1, 2] }} ");
  ASSERT_TRUE(params) << params.error().text();
  ASSERT_EQ(params->size(), 3u);
  EXPECT_EQ((*params)[0].key, "a");
  EXPECT_EQ((*params)[0].value, "0.70");
  EXPECT_EQ((*params)[1].value, "123456789012345678901234567890");
  EXPECT_EQ((*params)[2].key, "c");
  EXPECT_EQ((*params)[2].value, "{ \"x\" : [1, 2] }");
  EXPECT_TRUE(parse_params("{}")->empty());
}

TEST(ParseParams, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "1", "{", "{\"a\":}", "{\"a\":1}x", "{\"a\":1,\"a\":2}",
                           "{\"a\":1,\"\\u0061\":2}", "{\"a\":\"\xff\"}"}) {
    const auto params = parse_params(text);
    ASSERT_FALSE(params) << text;
    EXPECT_EQ(params.error().kind(), ErrorKind::Invalid);
  }
}

}  // namespace
}  // namespace smartroute::openai
