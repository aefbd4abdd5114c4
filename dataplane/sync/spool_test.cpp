#include "dataplane/sync/spool.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {
namespace {

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    options_.directory = directory_.path() / "state" / "spool";
    options_.instance = InstanceId("proxy-1");
    options_.memory_bytes = 1'000;
    options_.memory_only_bytes = 3'000;
    options_.disk_bytes = 100'000;
    options_.segment_bytes = 1'000;
  }
  std::unique_ptr<Spool> make() { return std::make_unique<Spool>(options_, clock_, log_); }
  std::unique_ptr<Spool> open() {
    auto spool = make();
    spool->open();
    return spool;
  }
  static bool push(Spool& spool, int number, std::size_t size = 100) {
    std::string text = std::to_string(number) + " ";
    return spool.push(text + std::string(size - text.size(), 'x'), 1);
  }
  static std::string take(Spool& spool) {
    const auto batch = spool.front();
    if (!batch) return "none";
    spool.acknowledge();
    return batch->records.substr(0, batch->records.find(' '));
  }
  static std::string take_all(Spool& spool) {
    std::string out;
    while (spool.front()) out += take(spool) + ",";
    return out;
  }
  std::size_t files() const {
    std::size_t n = 0;
    if (!std::filesystem::exists(options_.directory)) return 0;
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) n += entry.path().extension() == ".seg" ? 1 : 0;
    return n;
  }

  TemporaryDirectory directory_;
  SpoolOptions options_;
  FakeClock clock_;
  std::ostringstream said_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_)};
};

TEST_F(SpoolTest, KeepsInMemoryWhatIsTakenInTime) {
  const auto spool = open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(push(*spool, i));
    EXPECT_EQ(take(*spool), std::to_string(i));
  }
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(spool->spooled_records(), 0u);
}

TEST_F(SpoolTest, NumbersRecordsWithoutGaps) {
  const auto spool = open();
  std::uint64_t next = 1;
  for (const std::uint32_t count : {3u, 1u, 1'000u}) {
    ASSERT_TRUE(spool->push("records", count));
    const auto batch = spool->front();
    EXPECT_EQ(batch->first_sequence, next);
    EXPECT_EQ(batch->count, count);
    EXPECT_EQ(batch->boot, spool->boot_id());
    EXPECT_EQ(batch->instance, "proxy-1");
    next += count;
    spool->acknowledge();
  }
}

TEST_F(SpoolTest, GoesToDiskWhenMuchWaitsAndComesBackInOrder) {
  const auto spool = open();
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(push(*spool, i));
    expected += std::to_string(i) + ",";
  }
  EXPECT_EQ(spool->spooled_records(), 50u);
  EXPECT_GT(spool->spooled_bytes(), 5'000u);
  EXPECT_GT(files(), 4u);
  EXPECT_EQ(take_all(*spool), expected);
  EXPECT_EQ(files(), 0u) << "acknowledged files are deleted";
  EXPECT_EQ(spool->spooled_bytes(), 0u);
  ASSERT_TRUE(push(*spool, 50));
  EXPECT_EQ(spool->spooled_records(), 0u) << "in memory again";
}

TEST_F(SpoolTest, FilesAndFolderArePrivate) {
  const auto spool = open();
  for (int i = 0; i < 20; ++i) push(*spool, i);
  struct stat facts {};
  ASSERT_EQ(::stat(options_.directory.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
    ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(SpoolTest, GoesToDiskWhenTheOldestHasWaitedLong) {
  const auto spool = open();
  ASSERT_TRUE(push(*spool, 1));
  clock_.advance(std::chrono::seconds(4));
  spool->keep_safe();
  EXPECT_EQ(spool->spooled_records(), 0u);
  clock_.advance(std::chrono::seconds(2));
  spool->keep_safe();
  EXPECT_EQ(spool->spooled_records(), 1u);
  ASSERT_TRUE(push(*spool, 2));
  EXPECT_EQ(spool->spooled_records(), 2u) << "behind those on disk";
  EXPECT_EQ(take_all(*spool), "1,2,");
}

// Dies without a word, as by kill -9: the object is left alone and its lock is let go.
TEST_F(SpoolTest, AKillCostsWhatWasInMemoryOnly) {
  std::string boot;
  {
    auto spool = open();
    boot = spool->boot_id();
    for (int i = 0; i < 15; ++i) push(*spool, i);
    EXPECT_EQ(take(*spool), "0");
    ASSERT_EQ(spool->spooled_records(), 14u);
    std::filesystem::create_directories(directory_.path() / "killed");
    std::filesystem::copy(options_.directory, directory_.path() / "killed" / "spool", std::filesystem::copy_options::recursive);
  }
  options_.directory = directory_.path() / "killed" / "spool";
  const auto spool = open();
  ASSERT_TRUE(push(*spool, 100));
  const auto first = spool->front();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->boot, boot);
  EXPECT_NE(spool->boot_id(), boot);
  EXPECT_EQ(first->first_sequence, 1u) << "what was acknowledged in a file that was not deleted comes once more, under its number";
  EXPECT_EQ(take_all(*spool), "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,100,");
  EXPECT_EQ(files(), 0u);
}

TEST_F(SpoolTest, CloseLeavesTheRestOnDisk) {
  auto spool = open();
  for (int i = 0; i < 3; ++i) push(*spool, i);
  EXPECT_EQ(spool->spooled_records(), 0u);
  spool->close();
  EXPECT_EQ(spool->dropped_total(), 0u);
  EXPECT_EQ(take_all(*open()), "0,1,2,");
}

TEST_F(SpoolTest, ManyStartsAreSentInTheirOrder) {
  for (int start = 0; start < 5; ++start) {
    auto spool = open();
    push(*spool, start);
    spool->close();
  }
  EXPECT_EQ(take_all(*open()), "0,1,2,3,4,");
}

TEST_F(SpoolTest, WithoutAFolderItIsMemoryOnly) {
  options_.directory.clear();
  auto spool = open();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(push(*spool, i), i < 30) << i;
  EXPECT_EQ(spool->dropped_total(), 10u);
  EXPECT_EQ(take(*spool), "0");
  EXPECT_TRUE(push(*spool, 40));
  EXPECT_EQ(spool->front()->first_sequence, 2u);
  spool->close();
  EXPECT_EQ(spool->dropped_total(), 40u) << "what is left";
}

TEST_F(SpoolTest, BeyondItsBoundTheNewestAreDroppedAndLeaveNoGap) {
  options_.disk_bytes = 3'000;
  auto spool = open();
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += push(*spool, i) ? 1 : 0;
  EXPECT_LE(spool->spooled_bytes(), 3'000u);
  EXPECT_GT(spool->spooled_bytes(), 2'700u);
  EXPECT_EQ(kept + static_cast<int>(spool->dropped_total()), 100);
  EXPECT_NE(said_.str().find("newest are dropped"), std::string::npos);
  std::uint64_t next = 1;
  for (; const auto batch = spool->front(); spool->acknowledge()) EXPECT_EQ(batch->first_sequence, next++);
  EXPECT_EQ(next, static_cast<std::uint64_t>(kept) + 1);
  EXPECT_TRUE(push(*spool, 101));
}

TEST_F(SpoolTest, ABoundOfZeroKeepsItOffTheDisk) {
  auto spool = open();
  spool->set_disk_bytes(0);
  for (int i = 0; i < 40; ++i) push(*spool, i);
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(spool->dropped_total(), 10u);
}

TEST_F(SpoolTest, AFolderThatCannotBeUsedMeansMemoryOnlyAndAWarning) {
  std::filesystem::create_directories(options_.directory.parent_path());
  std::ofstream(options_.directory) << "a file";
  auto spool = open();
  for (int i = 0; i < 40; ++i) push(*spool, i);
  EXPECT_EQ(spool->dropped_total(), 10u);
  EXPECT_NE(said_.str().find("kept in memory only"), std::string::npos);
  EXPECT_EQ(take(*spool), "0");
}

TEST_F(SpoolTest, TwoProcessesWithOneFolderDoNotShareFiles) {
  auto first = open();
  for (int i = 0; i < 20; ++i) push(*first, i);
  auto second = open();
  for (int i = 100; i < 120; ++i) push(*second, i);
  EXPECT_EQ(second->spooled_records(), 0u);
  first->close();
  second->open();
  EXPECT_EQ(second->spooled_records(), 0u) << "not yet: it asks again after a while";
  clock_.advance(Spool::kLockRetry);
  second->open();
  EXPECT_EQ(second->spooled_records(), 20u);
  EXPECT_EQ(take(*second), "0") << "what the other one left goes first";
  for (int i = 120; i < 130; ++i) push(*second, i);
  std::string expected;
  for (int i = 1; i < 20; ++i) expected += std::to_string(i) + ",";
  for (int i = 100; i < 130; ++i) expected += std::to_string(i) + ",";
  EXPECT_EQ(take_all(*second), expected);
}

TEST_F(SpoolTest, AFullDiskIsNoDisaster) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto spool = open();
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 350;   // of a file: two batches and a part
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += push(*spool, i) ? 1 : 0;
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(kept + static_cast<int>(spool->dropped_total()), 100);
  EXPECT_NE(said_.str().find("cannot be kept on disk"), std::string::npos);
  for (int next = 0; next < kept && spool->front(); ++next) ASSERT_EQ(take(*spool), std::to_string(next));
  EXPECT_EQ(files(), 0u);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(push(*spool, i));
}

TEST_F(SpoolTest, ATornEndIsCutAndSaid) {
  {
    auto spool = open();
    for (int i = 0; i < 3; ++i) push(*spool, i);
    spool->close();
  }
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory))
    if (entry.path().extension() == ".seg") std::ofstream(entry.path(), std::ios::app | std::ios::binary) << std::string("\x40\0\0\0half a frame", 16);
  auto spool = open();
  EXPECT_NE(said_.str().find("cut off"), std::string::npos);
  EXPECT_EQ(take_all(*spool), "0,1,2,");
  EXPECT_EQ(files(), 0u);
}

TEST_F(SpoolTest, AFileThatIsNotOursStaysWhereItIs) {
  std::filesystem::create_directories(options_.directory);
  const auto stranger = options_.directory / "00000000000000ff.seg";
  std::ofstream(stranger) << "something else, and long enough";
  auto spool = open();
  EXPECT_EQ(spool->front(), nullptr);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(push(*spool, i));
  take_all(*spool);
  EXPECT_TRUE(std::filesystem::exists(stranger));
  EXPECT_NE(said_.str().find("left where they are"), std::string::npos);
}

TEST_F(SpoolTest, ABatchThatCannotBeReadAnyMoreIsCounted) {
  auto spool = open();
  for (int i = 0; i < 30; ++i) push(*spool, i);
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory))
    if (entry.path().filename() == "0000000000000002.seg") std::filesystem::resize_file(entry.path(), 8);
  std::string all = take_all(*spool);
  EXPECT_GT(spool->dropped_total(), 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(std::count(all.begin(), all.end(), ',')) + spool->dropped_total(), 30u);
  EXPECT_EQ(spool->spooled_bytes(), 0u);
}

TEST_F(SpoolTest, WaitsUntilThereIsSomethingOrSomebodyCalls) {
  auto spool = open();
  spool->wake();
  spool->wait(std::chrono::hours(1));
  push(*spool, 1);
  spool->wait(std::chrono::hours(1));
  EXPECT_EQ(take(*spool), "1");
  spool->wait(std::chrono::microseconds(1));
}

}  // namespace
}  // namespace smartroute::sync
