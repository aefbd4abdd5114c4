#include "controlplane/store/sealer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const char kHexKey[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

Sealer sealer(const std::string& master = kHexKey) {
  return std::move(*Sealer::from_master(Secret(master)));
}

TEST(Sealer, OpensWhatItSealed) {
  const Sealer s = sealer();
  for (const std::string& plain : {std::string(), std::string("sk-key"), std::string(10'000, 'x')})
    EXPECT_EQ(s.open(s.seal(plain, "where"), "where")->reveal(), plain);
}

TEST(Sealer, SealsDifferentlyEachTime) {
  const Sealer s = sealer();
  EXPECT_NE(s.seal("sk-key", "where"), s.seal("sk-key", "where"));
}

TEST(Sealer, RefusesACiphertextOfAnotherRecord) {
  const Sealer s = sealer();
  EXPECT_EQ(
      s.open(s.seal("sk-key", "config/1/providers[0].api_key"), "config/2/providers[0].api_key")
          .error()
          .kind(),
      ErrorKind::Crypto);
}

TEST(Sealer, RefusesEveryChangedOrMissingByte) {
  const Sealer s = sealer();
  const std::string good = s.seal("sk-key", "where");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(s.open(bad, "where")) << i;
    EXPECT_FALSE(s.open(good.substr(0, i), "where")) << i;
  }
}

TEST(Sealer, KnowsWhetherItHasTheRightKey) {
  const std::string check = sealer().check_value();
  EXPECT_TRUE(sealer().verify(check));
  const auto wrong = sealer(std::string(40, 'p')).verify(check);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text(), HasSubstr("not the one this store was sealed with"));
}

TEST(Sealer, DigestsTellEqualityAndNothingWithoutTheKey) {
  const Sealer s = sealer();
  EXPECT_EQ(s.digest("sk-key"), s.digest("sk-key"));
  EXPECT_NE(s.digest("sk-key"), s.digest("sk-kez"));
  EXPECT_NE(s.digest("sk-key"), sealer(std::string(32, 'p')).digest("sk-key"));
  EXPECT_EQ(s.digest("sk-key").size(), 32u);
}

TEST(Sealer, TakesHexOrLongTextAsMasterKey) {
  EXPECT_TRUE(Sealer::from_master(Secret(std::string(32, 'p'))));
  EXPECT_FALSE(Sealer::from_master(Secret(std::string(31, 'p'))));
  EXPECT_FALSE(Sealer::from_master(Secret("")));
  std::string upper = kHexKey;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(sealer(upper).verify(sealer().check_value()));  // hex is a number, not a text
}

class MasterKeyFile : public testing::Test {
 protected:
  Result<Secret> load(MissingKey missing = MissingKey::Create,
                      std::optional<std::string> environment = {}) {
    return load_master_key(dir_.path(), environment, missing);
  }
  std::string refusal(MissingKey missing = MissingKey::Create) {
    const auto key = load(missing);
    return key ? "" : key.error().text();
  }
  fs::path file() const { return dir_.path() / "master.key"; }
  TestDir dir_;
};

TEST_F(MasterKeyFile, IsMadeOnceForTheOwnerAlone) {
  const auto key = load();
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->reveal().size(), 64u);
  EXPECT_TRUE(*load() == *key);
  struct stat facts {};
  ASSERT_EQ(::stat(file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_FALSE(fs::exists(dir_.path() / "master.key.new"));
}

TEST_F(MasterKeyFile, YieldsToTheEnvironment) {
  EXPECT_EQ(load(MissingKey::Create, "from the environment")->reveal(), "from the environment");
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(load(MissingKey::Create, "")->reveal().size(), 64u);
}

TEST_F(MasterKeyFile, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(load());
  for (const mode_t mode : {0640, 0604, 0660}) {
    ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    EXPECT_THAT(refusal(), HasSubstr("chmod 600"));
  }
  ASSERT_EQ(::chmod(file().c_str(), 0400), 0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(MasterKeyFile, IsNotReplacedWhenSealedDataNeedsTheFormerOne) {
  EXPECT_THAT(refusal(MissingKey::MustExist), HasSubstr("is missing"));
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsNoProperKey) {
  overwrite(file(), "too short\n");
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  EXPECT_THAT(refusal(), HasSubstr("too short"));
  fs::remove(file());
  fs::create_directory(file());
  EXPECT_THAT(refusal(), HasSubstr("not a regular file"));
  fs::remove(file());
  fs::create_symlink(dir_.path() / "elsewhere", file());
  EXPECT_NE(refusal(), "");
}

TEST_F(MasterKeyFile, IsMadeThoughACrashLeftPartOfOneBehind) {
  overwrite(dir_.path() / "master.key.new", "0001");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(load()->reveal().size(), 64u);
}

}  // namespace
}  // namespace smartroute::store
