#include "controlplane/http/query.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::http {
namespace {

TEST(Query, DecodesPairsInTheOrderTheyWereSent) {
  const struct {
    const char* name;
    std::string_view raw;
    QueryPairs pairs;
  } rows[] = {
      {"nothing", "", {}},
      {"one", "a=b", {{"a", "b"}}},
      {"a name twice", "a=b&a=c&x=%20", {{"a", "b"}, {"a", "c"}, {"x", " "}}},
      {"empty value", "a=&b", {{"a", ""}, {"b", ""}}},
      {"equals signs in the value", "a=b=c", {{"a", "b=c"}}},
      {"nothing between", "&&a=1&&", {{"a", "1"}}},
      {"plus and escaped plus", "a=1+2%2B3", {{"a", "1 2+3"}}},
      {"escapes in both, either case", "%66=%7B%22%7d", {{"f", "{\"}"}}},
      {"bytes above ASCII", "a=%E4%BD%A0", {{"a", "\xe4\xbd\xa0"}}},
      {"escaped separators", "a=%26%3D", {{"a", "&="}}},
  };
  for (const auto& row : rows) {
    const auto pairs = parse_query(row.raw);
    ASSERT_TRUE(pairs) << row.name << ": " << pairs.error().text();
    EXPECT_EQ(*pairs, row.pairs) << row.name;
  }
}

TEST(Query, RefusesWhatIsMalformedOrTooMuch) {
  std::string many;
  for (std::size_t i = 0; i < kMaxQueryPairs; ++i) many += "a=1&";
  EXPECT_TRUE(parse_query(many));
  const struct {
    const char* name;
    std::string raw;
  } rows[] = {
      {"lone percent", "a=%"},    {"one digit", "a=%2"},
      {"no hex digit", "a=%2g"},  {"no hex digit at first", "a=%g2"},
      {"in a name", "%zz=1"},     {"escape cut by the next pair", "a=%2&0=1"},
      {"NUL", "a=%00"},           {"no name", "=1"},
      {"too many", many + "a=1"}, {"too long", "a=" + std::string(kMaxQueryBytes - 1, 'x')},
  };
  for (const auto& row : rows) {
    const auto pairs = parse_query(row.raw);
    ASSERT_FALSE(pairs) << row.name;
    EXPECT_EQ(pairs.error().kind(), ErrorKind::Invalid) << row.name;
  }
  EXPECT_TRUE(parse_query("a=" + std::string(kMaxQueryBytes - 2, 'x')));
}

TEST(Query, FindsTheFirstOfAName) {
  const QueryPairs pairs{{"a", "1"}, {"b", ""}, {"a", "2"}};
  EXPECT_EQ(find(pairs, "a"), "1");
  EXPECT_EQ(find(pairs, "b"), "");
  EXPECT_EQ(find(pairs, "c"), std::nullopt);
}

}  // namespace
}  // namespace smartroute::control::http
