#include "controlplane/core/identity/line_pace.hpp"

#include <gtest/gtest.h>

#include "controlplane/core/identity/network.hpp"

namespace smartroute::control::identity {
namespace {

class LinePaceTest : public testing::Test {
 protected:
  int lines_of(const std::string& address, int tries) {
    int lines = 0;
    for (int i = 0; i < tries; ++i) lines += pace.due(address, clock.steady()) ? 1 : 0;
    return lines;
  }
  FakeClock clock;
  LinePace pace;
};

TEST_F(LinePaceTest, AThousandTriesAreALineAndTheNextSaysHowManyItStandsFor) {
  EXPECT_EQ(lines_of("a", 1'000), 1);
  EXPECT_EQ(lines_of("b", 1), 1) << "another address is another matter";
  clock.advance(LinePace::kPause);
  EXPECT_EQ(pace.due("a", clock.steady()), std::optional<std::uint64_t>(999));
  clock.advance(LinePace::kPause);
  EXPECT_EQ(pace.due("a", clock.steady()), std::optional<std::uint64_t>(0));
}

TEST_F(LinePaceTest, ManyAddressesTogetherHaveABoundToo) {
  std::uint32_t lines = 0;
  for (int i = 0; i < 10'000; ++i) lines += static_cast<std::uint32_t>(lines_of("a" + std::to_string(i), 1));
  EXPECT_EQ(lines, LinePace::kMaxLines);
  clock.advance(LinePace::kPause);
  EXPECT_EQ(lines_of("a0", 2), 1);
}

TEST_F(LinePaceTest, RemembersABoundedNumber) {
  for (std::size_t i = 0; i < 3 * LinePace::kMaxAddresses; ++i) {
    EXPECT_TRUE(pace.due("a" + std::to_string(i), clock.steady()));
    clock.advance(LinePace::kPause);
  }
  EXPECT_EQ(pace.due("a0", clock.steady()), std::optional<std::uint64_t>(0));
}

TEST(NetworkOf, IsAllThatOneGuesserHas) {
  const struct {
    const char* address;
    const char* network;
  } rows[] = {{"192.0.2.1", "192.0.2.1"},
              {"::ffff:192.0.2.1", "192.0.2.1"},
              {"::ffff:c000:201", "192.0.2.1"},
              {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
              {"2001:db8:1:2::", "2001:db8:1:2::/64"},
              {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
              {"fe80::1%eth0", "fe80::/64"},
              {"::1", "::/64"},
              {"", ""},
              {"somewhere", "somewhere"}};
  for (const auto& row : rows) EXPECT_EQ(network_of(row.address), row.network) << row.address;
}

}  // namespace
}  // namespace smartroute::control::identity
