#include "controlplane/base/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "controlplane/base/file_watch.hpp"

namespace smartroute::control::base {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string name = (fs::temp_directory_path() / "smartroute-files-XXXXXX").string();
    dir = ::mkdtemp(name.data());
  }
  ~FilesTest() override { fs::remove_all(dir); }
  fs::path dir;
};

TEST_F(FilesTest, WritesWholeWithItsModeAndReadsItBack) {
  const fs::path file = dir / "token";
  ASSERT_TRUE(replace_file(file, "first", 0600));
  ASSERT_TRUE(replace_file(file, "second", 0600));
  EXPECT_EQ(read_file(file, 100).value(), "second");
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777u, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir), {}), 1) << "no temporary file stays";
}

TEST_F(FilesTest, ReadSaysWhatIsWrong) {
  ASSERT_TRUE(replace_file(dir / "large", std::string(101, 'x'), 0600));
  EXPECT_EQ(read_file(dir / "absent", 100).error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(read_file(dir / "large", 100).error().kind(), ErrorKind::Storage);
  EXPECT_EQ(read_file(dir, 100).error().kind(), ErrorKind::Storage);
  EXPECT_NE(read_file(dir / "absent", 100).error().text().find("absent"), std::string::npos);
}

// Counts calls; wait() returns once there were `n`.
class Calls {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool wait(int n) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return count_ >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST_F(FilesTest, FileWatchSeesWritesRenamesAndReturns) {
  const fs::path file = dir / "gateway.yaml";
  ASSERT_TRUE(replace_file(file, "1", 0600));
  Calls calls;
  const auto watch = FileWatch::start(file, [&] { calls.add(); });
  ASSERT_TRUE(watch);
  std::ofstream(file) << "22";
  EXPECT_TRUE(calls.wait(1));
  ASSERT_TRUE(replace_file(file, "333", 0600));
  EXPECT_TRUE(calls.wait(2));
  fs::remove(file);
  EXPECT_TRUE(calls.wait(3));
  ASSERT_TRUE(replace_file(file, "4444", 0600));
  EXPECT_TRUE(calls.wait(4));
}

// The layout of a mounted ConfigMap: gateway.yaml -> ..data/gateway.yaml, ..data -> ..2024_01/
TEST_F(FilesTest, FileWatchSeesAKubernetesDataLinkTurn) {
  fs::create_directory(dir / "..one");
  fs::create_directory(dir / "..two");
  ASSERT_TRUE(replace_file(dir / "..one/gateway.yaml", "one", 0600));
  ASSERT_TRUE(replace_file(dir / "..two/gateway.yaml", "two", 0600));
  fs::create_symlink("..one", dir / "..data");
  fs::create_symlink("..data/gateway.yaml", dir / "gateway.yaml");
  Calls calls;
  const auto watch = FileWatch::start(dir / "gateway.yaml", [&] { calls.add(); });
  ASSERT_TRUE(watch);
  fs::create_symlink("..two", dir / "..data_tmp");
  fs::rename(dir / "..data_tmp", dir / "..data");
  EXPECT_TRUE(calls.wait(1));
  EXPECT_EQ(read_file(dir / "gateway.yaml", 100).value(), "two");
}

TEST_F(FilesTest, FileWatchStopsAtOnceWhenNothingHappened) {
  const auto watch = FileWatch::start(dir / "never", [] { ADD_FAILURE(); });
  ASSERT_TRUE(watch);
}

}  // namespace
}  // namespace smartroute::control::base
