#include "contract/base/tar.hpp"

#include <gtest/gtest.h>

namespace smartroute {
namespace {

std::string_view view(const TarHeader& header) { return {header.data(), header.size()}; }

TEST(Tar, AHeaderReadsAsItWasWritten) {
  for (const TarEntry& entry : {TarEntry{"config.db/CURRENT", 16}, TarEntry{"a", 0}, TarEntry{std::string(100, 'n'), kMaxTarFileBytes}}) {
    const auto header = write_tar_header(entry, 1'795'000'000);
    ASSERT_TRUE(header);
    const auto back = read_tar_header(view(*header));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, entry);
  }
}

TEST(Tar, WhatDoesNotFitIsRefused) {
  EXPECT_FALSE(write_tar_header({"", 1}, 0));
  EXPECT_FALSE(write_tar_header({std::string(101, 'n'), 1}, 0));
  EXPECT_FALSE(write_tar_header({"n", kMaxTarFileBytes + 1}, 0));
}

TEST(Tar, AFlippedBitOfAHeaderIsNoticed) {
  const auto header = *write_tar_header({"config.db/MANIFEST-000004", 12345}, 7);
  for (std::size_t i = 0; i < 345; ++i) {
    TarHeader broken = header;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    const auto read = read_tar_header(view(broken));
    EXPECT_TRUE(!read || *read == *read_tar_header(view(header))) << i;
  }
}

TEST(Tar, LinksAndFoldersAreRefused) {
  for (const char type : {'1', '2', '5', 'x', 'L'}) {
    TarHeader header = *write_tar_header({"n", 0}, 0);
    header[156] = type;
    EXPECT_FALSE(read_tar_header(view(header))) << type;
  }
}

TEST(Tar, FilesArePaddedToBlocks) {
  EXPECT_EQ(tar_padding(0), 0u);
  EXPECT_EQ(tar_padding(1), 511u);
  EXPECT_EQ(tar_padding(512), 0u);
}

}  // namespace
}  // namespace smartroute
