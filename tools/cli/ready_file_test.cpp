#include "tools/cli/ready_file.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace smartroute::cli {
namespace {

std::filesystem::path scratch(const std::string& name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("ready_file_" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

TEST(ReadyFile, MergesWhatBothPlanesSayUnderExactlyFiveKeys) {
  Addresses all;
  ASSERT_TRUE(take_control_addresses(
      R"({"admin":"127.0.0.1:1","grpc":"unix:/s/control.sock","control_ops":"127.0.0.1:2","pid":7})",
      all));
  ASSERT_TRUE(take_proxy_addresses(R"({"listen":"127.0.0.1:3","proxy_ops":"127.0.0.1:4"})", all));
  EXPECT_EQ(nlohmann::json::parse(to_json(all)), nlohmann::json::parse(R"({
    "listen": "127.0.0.1:3", "admin": "127.0.0.1:1", "grpc": "unix:/s/control.sock", "proxy_ops": "127.0.0.1:4",
    "control_ops": "127.0.0.1:2"})"));
}

TEST(ReadyFile, KeepsEveryPlaceOfTheApiApartByItsKind) {
  Addresses all;
  ASSERT_TRUE(take_proxy_addresses(
      R"({"listen":"127.0.0.1:3","listeners":["127.0.0.1:3","unix:/run/p.sock","https://127.0.0.1:5","https://[::1]:6"],"proxy_ops":"127.0.0.1:4"})", all));
  EXPECT_EQ(all.plain_listen, "127.0.0.1:3,unix:/run/p.sock");
  EXPECT_EQ(all.tls_listen, "127.0.0.1:5,[::1]:6");
  EXPECT_THAT(to_json(all), testing::HasSubstr(R"("tls_listen":"127.0.0.1:5,[::1]:6")"));
  ASSERT_TRUE(take_proxy_addresses(R"({"listen":"https://127.0.0.1:5","listeners":["https://127.0.0.1:5"],"proxy_ops":"127.0.0.1:4"})", all));
  EXPECT_EQ(all.plain_listen, "none");
  ASSERT_TRUE(take_proxy_addresses(R"({"listen":"127.0.0.1:3","listeners":["127.0.0.1:3"],"proxy_ops":"127.0.0.1:4"})", all));
  EXPECT_EQ(all.plain_listen, "127.0.0.1:3");
  EXPECT_EQ(all.tls_listen, "");
}

TEST(ReadyFile, NamesTheKeyThatIsMissing) {
  Addresses all;
  const auto taken = take_control_addresses(
      R"({"admin":"127.0.0.1:1","grpc":5,"control_ops":"127.0.0.1:2"})", all);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().text(), testing::HasSubstr("'grpc'"));
  EXPECT_FALSE(take_proxy_addresses("", all));
  EXPECT_FALSE(take_proxy_addresses("[]", all));
}

TEST(ReadyFile, IsReplacedWholeAndLeavesNothingBeside) {
  const auto folder = scratch("replace");
  ASSERT_TRUE(write_file_atomically(folder / "ready.json", "first, and longer"));
  ASSERT_TRUE(write_file_atomically(folder / "ready.json", "second"));
  EXPECT_EQ(*read_file(folder / "ready.json"), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(ReadyFile, AFolderThatIsNotThereIsASentenceNotACrash) {
  const auto written = write_file_atomically(scratch("absent") / "no" / "ready.json", "x");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text(), testing::HasSubstr("No such file or directory"));
}

TEST(ReadFile, TellsAbsentFromUnreadable) {
  const auto folder = scratch("kinds");
  EXPECT_EQ(read_file(folder / "absent").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(read_file(folder).error().kind(), ErrorKind::Storage);
}

}  // namespace
}  // namespace smartroute::cli
