#include "dataplane/sync/last_known_good.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "dataplane/sync/state_file.hpp"
#include "dataplane/sync/temporary_directory.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

v1::ConfigPush sample(std::uint64_t revision = 7) {
  v1::ConfigPush push;
  push.set_revision(revision);
  push.set_fingerprint("0123456789abcdef");
  auto& provider = *push.mutable_config()->add_providers();
  provider.set_id("openai");
  provider.mutable_api_key()->set_value("sk-a-secret-that-must-not-lie-open");
  return push;
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
void spill(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
mode_t mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777;
}

const Secret kKey(std::string(LastKnownGood::kKeyBytes, 'k'));

TEST(Snapshot, OpensToWhatWasSealed) {
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100'000, 'y')}) {
    const auto opened = open_snapshot(seal_snapshot(plain, kKey), kKey);
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    EXPECT_EQ(opened->reveal(), plain);
  }
}

TEST(Snapshot, RefusesEveryFlippedBit) {
  const auto sealed = seal_snapshot("the configuration", kKey);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = sealed;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const auto opened = open_snapshot(bad, kKey);
      ASSERT_FALSE(opened.has_value()) << "byte " << i << " bit " << bit;
      ASSERT_EQ(opened.error().kind(), ErrorKind::Crypto);
      ASSERT_FALSE(opened.error().text().empty());
    }
  }
}

TEST(Snapshot, RefusesEveryTruncationAndExtension) {
  const auto sealed = seal_snapshot("the configuration", kKey);
  for (std::size_t size = 0; size < sealed.size(); ++size)
    ASSERT_FALSE(open_snapshot(std::string_view(sealed).substr(0, size), kKey).has_value()) << size;
  ASSERT_FALSE(open_snapshot(sealed + '\0', kKey).has_value());
}

TEST(Snapshot, TellsDamageVersionAndKeyApart) {
  const auto sealed = seal_snapshot("the configuration", kKey);
  const auto text_of = [](std::string_view bytes, const Secret& key) {
    return open_snapshot(bytes, key).error().text();
  };
  auto newer = sealed;
  newer[4] = 2;
  EXPECT_EQ(text_of(newer, kKey), "has format version 2, this program reads version 1");
  auto damaged = sealed;
  damaged[40] ^= 1;
  EXPECT_EQ(text_of(damaged, kKey), "is damaged: its checksum does not match");
  EXPECT_EQ(text_of(sealed, Secret(std::string(LastKnownGood::kKeyBytes, 'x'))),
            "was written with another key");
  EXPECT_EQ(text_of("{}", kKey), "is not a last-known-good file");
}

TEST(LastKnownGood, GivesBackWhatWasSavedToThisAndTheNextProcess) {
  const TemporaryDirectory state;
  const LastKnownGood file(state.path(), Secret());
  ASSERT_TRUE(file.save(sample(7)).has_value());
  ASSERT_TRUE(file.save(sample(8)).has_value());
  const LastKnownGood later(state.path(), Secret());
  const auto loaded = later.load();
  ASSERT_TRUE(loaded.has_value()) << loaded.error().text();
  ASSERT_NE(*loaded, nullptr);
  EXPECT_EQ((*loaded)->SerializeAsString(), sample(8).SerializeAsString());
}

TEST(LastKnownGood, FindsNothingInANewDirectoryAndWithoutOne) {
  const TemporaryDirectory state;
  const auto fresh = LastKnownGood(state.path(), Secret()).load();
  ASSERT_TRUE(fresh.has_value()) << fresh.error().text();
  EXPECT_EQ(*fresh, nullptr);
  const LastKnownGood off({}, Secret());
  EXPECT_TRUE(off.save(sample()).has_value());
  const auto none = off.load();
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(*none, nullptr);
}

TEST(LastKnownGood, MakesTheDirectoryAndKeepsEverythingPrivate) {
  const TemporaryDirectory parent;
  const auto state = parent.path() / "state";
  const LastKnownGood file(state, Secret());
  ASSERT_TRUE(file.save(sample()).has_value());
  EXPECT_EQ(mode_of(state), 0700u);
  EXPECT_EQ(mode_of(state / "last-known-good"), 0600u);
  EXPECT_EQ(mode_of(state / "lkg.key"), 0600u);
  EXPECT_EQ(slurp(file.file()).find("sk-a-secret"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(state), {}), 2)
      << "a temporary file was left";
}

TEST(LastKnownGood, UsesTheMasterKeyInsteadOfAFile) {
  const TemporaryDirectory state;
  const Secret master("a master key of some length, not a word");
  ASSERT_TRUE(LastKnownGood(state.path(), master).save(sample()).has_value());
  EXPECT_FALSE(std::filesystem::exists(state.path() / "lkg.key"));
  const auto right = LastKnownGood(state.path(), master).load();
  ASSERT_TRUE(right.has_value()) << right.error().text();
  EXPECT_EQ((*right)->revision(), 7u);
  const auto wrong = LastKnownGood(state.path(), Secret("another master key")).load();
  ASSERT_FALSE(wrong.has_value());
  EXPECT_NE(wrong.error().text().find("another key"), std::string::npos) << wrong.error().text();
}

TEST(LastKnownGood, SaysWhatIsWrongWithTheKeyFile) {
  const TemporaryDirectory state;
  const LastKnownGood file(state.path(), Secret());
  ASSERT_TRUE(file.save(sample()).has_value());
  const auto key = state.path() / "lkg.key";
  spill(key, "short");
  auto loaded = file.load();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().text().find("lkg.key is damaged"), std::string::npos)
      << loaded.error().text();
  EXPECT_FALSE(file.save(sample()).has_value()) << "a damaged key must not be used to seal";
  std::filesystem::remove(key);
  loaded = file.load();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().text().find("lkg.key is missing"), std::string::npos)
      << loaded.error().text();
}

TEST(LastKnownGood, RefusesEveryDamagedFileOnDisk) {
  const TemporaryDirectory state;
  const LastKnownGood file(state.path(), Secret());
  ASSERT_TRUE(file.save(sample()).has_value());
  const auto good = slurp(file.file());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(~bad[i]);
    spill(file.file(), bad);
    ASSERT_FALSE(file.load().has_value()) << "byte " << i;
    spill(file.file(), good.substr(0, i));
    ASSERT_FALSE(file.load().has_value()) << "cut at " << i;
  }
  spill(file.file(), good);
  EXPECT_TRUE(file.load().has_value());
}

TEST(LastKnownGood, RefusesWhatIsNoRegularFileAndWhatIsTooLarge) {
  const TemporaryDirectory state;
  const LastKnownGood file(state.path(), Secret());
  std::filesystem::create_directory(file.file());
  EXPECT_FALSE(file.load().has_value());
  std::filesystem::remove(file.file());
  spill(state.path() / "elsewhere", "x");
  std::filesystem::create_symlink(state.path() / "elsewhere", file.file());
  EXPECT_FALSE(file.load().has_value()) << "followed a link";
  std::filesystem::remove(file.file());
  spill(file.file(), "");
  std::filesystem::resize_file(file.file(), LastKnownGood::kMaxBytes + 1);
  EXPECT_FALSE(file.load().has_value());
}

TEST(LastKnownGood, ReplacesWhatACrashLeftBehind) {
  const TemporaryDirectory state;
  const LastKnownGood file(state.path(), Secret());
  spill(state.path() / "last-known-good.new", "half a fi");
  ASSERT_TRUE(file.save(sample()).has_value());
  EXPECT_TRUE(file.load().has_value());
}

TEST(LastKnownGood, ReportsADirectoryItCannotWrite) {
  const TemporaryDirectory state;
  spill(state.path() / "file", "x");
  const auto saved = LastKnownGood(state.path() / "file" / "below", Secret()).save(sample());
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().kind(), ErrorKind::Storage);
}

TEST(StateFile, KeepsTheFirstOfTwoWriters) {
  const TemporaryDirectory state;
  const auto path = state.path() / "key";
  ASSERT_TRUE(write_private_file(path, "first", IfExists::Keep).has_value());
  ASSERT_TRUE(write_private_file(path, "second", IfExists::Keep).has_value());
  EXPECT_EQ(slurp(path), "first");
  ASSERT_TRUE(write_private_file(path, "third", IfExists::Replace).has_value());
  EXPECT_EQ(slurp(path), "third");
}

}  // namespace
}  // namespace smartroute::sync
