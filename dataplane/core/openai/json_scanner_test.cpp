#include "dataplane/core/openai/json_scanner.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {
namespace {

// A copy that ends exactly where the text does, so that a sanitizer sees any byte read beyond it.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

bool accepts(std::string_view text, const ParseLimits& limits = {}) {
  const Exact exact(text);
  std::string stack;
  JsonScanner scan(exact.view(), limits, stack);
  Span value;
  return scan.skip(value) && scan.finish();
}

// Reads the text by walking into every container instead of skipping it.
bool walks(JsonScanner& scan) {
  JsonString token;
  Span value;
  switch (scan.peek()) {
    case JsonKind::Object:
      if (!scan.open_object()) return false;
      while (scan.next_member(token))
        if (!walks(scan)) return false;
      return !scan.failed();
    case JsonKind::Array:
      if (!scan.open_array()) return false;
      while (scan.next_element())
        if (!walks(scan)) return false;
      return !scan.failed();
    case JsonKind::String:
      return scan.string(token);
    default:
      return scan.skip(value);
  }
}

bool accepts_walking(std::string_view text, const ParseLimits& limits = {}) {
  const Exact exact(text);
  std::string stack;
  JsonScanner scan(exact.view(), limits, stack);
  return walks(scan) && scan.finish();
}

struct Row {
  std::string_view name, text;
};
using namespace std::string_view_literals;

constexpr Row kGood[] = {
    {"empty object", "{}"},
    {"empty array", "[]"},
    {"spaces everywhere", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n"},
    {"nested", R"({"a":{"b":[[],{}]}})"},
    {"lone string", R"("x")"},
    {"lone number", "1"},
    {"lone literal", "true"},
    {"all literals", "[true,false,null]"},
    {"every simple escape", R"("\"\\\/\b\f\n\r\t")"},
    {"nul escape", R"("\u0000")"},
    {"surrogate pair", R"("\ud83d\ude00")"},
    {"surrogate pair in upper case", R"("\uD83D\uDE00")"},
    {"escaped noncharacter", R"("\uFFFF")"},
    {"delete character", "\"\x7f\""},
    {"raw UTF-8", "\"证明 😀\""},
    {"zero", "0"},
    {"minus zero", "-0"},
    {"fraction", "1.0"},
    {"exponent", "1e10"},
    {"exponent with sign", "1E+10"},
    {"negative exponent", "-1.5e-10"},
    {"zero with exponent", "0e1"},
    {"integer beyond 64 bits", "123456789012345678901234567890"},
    {"negative integer beyond 64 bits", "-123456789012345678901234567890"},
    {"largest double", "1.7976931348623157e308"},
    {"smallest double", "5e-324"},
    {"underflow", "1e-400"},
    {"deep underflow", "1e-99999999999999999999"},
    {"zero times any power", "0.000e99999999999999999999"},
    {"large exponent undone by zeros", "0.00000000001e315"},
    {"empty key", R"({"":0})"},
    {"duplicate key inside", R"({"a":1,"a":2})"},
    {"long string", "\"0123456789abcdef0123456789abcdef0123456789abcdef\""},
    {"escape at the end of a block", R"("0123456789abcde\n0123456789")"},
    {"quote right after a block", R"("0123456789abcdef")"},
};

constexpr Row kBad[] = {
    {"empty", ""},
    {"only space", " \n"},
    {"two values", "1 2"},
    {"trailing comma in array", "[1,]"},
    {"trailing comma in object", R"({"a":1,})"},
    {"leading comma", "[,1]"},
    {"double comma", "[1,,2]"},
    {"missing comma in array", "[1 2]"},
    {"missing comma in object", R"({"a":1 "b":2})"},
    {"missing colon", R"({"a" 1})"},
    {"double colon", R"({"a"::1})"},
    {"missing value", R"({"a":})"},
    {"key without value", R"({"a"})"},
    {"number as key", "{1:1}"},
    {"bare key", "{a:1}"},
    {"single quotes", "{'a':1}"},
    {"unclosed array", "[1"},
    {"unclosed object", R"({"a":1)"},
    {"unclosed string", R"("abc)"},
    {"string that ends in a backslash", R"("abc\)"},
    {"crossed closers", "[1}"},
    {"crossed closers of object", R"({"a":1])"},
    {"closer alone", "]"},
    {"one closer too many", "[]]"},
    {"text after the value", "{} x"},
    {"comment", "[1/*c*/]"},
    {"line comment", "[1]//c"},
    {"NaN", "[NaN]"},
    {"Infinity", "[Infinity]"},
    {"minus Infinity", "[-Infinity]"},
    {"capital literal", "[True]"},
    {"cut literal", "[tru]"},
    {"cut literal at the end", "nul"},
    {"literal with a tail", "[truex]"},
    {"plus sign", "[+1]"},
    {"leading zero", "[01]"},
    {"negative leading zero", "[-01]"},
    {"double zero", "[00]"},
    {"leading point", "[.5]"},
    {"trailing point", "[1.]"},
    {"minus alone", "[-]"},
    {"empty exponent", "[1e]"},
    {"empty signed exponent", "[1e+]"},
    {"exponent after a point", "[1.e1]"},
    {"hexadecimal", "[0x1]"},
    {"two points", "[1.2.3]"},
    {"underscore", "[1_000]"},
    {"overflow", "[1e400]"},
    {"negative overflow", "[-1e400]"},
    {"just beyond the largest double", "[1.7976931348623159e308]"},
    {"overflow of a fraction", "[12345.678e305]"},
    {"exponent that overflows itself", "[1e99999999999999999999]"},
    {"raw line end in a string", "\"a\nb\""},
    {"raw tab in a string", "\"a\tb\""},
    {"raw NUL in a string", "\"a\0b\""sv},
    {"raw control after a block", "\"0123456789abcdef\x1f\""},
    {"NUL between values", "[1,\0 2]"sv},
    {"form feed as space", "[\f1]"},
    {"no-break space as space",
     "[\xc2\xa0"
     "1]"},
    {"unknown escape", R"("\x41")"},
    {"escaped single quote", R"("\'")"},
    {"capital U escape", R"("\U0041")"},
    {"short unicode escape", R"("\u12")"},
    {"unicode escape with other letters", R"("\u12g4")"},
    {"unicode escape cut by the end", R"("\u12)"},
    {"lone high surrogate", R"("\ud83d")"},
    {"lone low surrogate", R"("\ude00")"},
    {"high surrogate and text", R"("\ud83dabcdef")"},
    {"two high surrogates", R"("\ud83d\ud83d")"},
    {"swapped surrogates", R"("\ude00\ud83d")"},
    {"high surrogate and short escape", R"("\ud83d\u12")"},
    {"byte order mark", "\xef\xbb\xbf{}"},
};

TEST(JsonScanner, AcceptsWhatTheGrammarAllows) {
  for (const Row& row : kGood) {
    EXPECT_TRUE(accepts(row.text)) << row.name;
    EXPECT_TRUE(accepts_walking(row.text)) << row.name;
    EXPECT_TRUE(accepts("{\"x\":[" + std::string(row.text) + "]}")) << row.name;
  }
}

TEST(JsonScanner, RefusesEverythingElse) {
  for (const Row& row : kBad) {
    EXPECT_FALSE(accepts(row.text)) << row.name;
    EXPECT_FALSE(accepts_walking(row.text)) << row.name;
    if (row.text.empty() || row.text == " \n") continue;  // an empty array is fine
    EXPECT_FALSE(accepts("{\"x\":[" + std::string(row.text) + "]}")) << row.name;
  }
}

TEST(JsonScanner, IntegersOfAnyLengthPass) {
  EXPECT_TRUE(accepts("-" + std::string(5000, '9')));
  EXPECT_FALSE(accepts(std::string(5000, '9') + ".0"));
  EXPECT_TRUE(accepts(std::string(309, '0').insert(0, "1") + "e-10"));
}

TEST(JsonScanner, EveryPrefixOfAGoodTextIsBad) {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n",{"b":null}],"c":true})";
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(accepts(text.substr(0, n))) << n;
  EXPECT_TRUE(accepts(text));
}

TEST(JsonScanner, AFailureNamesItsPlace) {
  std::string stack;
  JsonScanner scan(R"({"a":1 "b":2})", {}, stack);
  Span value;
  EXPECT_FALSE(scan.skip(value));
  EXPECT_TRUE(scan.failed());
  EXPECT_EQ(scan.problem(), "expected ',' or '}' at byte 7");
  EXPECT_EQ(scan.peek(), JsonKind::None);
  EXPECT_FALSE(scan.finish());
}

TEST(JsonScanner, DepthCountsContainersInsideEachOther) {
  const auto nested = [](int depth, char open, char close) {
    return std::string(static_cast<std::size_t>(depth), open) +
           std::string(static_cast<std::size_t>(depth), close);
  };
  for (const int limit : {1, 2, 128, 1024}) {
    const ParseLimits limits{.max_depth = limit};
    EXPECT_TRUE(accepts(nested(limit, '[', ']'), limits)) << limit;
    EXPECT_TRUE(accepts_walking(nested(limit, '[', ']'), limits)) << limit;
    EXPECT_FALSE(accepts(nested(limit + 1, '[', ']'), limits)) << limit;
    EXPECT_FALSE(accepts_walking(nested(limit + 1, '[', ']'), limits)) << limit;
  }
  // Siblings do not add up.
  EXPECT_TRUE(accepts("[[[]],[[]],{\"a\":[]}]", {.max_depth = 3}));
  EXPECT_TRUE(accepts_walking("[[[]],[[]],{\"a\":[]}]", {.max_depth = 3}));
  for (const std::size_t deep : {100u, 10'000u, 1'000'000u}) {
    EXPECT_EQ(accepts(std::string(deep, '[')), false);
    std::string objects;
    for (std::size_t i = 0; i < deep; ++i) objects += "{\"a\":";
    EXPECT_EQ(accepts(objects), false);
  }
}

TEST(JsonScanner, ValuesAreCounted) {
  const ParseLimits limits{.max_nodes = 5};
  EXPECT_TRUE(accepts("[1,2,3,4]", limits));
  EXPECT_FALSE(accepts("[1,2,3,4,5]", limits));
  EXPECT_TRUE(accepts(R"({"a":1,"b":"x","c":[],"d":{}})", limits));
  EXPECT_FALSE(accepts(R"({"a":1,"b":"x","c":[],"d":{},"e":null})", limits));
  EXPECT_TRUE(accepts_walking("[1,2,3,4]", limits));
  EXPECT_FALSE(accepts_walking("[1,2,3,4,5]", limits));
}

// What simdjson or nlohmann accept is the reference, save for what is decided differently on
// purpose.
TEST(JsonScanner, AgreesWithOtherParsersOnDamagedTexts) {
  simdjson::dom::parser dom;
  RandomJson random(20'26);
  int good = 0, bad = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = random.value(4);
    const std::size_t damage = random.below(3);
    for (std::size_t i = 0; i < damage && !text.empty(); ++i) {
      static constexpr std::string_view kBytes = "{}[],:\"\\0123456789eE+-. \ntfnu";
      const std::size_t where = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[where] = kBytes[random.below(kBytes.size())];
          break;
        case 1:
          text.erase(where, 1);
          break;
        default:
          text.insert(where, 1, kBytes[random.below(kBytes.size())]);
      }
    }
    const bool utf8 = simdjson::validate_utf8(text);
    const bool ours = utf8 && accepts(text);
    EXPECT_EQ(ours, utf8 && accepts_walking(text)) << text;
    const auto error = dom.parse(simdjson::padded_string(text)).error();
    // simdjson refuses integers beyond 64 bits too, so where it names a number, another reads it.
    const bool reference =
        error == simdjson::NUMBER_ERROR ? nlohmann::json::accept(text) : error == simdjson::SUCCESS;
    EXPECT_EQ(ours, reference) << text << ": " << error;
    ++(ours ? good : bad);
  }
  EXPECT_GT(good, 2'000);
  EXPECT_GT(bad, 2'000);
}

}  // namespace
}  // namespace smartroute::openai
