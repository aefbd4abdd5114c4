#include "tools/cli/log_follower.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace smartroute::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReadableLine, ShowsProblemsAndLeavesTheRestOut) {
  EXPECT_EQ(
      readable(
          R"({"ts":"2026-11-22T10:00:00Z","level":"warn","msg":"config refused","revision":4})",
          Show::Problems),
      "warn: config refused revision=4");
  EXPECT_EQ(readable(R"({"level":"info","msg":"listening"})", Show::Problems), "");
  EXPECT_EQ(readable(R"({"level":"info","msg":"listening"})", Show::Everything), "info: listening");
}

TEST(ReadableLine, FactsInAnObjectOfTheirOwnReadLikeTheOthers) {
  EXPECT_EQ(
      readable(R"({"level":"error","msg":"not applied","fields":{"file":"g.yaml","revision":2}})",
               Show::Problems),
      "error: not applied file=g.yaml revision=2");
}

TEST(ReadableLine, WhatIsNoRecordIsShown) {
  EXPECT_EQ(readable("terminate called after throwing", Show::Problems),
            "terminate called after throwing");
}

TEST(ReadableLine, ControlBytesFromStrangersDoNotReachTheTerminal) {
  EXPECT_EQ(readable("{\"level\":\"warn\",\"msg\":\"a\\u001b[31mb\\u009bc\"}", Show::Problems),
            "warn: a [31mb  c");
}

class LogFollowerFiles : public testing::Test {
 protected:
  void SetUp() override {
    path_ =
        std::filesystem::path(testing::TempDir()) /
        (std::string("follow_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove(path_);
  }
  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  std::filesystem::path path_;
};

TEST_F(LogFollowerFiles, BeginsAtTheEndOfWhatIsThere) {
  append("old\n");
  LogFollower follower(path_, Show::Problems);
  append("new\n");
  EXPECT_THAT(follower.take(), ElementsAre("new"));
  EXPECT_THAT(follower.take(), IsEmpty());
}

TEST_F(LogFollowerFiles, WaitsForTheRestOfALine) {
  LogFollower follower(path_, Show::Problems);
  EXPECT_THAT(follower.take(), IsEmpty());
  append("first half, ");
  EXPECT_THAT(follower.take(), IsEmpty());
  append("second half\nnext");
  EXPECT_THAT(follower.take(), ElementsAre("first half, second half"));
}

TEST_F(LogFollowerFiles, ALineWithoutEndIsNotKeptForEver) {
  LogFollower follower(path_, Show::Problems);
  append(std::string(3 * LogFollower::kMaxRead, 'x'));
  for (int i = 0; i < 4; ++i) EXPECT_THAT(follower.take(), IsEmpty());
  append("\nnext\n");
  EXPECT_THAT(follower.take(), testing::Contains("next"));
}

TEST_F(LogFollowerFiles, ALargeLogMovesAsideAndIsFollowedFromItsNewBeginning) {
  { std::ofstream(path_) << "x"; }
  std::filesystem::resize_file(path_, LogFollower::kMaxFile);
  LogFollower follower(path_, Show::Problems);
  follower.take();
  EXPECT_EQ(std::filesystem::file_size(path_), 0u);
  append("after\n");
  EXPECT_THAT(follower.take(), ElementsAre("after"));
  std::filesystem::remove(path_.string() + ".1");
}

}  // namespace
}  // namespace smartroute::cli
