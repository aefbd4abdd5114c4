#include "dataplane/core/accounting/json_escapes.hpp"

#include <gtest/gtest.h>

namespace smartroute::accounting {
namespace {

TEST(JsonEscapes, SaysWhereCharactersMayHide) {
  EXPECT_FALSE(may_hide_characters(R"({"a":"plain\n\"text\" \\ C:\\u \u4f60\u597d"})"));
  EXPECT_TRUE(may_hide_characters(R"({"a":"a\/b"})"));
  EXPECT_TRUE(may_hide_characters(R"({"a":"\u0041"})"));
  for (std::size_t at = 0; at < 600; ++at) {
    std::string text(610, 'x');
    text.replace(at, 2, "\\/");
    EXPECT_TRUE(may_hide_characters(text)) << at;
  }
  EXPECT_FALSE(may_hide_characters(""));
  EXPECT_FALSE(may_hide_characters("\\/"));   // shorter than any key
}

TEST(JsonEscapes, RevealsLettersOfKeysAndKeepsTheRest) {
  const std::string json = R"("\u0073k-\/x\n\u0022\u005c\\u0041\u4f60")";
  std::string out;
  PlaceMap places;
  reveal_characters(json, out, places);
  EXPECT_EQ(out, R"("sk-/x\n\u0022\u005c\\u0041\u4f60")");
  EXPECT_EQ(places.origin(0), 0u);
  EXPECT_EQ(places.origin(1), 1u);           // s
  EXPECT_EQ(places.origin(2), 7u);           // k
  EXPECT_EQ(json.substr(places.origin(4), 2), "\\/");
  EXPECT_EQ(json[places.origin(5)], 'x');
  EXPECT_EQ(places.origin(out.size()), json.size());
}

TEST(JsonEscapes, UnescapesWhatReadersSee) {
  std::string out;
  PlaceMap places;
  const std::string inside = R"(a\tb\ud83d\ude00c\ud83dd\q\u12)";
  unescape(inside, out, places);
  EXPECT_EQ(out, "a\tb\xf0\x9f\x98\x80"
                 "c\xef\xbf\xbd"
                 "d\\q\\u12");
  EXPECT_EQ(inside[places.origin(2)], 'b');
  EXPECT_EQ(inside[places.origin(7)], 'c');
  EXPECT_EQ(places.origin(out.size()), inside.size());
}

TEST(JsonEscapes, NeverReadsBeyondWhatIsCut) {
  const std::string json = R"("\u0073\ud83d\ude00\/\\\"")";
  for (std::size_t size = 0; size <= json.size(); ++size) {
    const std::string part = json.substr(0, size);   // of its own memory, for the sanitizer
    std::string out, plain;
    PlaceMap places;
    reveal_characters(part, out, places);
    EXPECT_LE(out.size(), part.size());
    EXPECT_EQ(places.origin(out.size()), part.size());
    places.clear();
    unescape(part, plain, places);
    EXPECT_EQ(places.origin(plain.size()), part.size());
  }
}

}  // namespace
}  // namespace smartroute::accounting
