#include "dataplane/core/admission/memory_pressure.hpp"

#include <gtest/gtest.h>

namespace smartroute::admission {
namespace {

TEST(MemoryPressure, EntersAtItsShareAndLeavesWellBelowIt) {
  struct Row {
    std::uint64_t used;
    MemoryLevel level;
    const char* why;
  };
  const Row rows[] = {
      {9'499, MemoryLevel::Fine, "below"},
      {9'500, MemoryLevel::Tight, "95 %"},
      {9'400, MemoryLevel::Tight, "hysteresis"},
      {9'200, MemoryLevel::Tight, "still"},
      {9'199, MemoryLevel::Fine, "left at 92 %"},
      {9'400, MemoryLevel::Fine, "not entered again below 95 %"},
      {9'900, MemoryLevel::Critical, "98 %, past both at once"},
      {9'600, MemoryLevel::Critical, "hysteresis"},
      {9'500, MemoryLevel::Critical, "still"},
      {9'499, MemoryLevel::Tight, "left at 95 %"},
      {9'799, MemoryLevel::Tight, "not entered again below 98 %"},
      {20'000, MemoryLevel::Critical, "over the limit"},
      {0, MemoryLevel::Fine, "both left at once"},
  };
  MemoryPressure pressure;
  for (const Row& row : rows) {
    EXPECT_EQ(pressure.take(row.used, 10'000), row.level) << row.used << ": " << row.why;
    EXPECT_EQ(pressure.level(), row.level);
  }
  EXPECT_EQ(pressure.entered(MemoryLevel::Tight), 2u);
  EXPECT_EQ(pressure.entered(MemoryLevel::Critical), 2u);
}

TEST(MemoryPressure, WithoutALimitIsFine) {
  MemoryPressure pressure;
  pressure.take(99, 100);
  EXPECT_EQ(pressure.take(UINT64_MAX, 0), MemoryLevel::Fine);
}

TEST(MemoryPressure, DoesNotOverflow) {
  MemoryPressure pressure;
  EXPECT_EQ(pressure.take(UINT64_MAX, UINT64_MAX), MemoryLevel::Critical);
  EXPECT_EQ(pressure.take(UINT64_MAX / 2, UINT64_MAX), MemoryLevel::Fine);
}

}  // namespace
}  // namespace smartroute::admission
