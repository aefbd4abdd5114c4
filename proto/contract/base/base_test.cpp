#include <gtest/gtest.h>

#include "contract/base/crc32c.hpp"
#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

namespace smartroute {
namespace {

TEST(Secret, ShowsAtMostFourCharacters) {
  EXPECT_EQ(Secret("sk-abcdefghijkl").hint(), "…ijkl");
  EXPECT_EQ(Secret("short").hint(), "…");
  EXPECT_EQ(Secret("").hint(), "");
}

TEST(Secret, ComparesWholeValue) {
  EXPECT_TRUE(Secret("same-value") == Secret("same-value"));
  EXPECT_FALSE(Secret("same-value") == Secret("same-valuf"));
  EXPECT_FALSE(Secret("same-value") == Secret("same-value-longer"));
}

TEST(Error, KeepsContextParamAndAdvice) {
  const Error e = Error(ErrorKind::InvalidRequest, "must be a string")
                      .with_param("model")
                      .with_retry(RetryAdvice::NextCandidate)
                      .with_context("body");
  EXPECT_EQ(e.text(), "body: must be a string");
  EXPECT_EQ(e.param(), "model");
  EXPECT_EQ(e.retry(), RetryAdvice::NextCandidate);
  EXPECT_EQ(origin_of(e.kind()), Origin::Client);
  EXPECT_EQ(name_of(e.kind()), "invalid_request");
}

TEST(SeededRandom, ReplaysAndStaysBelowTheBound) {
  SeededRandom a(7), b(7);
  for (int i = 0; i < 1000; ++i) {
    const auto x = a.below(10);
    EXPECT_EQ(x, b.below(10));
    EXPECT_LT(x, 10u);
  }
}

TEST(FakeClock, JumpsWallTimeWithoutSteadyTime) {
  FakeClock clock;
  const auto steady = clock.steady();
  const auto wall = clock.wall();
  clock.jump_wall(std::chrono::hours(1));
  EXPECT_EQ(clock.steady(), steady);
  EXPECT_EQ(clock.wall() - wall, std::chrono::hours(1));
}

TEST(Crc32c, IsTheOneOfTheStandard) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  const std::string text = "the sum of parts is the sum of the whole, wherever it is cut";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))), crc32c(text));
  for (std::size_t size = 0; size < 64; ++size) EXPECT_EQ(crc32c(std::string(size, 'x')), crc32c_by_tables(std::string(size, 'x'))) << size;
}

}  // namespace
}  // namespace smartroute
