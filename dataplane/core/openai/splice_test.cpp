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

TEST(AskForUsage, WinsOverTheClientAndKeepsItsOtherOptions) {
  struct Row {
    const char *name, *body, *options;
  };
  const Row rows[] = {
      {"none", R"({"model":"m","messages":[{"role":"user"}]})", R"({"include_usage":true})"},
      {"declined", R"({"model":"m","messages":[{"role":"user"}],"stream_options":{"include_usage":false}})", R"({"include_usage":true})"},
      {"other options", R"({"model":"m","stream_options":{"include_obfuscation":false},"messages":[{"role":"user"}]})",
       R"({"include_usage":true,"include_obfuscation":false})"},
      {"null", R"({"model":"m","stream_options":null,"messages":[{"role":"user"}]})", R"({"include_usage":true})"},
  };
  for (const Row& row : rows) {
    ChatParser parser;
    std::string padded = row.body;
    padded.append(ChatParser::kPadding, '}');
    const std::string_view body = std::string_view(padded).substr(0, std::string_view(row.body).size());
    const auto request = parser.parse(body, {});
    ASSERT_TRUE(request) << row.name;
    const Param asked = ask_for_usage(body, *request);
    SplicedBody spliced;
    const Params defaults{{"stream_options", "{\"default\":1}"}}, forced{{"stream_options", "{\"forced\":1}"}};
    spliced.build(body, *request, "\"m\"", defaults, {}, &asked);
    EXPECT_EQ(Json::parse(joined(spliced))["stream_options"], Json::parse(row.options)) << row.name;
    spliced.build(body, *request, "\"m\"", {}, forced, &asked);
    EXPECT_EQ(Json::parse(joined(spliced))["stream_options"], Json::parse(R"({"forced":1})")) << row.name;
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
