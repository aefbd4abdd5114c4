#include "contract/config/document.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

namespace smartroute::config {
namespace {

using ::testing::HasSubstr;

std::string compact(const Document& document) {
  std::string out;
  std::vector<const Node*> refused;
  append_json(document.root, out, refused);
  return out;
}

std::string only_problem(const Document& document) {
  return document.problems.size() == 1 ? document.problems[0].what
                                       : std::to_string(document.problems.size()) + " problems";
}

TEST(YamlReader, TypesPlainScalarsByTheCoreSchema) {
  struct Row {
    const char* text;
    ScalarType type;
  };
  for (const Row& row : {Row{"true", ScalarType::Bool}, {"False", ScalarType::Bool},
                         {"yes", ScalarType::Text},     {"no", ScalarType::Text},
                         {"12", ScalarType::Integer},   {"-12", ScalarType::Integer},
                         {"+12", ScalarType::Integer},  {"0x1F", ScalarType::Integer},
                         {"0o17", ScalarType::Integer}, {"0o18", ScalarType::Text},
                         {"007", ScalarType::Integer},  {"1_000", ScalarType::Text},
                         {"0.7", ScalarType::Float},    {".5", ScalarType::Float},
                         {"5.", ScalarType::Float},     {"1e5", ScalarType::Float},
                         {"1e", ScalarType::Text},      {".inf", ScalarType::Float},
                         {"-.INF", ScalarType::Float},  {".nan", ScalarType::Float},
                         {".", ScalarType::Text},       {"-", ScalarType::Text},
                         {"+", ScalarType::Text},       {"5s", ScalarType::Text},
                         {"1.2.3", ScalarType::Text},   {"0x", ScalarType::Text},
                         {"", ScalarType::Text},        {"2024-01-01", ScalarType::Text}})
    EXPECT_EQ(plain_type(row.text), row.type) << row.text;
}

TEST(YamlReader, KeepsLinesOfKeysAndItems) {
  const auto document = read_yaml("# comment\na: 1\nb:\n  - x\n  - y\n\nc: {d: 2}\n");
  ASSERT_TRUE(document.problems.empty());
  const auto& members = document.root.children;
  EXPECT_EQ(members[0].line, 2);
  EXPECT_EQ(members[1].line, 3);
  EXPECT_EQ(members[1].children[1].line, 5);
  EXPECT_EQ(members[2].children[0].line, 7);
}

TEST(YamlReader, ExpandsAliasesAndQuotedTextStaysText) {
  const auto document = read_yaml("a: &x {n: 1, s: '1', t: !!str 2, b: |\n    5\n  }\n");
  EXPECT_FALSE(document.problems.empty());  // a block cannot stand inside braces
  EXPECT_EQ(compact(read_yaml("a: &x {n: 1, s: '1', t: !!str 2}\nb: *x\nc: |\n  5\nd: ~\n")),
            R"({"a":{"n":1,"s":"1","t":"2"},"b":{"n":1,"s":"1","t":"2"},"c":"5\n","d":null})");
}

TEST(YamlReader, WritesNumbersOfYamlAsNumbersOfJson) {
  EXPECT_EQ(compact(read_yaml(
                "[0.7, 1.0, 1e5, +5, .5, 5., -.5, 007, 0x1F, 0o17, 12345678901234567890, -0]")),
            "[0.7,1.0,1e5,5,0.5,5.0,-0.5,7,31,15,12345678901234567890,-0]");
}

TEST(YamlReader, RefusesWithOneProblem) {
  struct Row {
    const char* name;
    std::string text;
    const char* what;
    int line;
  };
  const Row rows[] = {
      {"syntax", "a: [1, 2\nb: 3\n", "not YAML", 2},
      {"second document", "a: 1\n---\nb: 2\n", "second document", 2},
      {"merge key", "a: &x {b: 1}\nc:\n  <<: *x\n", "merge keys", 3},
      {"unknown tag", "a: !secret x\n", "tag", 1},
      {"unknown collection tag", "a: !!set {x}\n", "tag", 1},
      {"binary tag", "a: !!binary aGk=\n", "tag", 1},
      {"unknown alias", "a: *x\n", "anchor", 1},
      {"alias inside its anchor", "a: &x [*x]\n", "own anchor", 1},
      {"collection as key", "? [a]\n: 1\n", "key must be text", 1},
      {"alias as key", "a: &x b\n*x : 1\n", "alias cannot be a key", 2},
      {"null key", "~: 1\n", "key is missing", 1},
      {"control character in a key", "\"a\\x01\": 1\n", "control character", 1},
      {"long key", "\"" + std::string(257, 'k') + "\": 1\n", "longer than 256", 1},
      {"NUL", std::string("a: 1\nb: \0", 9), "control character", 2},
      {"not UTF-8", "a: 1\nb: \"\xff\"\n", "UTF-8", 2},
      {"UTF-16", std::string("\xff\xfe\x61\x00", 4), "UTF-8", 1},
      {"tab indentation", "a:\n\tb: 1\n", "not YAML", 2},
      {"too large", std::string(kMaxDocumentBytes + 1, 'a'), "4 MiB", 0},
  };
  for (const auto& row : rows) {
    const auto document = read_yaml(row.text);
    EXPECT_THAT(only_problem(document), HasSubstr(row.what)) << row.name;
    EXPECT_EQ(document.root.kind, NodeKind::Null) << row.name;
    if (document.problems.empty()) continue;
    EXPECT_EQ(document.problems[0].line, row.line) << row.name;
  }
}

TEST(YamlReader, AnAnchorBombIsOneProblem) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  const auto document = read_yaml(bomb);
  ASSERT_EQ(document.problems.size(), 1u);
  EXPECT_EQ(document.root.kind, NodeKind::Null);
}

TEST(YamlReader, BoundsTextAndCopiesBehindAliases) {
  std::string text = "a: &x \"" + std::string(100'000, 'y') + "\"\nb: [";
  for (int i = 0; i < 100; ++i) text += "*x,";
  EXPECT_THAT(only_problem(read_yaml(text + "]\n")), HasSubstr("4 MiB"));

  std::string nested;
  for (int i = 0; i < 60; ++i) nested += "[&n" + std::to_string(i) + " ";
  nested = "a: " + nested + "[";
  for (int i = 0; i < 4'000; ++i) nested += "1,";
  nested += "]";
  for (int i = 0; i < 60; ++i) nested += "]";
  EXPECT_THAT(only_problem(read_yaml(nested)), HasSubstr("anchors hold"));

  std::string deep = "a: &d " + std::string(40, '[') + std::string(40, ']') +
                     "\nb: " + std::string(30, '[') + "*d" + std::string(30, ']');
  EXPECT_THAT(only_problem(read_yaml(deep)), HasSubstr("64 levels"));
}

TEST(YamlReader, BoundsDepthAndNumberOfValues) {
  EXPECT_TRUE(read_yaml(std::string(kMaxDocumentDepth, '[') + std::string(kMaxDocumentDepth, ']'))
                  .problems.empty());
  EXPECT_THAT(only_problem(read_yaml(std::string(kMaxDocumentDepth + 1, '[') +
                                     std::string(kMaxDocumentDepth + 1, ']'))),
              HasSubstr("64 levels"));
  EXPECT_EQ(read_yaml(std::string(100'000, '[')).problems.size(), 1u);
  EXPECT_THAT(only_problem(read_yaml(std::string(kMaxDocumentBytes, '['))), HasSubstr("brackets"));
  std::string many = "a:\n";
  for (std::size_t i = 0; i < kMaxDocumentNodes; ++i) many += "- 1\n";
  EXPECT_THAT(only_problem(read_yaml(many)), HasSubstr("100,000"));
}

TEST(YamlReader, ReportsEveryRepeatedKeyAndKeepsTheFirst) {
  const auto document = read_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\n");
  ASSERT_EQ(document.problems.size(), 2u);
  EXPECT_EQ(document.problems[0].what, "the key 'c' is written twice");
  EXPECT_EQ(document.problems[1].line, 3);
  EXPECT_EQ(compact(document), R"({"a":1,"b":{"c":1}})");
}

TEST(YamlReader, TakesAnEmptyDocumentAndAByteOrderMark) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "\xef\xbb\xbf# nothing\n"}) {
    const auto document = read_yaml(text);
    EXPECT_TRUE(document.problems.empty()) << text;
    EXPECT_EQ(document.root.kind, NodeKind::Null) << text;
  }
  EXPECT_EQ(compact(read_yaml("\xef\xbb\xbf"
                              "a: 1\r\nb: 2\r\n")),
            R"({"a":1,"b":2})");
}

TEST(JsonReader, KeepsNumbersKeyOrderAndText) {
  const char* text =
      R"({"z":1.0,"a":12345678901234567890123,"e":1E+5,"s":"é\u00e9\ud83d\ude00\n\/\u0000","l":[null,true,false,{}]})";
  EXPECT_EQ(
      compact(read_json(text)),
      R"({"z":1.0,"a":12345678901234567890123,"e":1E+5,"s":"éé😀\n/\u0000","l":[null,true,false,{}]})");
}

TEST(JsonReader, RefusesWhatIsNotStrictJson) {
  struct Row {
    const char* name;
    std::string text;
    int line;
  };
  const Row rows[] = {
      {"nothing", "", 1},
      {"comment", "{\n// no\n}", 2},
      {"single quotes", "{'a':1}", 1},
      {"bare key", "{a:1}", 1},
      {"trailing comma in an object", "{\"a\":1,}", 1},
      {"trailing comma in an array", "[1,]", 1},
      {"missing comma", "[1 2]", 1},
      {"missing colon", "{\"a\" 1}", 1},
      {"unclosed object", "{\"a\":1\n", 2},
      {"unclosed text", "[\"a", 1},
      {"mismatch", "[1}", 1},
      {"trailing data", "{}\n{}", 2},
      {"byte order mark", "\xef\xbb\xbf{}", 1},
      {"NaN", "[NaN]", 1},
      {"Infinity", "[-Infinity]", 1},
      {"too large", "[1e400]", 1},
      {"leading zero", "[01]", 1},
      {"leading plus", "[+1]", 1},
      {"no digits after the point", "[1.]", 1},
      {"no digits before the point", "[.5]", 1},
      {"no exponent", "[1e]", 1},
      {"hexadecimal", "[0x1]", 1},
      {"lone high surrogate", R"(["\ud83d"])", 1},
      {"lone low surrogate", R"(["\ude00"])", 1},
      {"high surrogate twice", R"(["\ud83d\ud83d"])", 1},
      {"short escape", R"(["\u12"])", 1},
      {"unknown escape", R"(["\x41"])", 1},
      {"overlong UTF-8", "[\"\xc0\xaf\"]", 1},
      {"raw newline in a text", "[\"a\nb\"]", 1},
      {"raw tab in a text", "[\"a\tb\"]", 1},
      {"word", "[tru]", 1},
  };
  for (const auto& row : rows) {
    const auto document = read_json(row.text);
    ASSERT_EQ(document.problems.size(), 1u) << row.name;
    EXPECT_EQ(document.root.kind, NodeKind::Null) << row.name;
    EXPECT_EQ(document.problems[0].line, row.line) << row.name << ": " << document.problems[0].what;
    simdjson::dom::parser
        parser;  // a second opinion: what we refuse here, another strict parser refuses too
    if (row.text == "\xef\xbb\xbf{}") continue;
    EXPECT_NE(parser.parse(simdjson::padded_string(row.text)).error(), simdjson::SUCCESS)
        << row.name;
  }
}

TEST(JsonReader, ReportsRepeatedKeysDepthAndNumberOfValues) {
  const auto document = read_json("{\"a\":1,\n\"a\":2,\n\"b\":{\"c\":1,\n\"c\":2}}");
  ASSERT_EQ(document.problems.size(), 2u);
  EXPECT_EQ(document.problems[0].line, 2);
  EXPECT_EQ(document.problems[1].line, 4);
  EXPECT_EQ(compact(document), R"({"a":1,"b":{"c":1}})");
  EXPECT_TRUE(read_json(std::string(64, '[') + std::string(64, ']')).problems.empty());
  EXPECT_THAT(only_problem(read_json(std::string(65, '[') + std::string(65, ']'))),
              HasSubstr("64 levels"));
  EXPECT_THAT(only_problem(read_json(std::string(1'000'000, '['))), HasSubstr("64 levels"));
  std::string many = "[0";
  for (std::size_t i = 0; i < kMaxDocumentNodes; ++i) many += ",0";
  EXPECT_THAT(only_problem(read_json(many + "]")), HasSubstr("100,000"));
}

TEST(DocumentWriter, QuotesWhatAReaderWouldTakeForSomethingElse) {
  const std::vector<std::string> hard = {
      "",           "true",
      "No",         "null",
      "~",          "12",
      "0.5",        "5s",
      "2024-01-01", "1_000",
      "a: b",       "# x",
      "- x",        "a\nb",
      "\t",         "'",
      "\"",         "\\",
      "{a}",        "[a]",
      "*x",         "&x",
      "!x",         "%x",
      "@x",         "`x",
      " lead",      "trail ",
      "é😀",         std::string("\0\x01\x7f", 3),
      "\x04",       "---",
      "...",        "?",
      ":",          "=",
      "<<",         "a#b",
      "a,b",        "\xe2\x80\xa8\xe2\x80\xa9\xc2\x85\xef\xbb\xbf",
      "/x/",        "0x1F",
      "1e5",        ".inf",
      "rate limit", "openai/gpt-4o:free"};
  Node list;
  list.kind = NodeKind::List;
  Node map;
  map.kind = NodeKind::Map;
  for (const auto& text : hard) {
    Node node;
    node.kind = NodeKind::Scalar;
    node.quoted = true;
    node.text = text;
    list.children.push_back(node);
    node.key = text;
    bool control = false;
    for (const char c : text)
      control = control || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control) map.children.push_back(node);
  }
  for (const Node& node : {list, map}) {
    const auto yaml = read_yaml(write_yaml(node));
    const auto json = read_json(write_json(node));
    ASSERT_TRUE(yaml.problems.empty()) << yaml.problems[0].what << "\n" << write_yaml(node);
    ASSERT_TRUE(json.problems.empty()) << json.problems[0].what;
    ASSERT_EQ(yaml.root.children.size(), node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      EXPECT_EQ(yaml.root.children[i].text, node.children[i].text);
      EXPECT_EQ(scalar_type(yaml.root.children[i]), ScalarType::Text) << node.children[i].text;
      EXPECT_EQ(yaml.root.children[i].key, node.children[i].key);
      EXPECT_EQ(json.root.children[i].text, node.children[i].text);
    }
  }
}

}  // namespace
}  // namespace smartroute::config
