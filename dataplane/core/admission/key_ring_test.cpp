#include "dataplane/core/admission/key_ring.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace smartroute::admission {
namespace {

constexpr std::array<std::uint8_t, 16> kSeed{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::vector<Secret> secrets(std::initializer_list<const char*> values) {
  std::vector<Secret> out;
  for (const char* value : values) out.emplace_back(value);
  return out;
}

TEST(KeyRing, FindsEveryConfiguredKey) {
  const KeyRing ring(secrets({"sk-one", "sk-two", "sk-three"}), kSeed);
  for (const char* key : {"sk-one", "sk-two", "sk-three"})
    ASSERT_NE(ring.find(key), nullptr) << key;
  EXPECT_NE(ring.find("sk-one")->key_id, ring.find("sk-two")->key_id);
}

TEST(KeyRing, RefusesWhatIsOnlyAlike) {
  const KeyRing ring(secrets({"sk-one"}), kSeed);
  for (const char* key :
       {"", "sk-on", "sk-onee", "SK-ONE", "sk-one ", " sk-one", "sk-onf", "tk-one"})
    EXPECT_EQ(ring.find(key), nullptr) << '"' << key << '"';
  EXPECT_EQ(ring.find(std::string_view("sk-one\0", 7)), nullptr);
}

TEST(KeyRing, KeyIdIsTheStartOfTheKeysSha256) {
  // SHA-256("abc"), FIPS 180-2 appendix B.1.
  const KeyRing ring(secrets({"abc"}), kSeed);
  ASSERT_NE(ring.find("abc"), nullptr);
  EXPECT_EQ(ring.find("abc")->key_id, "ba7816bf");
}

TEST(KeyRing, AnUnresolvedKeyAdmitsNobodyAndKeepsTheRingClosed) {
  const KeyRing ring(secrets({""}), kSeed);
  EXPECT_FALSE(ring.empty());
  EXPECT_EQ(ring.find(""), nullptr);
  EXPECT_EQ(ring.find("x"), nullptr);
}

TEST(KeyRing, WithoutKeysIsEmpty) {
  const KeyRing ring(std::vector<NamedKey>(), kSeed);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.find("anything"), nullptr);
}

TEST(KeyRing, WorksUnderAnySeed) {
  std::array<std::uint8_t, 16> other = kSeed;
  other[0] ^= 0xff;
  const KeyRing ring(secrets({"sk-one"}), other);
  EXPECT_NE(ring.find("sk-one"), nullptr);
  EXPECT_EQ(ring.find("sk-two"), nullptr);
}

TEST(KeyRing, TakesLongKeys) {
  const std::string longest(16 * 1024, 'k');
  const KeyRing ring(secrets({longest.c_str()}), kSeed);
  EXPECT_NE(ring.find(longest), nullptr);
  EXPECT_EQ(ring.find(longest + "k"), nullptr);
}

TEST(KeyRing, KnowsTheNameOfAKeyAndWhetherItsBodiesAreKept) {
  std::vector<NamedKey> keys;
  keys.push_back({Secret("sk-named-0001"), "batch jobs", false});
  keys.push_back({Secret("sk-plain-0002"), "", std::nullopt});
  const KeyRing ring(keys, {});
  ASSERT_NE(ring.find("sk-named-0001"), nullptr);
  EXPECT_EQ(ring.find("sk-named-0001")->name, "batch jobs");
  EXPECT_EQ(ring.find("sk-named-0001")->log_bodies, false);
  ASSERT_NE(ring.find("sk-plain-0002"), nullptr);
  EXPECT_EQ(ring.find("sk-plain-0002")->name, "");
  EXPECT_EQ(ring.find("sk-plain-0002")->log_bodies, std::nullopt);
}

TEST(PresentedKey, ReadsEachHeaderInOrder) {
  struct Row {
    const char *name, *authorization, *x_api_key, *api_key, *x_goog, *key;
  };
  const Row rows[] = {
      {"bearer", "Bearer a", "", "", "", "a"},
      {"scheme in lower case", "bearer a", "", "", "", "a"},
      {"scheme in upper case", "BEARER a", "", "", "", "a"},
      {"spaces", "  Bearer \t a  ", "", "", "", "a"},
      {"bearer first", "Bearer a", "b", "c", "d", "a"},
      {"anthropic", "", "b", "c", "d", "b"},
      {"azure", "", "", "c", "d", "c"},
      {"google", "", "", "", " d ", "d"},
      {"other scheme alone", "Basic dTpw", "", "", "", ""},
      {"other scheme falls through", "Basic dTpw", "b", "", "", "b"},
      {"bearer without token", "Bearer ", "", "c", "", "c"},
      {"bare word", "Bearer", "", "", "", ""},
      {"no separator", "Bearera", "", "", "", ""},
      {"scheme of other letters", "Cearer a", "", "", "", ""},
      {"nothing", "", "", "", "", ""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(presented_key(row.authorization, row.x_api_key, row.api_key, row.x_goog), row.key)
        << row.name;
}

}  // namespace
}  // namespace smartroute::admission
