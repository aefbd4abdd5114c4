// A directory that exists for one test. Tests only. In memory where there is room: these tests
// simulate what a disk does, so a real one only makes them slow.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace smartroute::store {

class TestDir {
 public:
  TestDir() {
    std::string name = (base() / "smartroute-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) ADD_FAILURE() << "cannot make " << name;
    path_ = name;
  }
  ~TestDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDir(const TestDir&) = delete;
  TestDir& operator=(const TestDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  static std::filesystem::path base() {
    constexpr std::uintmax_t kRoom = 256 << 20;
    std::error_code error;
    const auto room = std::filesystem::space("/dev/shm", error);
    if (!error && room.available >= kRoom) return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void overwrite(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace smartroute::store
