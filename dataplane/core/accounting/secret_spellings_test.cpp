#include "dataplane/core/accounting/secret_spellings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smartroute::accounting {
namespace {

using testing::Contains;
using testing::ElementsAre;

std::vector<std::string> spellings_of(std::string_view secret, std::size_t least = 8) {
  std::vector<std::string> out;
  append_spellings(secret, least, out);
  return out;
}

TEST(SecretSpellings, AreThoseOfJsonAndUrls) {
  const auto spellings = spellings_of("a\"b\\c d/e+f");
  EXPECT_THAT(spellings, Contains("a\\\"b\\\\c d/e+f"));
  EXPECT_THAT(spellings, Contains("a%22b%5Cc%20d%2Fe%2Bf"));
  EXPECT_THAT(spellings, Contains("a%22b%5cc%20d%2fe%2bf"));
}

// RFC 4648, section 10, and what stands around it.
TEST(SecretSpellings, AreThoseOfBase64WhereverTheSecretStands) {
  EXPECT_THAT(spellings_of("foobar"), ElementsAre("Zm9vYmFy"));
  EXPECT_THAT(spellings_of("foobarfoobar"), ElementsAre("Zm9vYmFyZm9vYmFy", "b29iYXJmb29i", "b2JhcmZvb2Jh"));
  for (const char* around : {"Zm9vYmFyZm9vYmFy",           // foobarfoobar
                             "eGZvb2JhcmZvb2JhcnkK",       // xfoobarfoobary
                             "eHhmb29iYXJmb29iYXJ5eQo="}) {   // xxfoobarfoobaryy
    const auto spellings = spellings_of("foobarfoobar");
    EXPECT_TRUE(std::any_of(spellings.begin(), spellings.end(), [&](const std::string& one) { return std::string_view(around).find(one) != std::string_view::npos; })) << around;
  }
  EXPECT_THAT(spellings_of("\xfb\xff\xfe\xfb\xff\xfe"), Contains("-__--__-"));
}

TEST(SecretSpellings, LeaveOutWhatIsTooShort) {
  EXPECT_TRUE(spellings_of("abc").empty());
  EXPECT_TRUE(spellings_of("").empty());
}

}  // namespace
}  // namespace smartroute::accounting
