#include "controlplane/store/high_water.hpp"

#include <gtest/gtest.h>

namespace smartroute::store {
namespace {

HighWater sample() { return {"00112233445566778899aabbccddeeff", 42, Revision{17}, "abcd"}; }

TEST(HighWater, IsTextThatAnOperatorCanRead) {
  const std::string text = encode_high_water(sample());
  EXPECT_EQ(text.substr(0, text.find("check")),
            "smartroute high-water 1\nstore 00112233445566778899aabbccddeeff\ncommit 42\nrevision "
            "17\nfingerprint abcd\n");
}

TEST(HighWater, ReadsBackWhatItWrote) {
  EXPECT_EQ(*decode_high_water(encode_high_water(sample())), sample());
  const HighWater fresh{"ff", 0, Revision{}, ""};
  EXPECT_EQ(*decode_high_water(encode_high_water(fresh)), fresh);
}

TEST(HighWater, RefusesEveryChangedOrMissingByte) {
  const std::string good = encode_high_water(sample());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(decode_high_water(bad)) << "byte " << i;
    EXPECT_FALSE(decode_high_water(good.substr(0, i))) << "cut at " << i;
  }
  EXPECT_FALSE(decode_high_water(good + "x"));
}

}  // namespace
}  // namespace smartroute::store
