#include "controlplane/dashboard/files.hpp"

#include <gtest/gtest.h>

#include "controlplane/dashboard/test_folder.hpp"

namespace smartroute::control::dashboard {
namespace {

TEST(DashboardFiles, AreReadWithTheirCompressedForms) {
  TestFolder folder;
  folder.put("index.html", "page");
  folder.put("assets/app-1.js", "script");
  folder.put("assets/app-1.js.gz", "script, gzipped");
  folder.put("assets/app-1.js.br", "script, brotlied");
  folder.put("assets/orphan.css.gz", "of no file");
  const auto files = read_files(folder.path());
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_EQ(files->size(), 2u);
  const File& script = files->at("/assets/app-1.js");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(*script.form(Coding::Identity).bytes, "script");
  EXPECT_EQ(*script.form(Coding::Gzip).bytes, "script, gzipped");
  EXPECT_EQ(*script.form(Coding::Brotli).bytes, "script, brotlied");
  EXPECT_NE(script.form(Coding::Gzip).etag, script.form(Coding::Brotli).etag);
  EXPECT_EQ(files->at("/index.html").form(Coding::Gzip).bytes, nullptr);
}

TEST(DashboardFiles, LinksAreNotFollowed) {
  TestFolder folder, outside;
  outside.put("secret.txt", "secret");
  folder.put("index.html", "page");
  std::filesystem::create_symlink(outside.path() / "secret.txt", folder.path() / "a.txt");
  std::filesystem::create_directory_symlink(outside.path(), folder.path() / "assets");
  const auto files = read_files(folder.path());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 1u);
}

TEST(DashboardFiles, AMissingFolderOrPageIsSaid) {
  TestFolder folder;
  EXPECT_EQ(read_files(folder.path() / "nowhere").error().kind(), ErrorKind::NotFound);
  folder.put("app.js", "");
  const auto without = read_files(folder.path());
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().kind(), ErrorKind::NotFound);
  EXPECT_NE(without.error().text().find(folder.path().string()), std::string::npos);
}

TEST(DashboardFiles, TooManyOrTooMuchIsRefused) {
  TestFolder many;
  many.put("index.html", "page");
  for (std::size_t i = 1; i < kMaxFiles; ++i) many.put("f" + std::to_string(i), "");
  EXPECT_TRUE(read_files(many.path()));
  many.put("one-more", "");
  EXPECT_EQ(read_files(many.path()).error().kind(), ErrorKind::Storage);

  TestFolder much;
  much.put("index.html", "page");
  much.put("large", "");
  std::filesystem::resize_file(much.path() / "large", kMaxBytes - 4);
  EXPECT_TRUE(read_files(much.path()));
  std::filesystem::resize_file(much.path() / "large", kMaxBytes - 3);
  const auto refused = read_files(much.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::Storage);
  EXPECT_NE(refused.error().text().find("more than"), std::string::npos) << refused.error().text();
}

}  // namespace
}  // namespace smartroute::control::dashboard
