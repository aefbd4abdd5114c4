#include "dataplane/core/accounting/record.hpp"

#include <gtest/gtest.h>

#include <set>

namespace smartroute::accounting {
namespace {

TEST(Ending, NamesAreUnique) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Ending::kCount); ++i)
    EXPECT_TRUE(names.insert(name_of(static_cast<Ending>(i))).second);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace smartroute::accounting
