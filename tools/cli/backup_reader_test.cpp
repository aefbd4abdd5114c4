#include "tools/cli/backup_reader.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>

#include "contract/base/tar.hpp"
#include "tools/cli/backup_command.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::pair<std::string, std::string>>;

std::string sha256(const std::string& text) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  char hex[2 * sizeof digest + 1];
  return sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
}

void append(std::string& archive, const std::string& name, const std::string& text) {
  const auto header = *write_tar_header({name, text.size()}, 0);
  archive.append(header.data(), header.size());
  archive += text;
  archive.append(tar_padding(text.size()), '\0');
}

admin::v1::BackupManifest manifest_of(const Files& files, std::uint32_t format = 1) {
  admin::v1::BackupManifest manifest;
  manifest.set_format(format);
  manifest.set_version("9.9.9");
  manifest.set_revision(7);
  for (const auto& [name, text] : files) {
    auto& file = *manifest.add_files();
    file.set_path(name);
    file.set_size(text.size());
    file.set_sha256(sha256(text));
  }
  return manifest;
}

std::string archive_of(const Files& files, const admin::v1::BackupManifest& manifest) {
  std::string archive;
  append(archive, "backup.json", to_json(manifest));
  for (const auto& [name, text] : files) append(archive, name, text);
  append(archive, "manifest.json", to_json(manifest));
  archive.append(2 * kTarBlock, '\0');
  return archive;
}

const Files kSome{{"config.db/000004.log", std::string(70'000, 'w')}, {"config.db/CURRENT", "MANIFEST-000005\n"}, {"config.high-water", "smartroute high-water 1\n"}, {"logs.db/empty", ""}};

std::string refusal(const std::string& archive) {
  BackupReader reader;
  if (auto fed = reader.feed(archive); !fed) return fed.error().text();
  const auto manifest = reader.finish();
  return manifest ? "" : manifest.error().text();
}

TEST(BackupReader, GivesEveryFileAsItWasInPiecesOfAnySize) {
  const std::string archive = archive_of(kSome, manifest_of(kSome));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{4'096}, archive.size()}) {
    Files read;
    BackupSink sink;
    sink.begin = [&](const std::string& name, std::uint64_t) -> Result<void> {
      read.emplace_back(name, "");
      return {};
    };
    sink.data = [&](std::string_view bytes) -> Result<void> {
      read.back().second += bytes;
      return {};
    };
    BackupReader reader(std::move(sink));
    for (std::size_t at = 0; at < archive.size(); at += piece) ASSERT_TRUE(reader.feed(std::string_view(archive).substr(at, piece)));
    const auto manifest = reader.finish();
    ASSERT_TRUE(manifest) << manifest.error().text();
    EXPECT_EQ(manifest->revision(), 7u);
    EXPECT_EQ(read, kSome) << piece;
  }
}

TEST(BackupReader, RefusesWhatIsNoBackupOfOurs) {
  const auto with = [](const std::string& name) { return archive_of({{name, "x"}}, manifest_of({{name, "x"}})); };
  for (const char* name : {"../escape", "/etc/passwd", "config.db/../../x", "config.db/..", "config.db/.hidden", "config.db/a/b", "config.db/", "admin.token", "logs.db", "config.db/a b", "x"}) {
    EXPECT_FALSE(is_backup_name(name)) << name;
    EXPECT_NE(refusal(with(name)).find("no backup has"), std::string::npos) << name;
  }
  EXPECT_EQ(refusal(""), "is empty");
  EXPECT_NE(refusal(std::string(1'024, 'x')), "");
  std::string headless;
  append(headless, "config.high-water", "x");
  EXPECT_NE(refusal(headless).find("does not begin with"), std::string::npos);
}

TEST(BackupReader, RefusesWhatIsNotWhole) {
  const std::string archive = archive_of(kSome, manifest_of(kSome));
  const std::size_t end = archive.size() - 2 * kTarBlock - tar_padding(to_json(manifest_of(kSome)).size());
  for (std::size_t cut = 0; cut < end; cut += 333) EXPECT_NE(refusal(archive.substr(0, cut)), "") << cut;
  EXPECT_EQ(refusal(archive.substr(0, end)), "") << "zeroes at the end say nothing";
}

TEST(BackupReader, RefusesAByteThatIsNotWhatItWas) {
  const std::string archive = archive_of(kSome, manifest_of(kSome));
  for (std::size_t at = 3 * kTarBlock + 100; at < 70'000; at += 9'999) {
    std::string broken = archive;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    EXPECT_NE(refusal(broken), "") << at;
  }
}

TEST(BackupReader, RefusesFilesThatAreMissingSurplusOrThereTwice) {
  auto manifest = manifest_of(kSome);
  EXPECT_NE(refusal(archive_of({kSome.begin(), kSome.end() - 1}, manifest)).find("is missing"), std::string::npos);
  Files more = kSome;
  more.emplace_back("logs.db/surplus", "x");
  EXPECT_NE(refusal(archive_of(more, manifest)).find("does not name"), std::string::npos);
  more = kSome;
  more.push_back(kSome.front());
  EXPECT_NE(refusal(archive_of(more, manifest)).find("twice"), std::string::npos);
}

TEST(BackupReader, SaysThatALaterFormatNeedsALaterProgram) {
  const std::string said = refusal(archive_of(kSome, manifest_of(kSome, kBackupFormat + 1)));
  EXPECT_NE(said.find("9.9.9"), std::string::npos) << said;
  EXPECT_NE(said.find("later"), std::string::npos) << said;
}

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    char pattern[] = "/tmp/smartroute-restore-XXXXXX";
    dir_ = ::mkdtemp(pattern);
    std::ofstream(dir_ / "a.tar", std::ios::binary) << archive_of(kSome, manifest_of(kSome));
  }
  ~RestoreTest() override {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  int restore_to(const fs::path& state, Force force = Force::No, const char* file = "a.tar") {
    return restore({(dir_ / file).string(), state.string(), force, Output::Json});
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), fs::directory_iterator())); }
  fs::path dir_;
};

TEST_F(RestoreTest, MakesTheStateFolderAsAWhole) {
  ASSERT_EQ(restore_to(dir_ / "state"), kOk);
  for (const auto& [name, text] : kSome) EXPECT_EQ(read(dir_ / "state" / name), text) << name;
  EXPECT_TRUE(fs::exists(dir_ / "state" / "restored"));
  EXPECT_EQ(fs::status(dir_ / "state").permissions(), fs::perms::owner_all);
  EXPECT_EQ(entries(), 2u) << "nothing is left beside it";
}

TEST_F(RestoreTest, AStateThatHoldsAConfigurationIsOnlySetAsideWhenForced) {
  fs::create_directories(dir_ / "state" / "config.db");
  std::ofstream(dir_ / "state" / "config.high-water") << "old";
  std::ofstream(dir_ / "state" / "admin.token") << "token";
  std::ofstream(dir_ / "state" / "master.key") << "key";
  EXPECT_EQ(restore_to(dir_ / "state"), kUsage);
  EXPECT_EQ(read(dir_ / "state" / "config.high-water"), "old");
  ASSERT_EQ(restore_to(dir_ / "state", Force::Yes), kOk);
  EXPECT_EQ(read(dir_ / "state" / "config.db" / "CURRENT"), "MANIFEST-000005\n");
  EXPECT_EQ(read(dir_ / "state" / "admin.token"), "token");
  EXPECT_EQ(read(dir_ / "state" / "master.key"), "key");
  std::string aside;
  for (const auto& entry : fs::directory_iterator(dir_ / "state"))
    if (entry.path().filename().string().starts_with("replaced-")) aside = read(entry.path() / "config.high-water");
  EXPECT_EQ(aside, "old");
}

TEST_F(RestoreTest, NothingIsTouchedForAnArchiveThatIsDamaged) {
  std::string archive = archive_of(kSome, manifest_of(kSome));
  archive[40'000] ^= 1;
  std::ofstream(dir_ / "broken.tar", std::ios::binary) << archive;
  fs::create_directories(dir_ / "state" / "config.db");
  std::ofstream(dir_ / "state" / "config.high-water") << "old";
  EXPECT_EQ(restore_to(dir_ / "state", Force::Yes, "broken.tar"), kUsage);
  EXPECT_EQ(restore_to(dir_ / "fresh", Force::No, "broken.tar"), kUsage);
  EXPECT_EQ(restore_to(dir_ / "fresh", Force::No, "none.tar"), kUsage);
  EXPECT_EQ(read(dir_ / "state" / "config.high-water"), "old");
  EXPECT_FALSE(fs::exists(dir_ / "fresh"));
  EXPECT_EQ(entries(), 3u);
}

TEST_F(RestoreTest, AnEmptyFolderWillDo) {
  fs::create_directory(dir_ / "state");
  fs::create_directory(dir_ / "state" / ".restore-of-one-that-was-killed");
  EXPECT_EQ(restore_to(dir_ / "state"), kOk);
  EXPECT_TRUE(fs::exists(dir_ / "state" / "config.high-water"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "state"), fs::directory_iterator()), 4) << "two databases, the mark, the word";
}

}  // namespace
}  // namespace smartroute::cli
