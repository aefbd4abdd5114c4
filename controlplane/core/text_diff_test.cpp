#include "controlplane/core/text_diff.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::control {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// What `patch -u` does, refusing anything that does not fit.
std::string patched(const std::string& text, const std::string& diff) {
  const auto old_lines = lines_of(text);
  std::string out;
  std::size_t at = 0;
  for (const auto& line : lines_of(diff)) {
    if (line.rfind("--- ", 0) == 0 || line.rfind("+++ ", 0) == 0) continue;
    if (line.rfind("@@ -", 0) == 0) {
      const std::size_t start = std::stoul(line.substr(4));
      const auto comma = line.find(',');
      const bool empty = comma < line.find(" +") && line[comma + 1] == '0';
      for (const std::size_t first = empty ? start : start - 1; at < first; ++at)
        out += old_lines.at(at) + "\n";
      continue;
    }
    const std::string rest = line.substr(1);
    if (line[0] != '+') {
      EXPECT_EQ(old_lines.at(at++), rest) << diff;
    }
    if (line[0] != '-') out += rest + "\n";
  }
  for (; at < old_lines.size(); ++at) out += old_lines[at] + "\n";
  return out;
}

std::size_t edits_in(const std::string& diff) {
  std::size_t count = 0;
  for (const auto& line : lines_of(diff))
    count += (line[0] == '+' || line[0] == '-') && line.rfind("--- ", 0) != 0 &&
             line.rfind("+++ ", 0) != 0;
  return count;
}

// n + m - 2 * longest common subsequence: the fewest edits there are.
std::size_t fewest_edits(const std::string& a, const std::string& b) {
  const auto x = lines_of(a), y = lines_of(b);
  std::vector<std::vector<std::size_t>> lcs(x.size() + 1,
                                            std::vector<std::size_t>(y.size() + 1, 0));
  for (std::size_t i = 1; i <= x.size(); ++i)
    for (std::size_t j = 1; j <= y.size(); ++j)
      lcs[i][j] =
          x[i - 1] == y[j - 1] ? lcs[i - 1][j - 1] + 1 : std::max(lcs[i - 1][j], lcs[i][j - 1]);
  return x.size() + y.size() - 2 * lcs[x.size()][y.size()];
}

TEST(UnifiedDiff, IsEmptyForEqualTexts) {
  EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n", "x", "y"), "");
  EXPECT_EQ(unified_diff("", "", "x", "y"), "");
}

TEST(UnifiedDiff, ShowsAChangeInThreeLinesOfContext) {
  EXPECT_EQ(
      unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "old", "new"),
      "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, SplitsChangesThatAreFarApart) {
  std::string from, to;
  for (int i = 0; i < 40; ++i) {
    from += std::to_string(i) + "\n";
    to += (i == 5 || i == 30 ? "changed" : std::to_string(i)) + "\n";
  }
  const std::string diff = unified_diff(from, to, "a", "b");
  EXPECT_NE(diff.find("@@ -3,7 +3,7 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -28,7 +28,7 @@"), std::string::npos) << diff;
}

TEST(UnifiedDiff, SaysWhereAnEmptyTextBegins) {
  EXPECT_EQ(unified_diff("", "a\n", "x", "y"), "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("a\n", "", "x", "y"), "--- x\n+++ y\n@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, IsAShortestPatchForAnyTwoTexts) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SeededRandom random(seed);
    const auto text = [&] {
      std::string out;
      for (std::uint64_t n = random.below(25); n > 0; --n)
        out += std::string(1, static_cast<char>('a' + random.below(4))) + "\n";
      return out;
    };
    const std::string from = text(), to = text();
    const std::string diff = unified_diff(from, to, "a", "b");
    EXPECT_EQ(patched(from, diff), to) << "seed " << seed;
    EXPECT_EQ(edits_in(diff), fewest_edits(from, to)) << "seed " << seed;
  }
}

TEST(UnifiedDiff, FallsBackToAWholeReplacementWhenTextsHaveLittleInCommon) {
  std::string from = "same\n", to = "same\n";
  for (int i = 0; i < kMaxEdits; ++i) {
    from += "a" + std::to_string(i) + "\n";
    to += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(patched(from, unified_diff(from, to, "a", "b")), to);
}

}  // namespace
}  // namespace smartroute::control
