#include "tools/cli/state_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "tools/cli/address.hpp"

namespace smartroute::cli {
namespace {

std::filesystem::path scratch(const std::string& name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("state_folder_" + name);
  std::filesystem::remove_all(folder);
  return folder;
}

TEST(StateFolder, IsMadePrivateWithItsParts) {
  const auto path = scratch("private");
  const auto folder = StateFolder::open(path);
  ASSERT_TRUE(folder) << folder.error().text();
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_TRUE(std::filesystem::is_directory(path / "logs"));
  EXPECT_TRUE(std::filesystem::is_directory(path / "run"));
}

TEST(StateFolder, HasOneGatewayAtATime) {
  const auto path = scratch("one");
  {
    const auto first = StateFolder::open(path);
    ASSERT_TRUE(first);
    const auto second = StateFolder::open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(second.error().text(), testing::HasSubstr("--state"));
  }
  EXPECT_TRUE(StateFolder::open(path));
}

TEST(StateFolder, KnowsAStoredConfigurationByItsHighWaterMark) {
  const auto path = scratch("stored");
  const auto folder = StateFolder::open(path);
  ASSERT_TRUE(folder);
  EXPECT_FALSE(folder->has_stored_config());
  std::ofstream(path / "config.high-water") << "1";
  EXPECT_TRUE(folder->has_stored_config());
}

TEST(StateFolder, ALongPathStillGetsASocket) {
  const auto folder = StateFolder::open(scratch("long") / std::string(100, 'a'));
  ASSERT_TRUE(folder);
  const auto address = folder->default_grpc_address();
  ASSERT_TRUE(address) << address.error().text();
  EXPECT_TRUE(parse_grpc_address(*address)) << *address;
}

TEST(StateFolder, WhatCannotBeAFolderIsASentence) {
  const auto path = scratch("file");
  std::ofstream(path) << "x";
  const auto folder = StateFolder::open(path);
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().text(), testing::HasSubstr(path.string()));
}

}  // namespace
}  // namespace smartroute::cli
