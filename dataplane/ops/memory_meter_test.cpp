#include "dataplane/ops/memory_meter.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace smartroute::ops {
namespace {

namespace fs = std::filesystem;

// A machine made of files.
class MemoryMeterTest : public ::testing::Test {
 protected:
  MemoryMeterTest() {
    std::string name = (fs::temp_directory_path() / "memory-meter-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    write("proc/self/statm", "9000 1000 10 1 0 500 0");
    write("proc/meminfo", "MemFree:  17 kB\nMemTotal:       2048 kB\n");
  }
  ~MemoryMeterTest() override { fs::remove_all(root); }

  void write(const fs::path& path, std::string_view text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  void expect(std::uint64_t configured, std::uint64_t used, std::uint64_t limit) {
    const auto reading = MemoryMeter(root).read(configured);
    EXPECT_EQ(reading.used, used);
    EXPECT_EQ(reading.limit, limit);
  }
  // As much as statm says.
  const std::uint64_t resident = 1000 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  fs::path root;
};

TEST_F(MemoryMeterTest, ComparesTheProcessWithAConfiguredLimit) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "500\n");
  expect(7'000, resident, 7'000);
}

TEST_F(MemoryMeterTest, ReadsAGroupOfVersion2WithoutItsDroppableCache) {
  write("proc/self/cgroup", "0::/pod/app\n");
  write("sys/fs/cgroup/pod/app/memory.max", "5000\n");
  write("sys/fs/cgroup/pod/app/memory.current", "4000\n");
  write("sys/fs/cgroup/pod/app/memory.stat", "anon 3000\ninactive_file 700\nactive_file 300\n");
  expect(0, 3'300, 5'000);
}

TEST_F(MemoryMeterTest, TakesTheTightestOfAllGroupsAround) {
  write("proc/self/cgroup", "0::/pod/app\n");
  write("sys/fs/cgroup/pod/app/memory.max", "max\n");
  write("sys/fs/cgroup/pod/memory.max", "900\n");
  write("sys/fs/cgroup/pod/memory.current", "800\n");
  write("sys/fs/cgroup/memory.max", "2000\n");
  expect(0, 800, 900);
}

TEST_F(MemoryMeterTest, FindsItsGroupAtTheMountWhenThePathIsTheHosts) {
  write("proc/self/cgroup", "5:cpu:/x\n4:memory:/kubepods/pod1/abc\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "6000\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "100\n");
  write("sys/fs/cgroup/memory/memory.stat", "cache 1\ntotal_inactive_file 400\n");
  expect(0, 0, 6'000);
}

TEST_F(MemoryMeterTest, WithoutALimitLooksAtTheMachine) {
  write("proc/self/cgroup", "4:memory:/\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  expect(0, resident, 2'048 * 1'024);
}

TEST_F(MemoryMeterTest, WithNothingToReadKnowsNoLimit) {
  fs::remove_all(root / "proc");
  expect(0, 0, 0);
}

TEST(MemoryMeter, ReadsThisMachine) {
  const auto reading = MemoryMeter().read(std::uint64_t{1} << 50);
  EXPECT_GT(reading.used, 1'000'000u);
  EXPECT_EQ(reading.limit, std::uint64_t{1} << 50);
}

}  // namespace
}  // namespace smartroute::ops
