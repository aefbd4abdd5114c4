#include "controlplane/admin/token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace smartroute::control::admin {
namespace {

namespace fs = std::filesystem;

class TokenFileTest : public testing::Test {
 protected:
  TokenFileTest() {
    std::string name = (fs::temp_directory_path() / "smartroute-token-XXXXXX").string();
    dir = ::mkdtemp(name.data());
    file = dir / "admin.token";
  }
  ~TokenFileTest() override { fs::remove_all(dir); }
  void write(const std::string& text, mode_t mode) const {
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }
  fs::path dir, file;
};

TEST_F(TokenFileTest, IsMadeOnceAndReadAfterwards) {
  const auto made = load_or_create_token(file);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->origin, TokenOrigin::Created);
  EXPECT_EQ(made->token.reveal().substr(0, 4), "sra_");
  EXPECT_EQ(made->token.reveal().size(), 4u + 43u) << "256 bits in base64url";
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777u, 0600u);
  const auto read = load_or_create_token(file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->origin, TokenOrigin::Read);
  EXPECT_TRUE(read->token == made->token);
}

TEST_F(TokenFileTest, RefusesAFileThatOthersMayReadOrThatHoldsNoToken) {
  const std::string good = "sra_0123456789012345678901234567890123456789abc";
  const struct {
    const char* name;
    std::string text;
    mode_t mode;
  } rows[] = {
      {"readable by group", good, 0640},
      {"readable by all", good, 0604},
      {"empty", "", 0600},
      {"too short", "sra_short", 0600},
      {"two words", good + " " + good, 0600},
      {"too long", std::string(300, 'x'), 0600},
  };
  for (const auto& row : rows) {
    write(row.text, row.mode);
    const auto token = load_or_create_token(file);
    ASSERT_FALSE(token) << row.name;
    EXPECT_NE(token.error().text().find("admin.token"), std::string::npos) << row.name;
    EXPECT_EQ(token.error().text().find(good), std::string::npos) << row.name;
  }
}

const std::string kToken = "sra_0123456789012345678901234567890123456789abc";

TEST(TokenGate, TakesTheTokenAndNothingNearIt) {
  FakeClock clock;
  TokenGate gate(Secret(kToken), clock);
  EXPECT_EQ(gate.check("Bearer " + kToken, "a"), Verdict::Granted);
  EXPECT_EQ(gate.check("bearer   " + kToken, "a"), Verdict::Granted);
  int n = 0;
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), kToken, "Basic " + kToken,
        "Bearer " + kToken + "x", "Bearer " + kToken.substr(1), "Bearer " + kToken + " x",
        "Bearer " + std::string(1'000'000, 'x'), std::string("Bearer sra_")}) {
    EXPECT_EQ(gate.check(wrong, "address " + std::to_string(n++)), Verdict::Refused)
        << wrong.substr(0, 80);
  }
}

TEST(TokenGate, BoundsWrongTokensOfAnAddressAndRefillsWithTime) {
  FakeClock clock;
  TokenGate gate(Secret(kToken), clock);
  for (int i = 0; i < TokenGate::kBurst; ++i)
    ASSERT_EQ(gate.check("Bearer x", "a"), Verdict::Refused);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(gate.check("Bearer x", "a"), Verdict::Throttled);
  EXPECT_EQ(gate.check("Bearer x", "b"), Verdict::Refused) << "another address has its own count";
  EXPECT_EQ(gate.check("Bearer " + kToken, "a"), Verdict::Granted)
      << "the owner is never locked out";
  clock.advance(TokenGate::kRefill);
  EXPECT_EQ(gate.check("Bearer x", "a"), Verdict::Refused);
  EXPECT_EQ(gate.check("Bearer x", "a"), Verdict::Throttled);
}

TEST(TokenGate, RemembersABoundedNumberOfAddresses) {
  FakeClock clock;
  TokenGate gate(Secret(kToken), clock);
  for (int i = 0; i <= TokenGate::kBurst; ++i) gate.check("Bearer x", "first");
  ASSERT_EQ(gate.check("Bearer x", "first"), Verdict::Throttled);
  for (std::size_t i = 0; i < TokenGate::kMaxAddresses; ++i)
    gate.check("Bearer x", std::to_string(i));
  EXPECT_EQ(gate.check("Bearer x", "first"), Verdict::Refused) << "forgotten, to make room";
}

}  // namespace
}  // namespace smartroute::control::admin
