#include "dataplane/core/accounting/redaction.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/accounting/key_samples.hpp"

namespace smartroute::accounting {
namespace {

using Scope = Redactor::Scope;

std::string cleaned(const Redactor& redactor, std::string_view text, TextKind kind = TextKind::Plain,
                    Scope scope = Scope::KeysAndPatterns, TextCuts cuts = {}) {
  std::string room;
  return std::string(redactor.clean(text, kind, scope, cuts, room).text);
}

nlohmann::json spelled_otherwise(const std::string& key, std::string& out) {
  out = "{\"messages\":[{\"role\":\"user\",\"content\":\"before ";
  for (const char c : key) {
    char escape[7];
    std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += escape;
  }
  out += " after\"}]}";
  return nlohmann::json::parse(out);
}

TEST(Redactor, TakesEveryShapeOutOfJsonAndLeavesItJson) {
  const Redactor redactor;
  for (const KeySample& sample : key_samples()) {
    const nlohmann::json body{{"model", "auto"}, {"messages", {{{"role", "user"}, {"content", "a\n" + sample.key + "\n\"b\""}}}}};
    const auto out = cleaned(redactor, body.dump(), TextKind::Json);
    EXPECT_EQ(out.find(sample.key), std::string::npos) << sample.name;
    EXPECT_EQ(nlohmann::json::parse(out)["messages"][0]["content"], "a\n[redacted]\n\"b\"") << sample.name;
  }
}

TEST(Redactor, LooksThroughEscapes) {
  const Redactor redactor;
  for (const KeySample& sample : key_samples()) {
    std::string body;
    spelled_otherwise(sample.key, body);
    const auto out = nlohmann::json::parse(cleaned(redactor, body, TextKind::Json));
    EXPECT_EQ(out["messages"][0]["content"], "before [redacted] after") << sample.name;
  }
  const std::vector<std::string_view> secrets{"ab/cd/ef/gh", "quo\"ted\\secret"};
  const Redactor given(secrets, {});
  EXPECT_EQ(cleaned(given, R"({"a":"x ab\/cd\/ef\/gh y","b":"quo\"ted\\secret"})", TextKind::Json),
            R"({"a":"x [redacted] y","b":"[redacted]"})");
  EXPECT_EQ(cleaned(given, "quo\"ted\\secret"), "[redacted]");
}

TEST(Redactor, KnowsItsSecretsInOtherSpellings) {
  const std::vector<std::string_view> secrets{"the-key-of-a-provider/+1"};
  const Redactor redactor(secrets, {});
  for (const char* said : {"dGhlLWtleS1vZi1hLXByb3ZpZGVyLysx", "QmVhcmVyIHRoZS1rZXktb2YtYS1wcm92aWRlci8rMQ==", "eHRoZS1rZXktb2YtYS1wcm92aWRlci8rMQ=="}) {
    const auto out = cleaned(redactor, std::string("Authorization: Basic ") + said);
    EXPECT_NE(out.find("[redacted]"), std::string::npos) << out;
    EXPECT_EQ(out.find("b3ZpZGVy"), std::string::npos) << out;
  }
  EXPECT_EQ(cleaned(redactor, "?key=the-key-of-a-provider%2F%2B1&x"), "?key=[redacted]&x");
  EXPECT_EQ(cleaned(redactor, "?key=the-key-of-a-provider%2f%2b1&x"), "?key=[redacted]&x");
}

TEST(Redactor, TakesOutWhatAClientNamesAsItsOwnUpstream) {
  const Redactor redactor;
  EXPECT_EQ(cleaned(redactor, R"({"api_key":"words and all","x":"api_key","n":{"base_url":"http://u:p@h","api_base" : "y"},"api_key":7,"z":"stays"})", TextKind::Json),
            R"({"api_key":"[redacted]","x":"api_key","n":{"base_url":"[redacted]","api_base" : "[redacted]"},"api_key":7,"z":"stays"})");
  EXPECT_EQ(cleaned(redactor, R"({"api_key":"cut of)", TextKind::Json), R"({"api_key":"[redacted])");
  EXPECT_EQ(cleaned(redactor, R"(he wrote "api_key": "x y z")"), R"(he wrote "api_key": "x y z")") << "prose is no request";
}

TEST(Redactor, TakesAPrivateKeyOutOfJson) {
  const nlohmann::json body{{"a", private_key_sample("\n") + "\nand"}, {"b", private_key_sample("\r\n")}, {"c", "text"}};
  const auto out = nlohmann::json::parse(cleaned(Redactor(), body.dump(), TextKind::Json));
  EXPECT_EQ(out, (nlohmann::json{{"a", "[redacted]\nand"}, {"b", "[redacted]"}, {"c", "text"}}));
}

TEST(Redactor, GivesBackTheTextItselfWhenThereIsNothingInIt) {
  const Redactor redactor;
  const std::string text = R"({"a":"nothing \/ here"})";
  std::string room;
  const auto clean = redactor.clean(text, TextKind::Json, Scope::KeysAndPatterns, {}, room);
  EXPECT_EQ(clean.text.data(), text.data());
  EXPECT_EQ(clean.taken_out, 0u);
}

TEST(Redactor, PatternsSeeTextsAsTheirReadersDo) {
  const Redactor redactor({}, {R"([\w.]+@[\w.]+\w)", R"(line one\nline two)", "\xe7\x94\xb5\xe8\xaf\x9d\\d+", R"("quoted")"});
  EXPECT_EQ(cleaned(redactor, R"({"a":"x\nann@example.org, bob@example.org.","ann@example.org":1})", TextKind::Json),
            R"({"a":"x\n[redacted], [redacted].","ann@example.org":1})")
      << "the n of an escape is no letter; names stay";
  EXPECT_EQ(cleaned(redactor, R"({"a":"line one\nline two\n"})", TextKind::Json), R"({"a":"[redacted]\n"})");
  EXPECT_EQ(cleaned(redactor, R"({"a":"\u7535\u8bdd12345"})", TextKind::Json), R"({"a":"[redacted]"})");
  EXPECT_EQ(cleaned(redactor, R"({"a":"say \"quoted\" now"})", TextKind::Json), R"({"a":"say [redacted] now"})");
  EXPECT_EQ(cleaned(redactor, "mail ann@example.org"), "mail [redacted]");
  EXPECT_EQ(cleaned(redactor, "mail ann@example.org", TextKind::Plain, Scope::Keys), "mail ann@example.org");
}

TEST(Redactor, JsonStaysJsonWhateverThePatternIs) {
  const nlohmann::json body{{"model", "m"}, {"n", 12345}, {"t", true}, {"messages", {{{"role", "user"}, {"content", "a \"b\"\n\\ c \u4f60"}}, {{"x", nullptr}}}}};
  for (const char* pattern : {".", ".*", "(?s).*", "\\W", "\\w+", "\"", "[{}\\[\\],:]", "user.*content", "n", "\\\\", "^", "$", "", "\\d"}) {
    const Redactor redactor({}, {pattern});
    for (const std::string& text : {body.dump(), body.dump(2), body.dump(-1, ' ', true)}) {
      const auto out = nlohmann::json::parse(cleaned(redactor, text, TextKind::Json), nullptr, false);
      ASSERT_FALSE(out.is_discarded()) << pattern << ": " << cleaned(redactor, text, TextKind::Json);
      EXPECT_EQ(out["n"], 12345) << pattern;
      EXPECT_TRUE(out["messages"][0].contains("content")) << pattern;
    }
  }
}

TEST(Redactor, WhatOnlyLooksLikeJsonIsReadAsText) {
  const Redactor redactor({}, {R"(\w+@\w+)"});
  EXPECT_EQ(cleaned(redactor, "{mail: ann@example}", TextKind::Json), "{mail: [redacted]}");
  EXPECT_EQ(cleaned(redactor, "<html>ann@example</html>", TextKind::Json), "<html>[redacted]</html>");
  EXPECT_EQ(cleaned(redactor, R"({"a":"ann@exam)", TextKind::Json), R"({"a":"[redacted])");
}

TEST(Redactor, MergesWhatSeveralPatternsMatch) {
  const Redactor redactor({}, {"abcd", "cdef", "xyz", "yz1"});
  EXPECT_EQ(cleaned(redactor, "-abcdef-xyz1-"), "-[redacted]-[redacted]-");
}

TEST(Redactor, ManyMatchesTakeAllThatFollows) {
  const Redactor redactor({}, {"a"});
  std::string text;
  for (std::size_t i = 0; i < Redactor::kMaxMatches + 10; ++i) text += "ab";
  const std::string out = cleaned(redactor, text + "end");
  EXPECT_EQ(out.find("end"), std::string::npos);
  EXPECT_TRUE(out.ends_with("b[redacted][redacted]"));
}

TEST(Redactor, IgnoresPatternsThatDoNotCompileAndTooMany) {
  EXPECT_FALSE(Redactor({}, {"(", "[z-a]"}).has_patterns());
  std::vector<std::string> many(Redactor::kMaxPatterns, "zzz");
  many.push_back("beyond");
  EXPECT_EQ(cleaned(Redactor({}, many), "beyond zzz"), "beyond [redacted]");
}

TEST(Redactor, ReplacesABareNumberByAString) {
  const std::vector<std::string_view> secrets{"4915112345678"};
  const Redactor redactor(secrets, {});
  const auto out = nlohmann::json::parse(cleaned(redactor, R"({"a":4915112345678,"b":[1,4915112345678.5],"c":"4915112345678"})", TextKind::Json));
  EXPECT_EQ(out, (nlohmann::json{{"a", "[redacted]"}, {"b", {1, "[redacted]"}}, {"c", "[redacted]"}}));
}

}  // namespace
}  // namespace smartroute::accounting
