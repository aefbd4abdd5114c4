#include <gtest/gtest.h>

#include <set>

#include "controlplane/core/identity/base32.hpp"
#include "controlplane/core/identity/names.hpp"
#include "controlplane/core/identity/password_rules.hpp"
#include "controlplane/core/identity/recovery_codes.hpp"
#include "controlplane/core/identity/session_rules.hpp"
#include "controlplane/core/identity/sha1.hpp"
#include "controlplane/core/identity/totp.hpp"

namespace smartroute::control::identity {
namespace {

std::string hex(const Sha1Digest& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : digest) out.append({kHex[byte >> 4], kHex[byte & 15]});
  return out;
}

TEST(Sha1, AgreesWithThePublishedVectors) {
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  // RFC 2202
  EXPECT_EQ(hex(hmac_sha1(std::string(20, '\x0b'), "Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hex(hmac_sha1(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Base32, AgreesWithRfc4648) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
}

constexpr std::string_view kSecret = "12345678901234567890";

TEST(Totp, AgreesWithRfc6238AndRfc4226) {
  const struct {
    std::int64_t at;
    const char* code;
  } rows[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& row : rows) EXPECT_EQ(code_of_step(kSecret, step_at(row.at)), row.code) << row.at;
  EXPECT_EQ(code_of_step(kSecret, 0), "755224");
  EXPECT_EQ(code_of_step(kSecret, 9), "520489");
}

TEST(Totp, TakesACodeOfOneStepAroundNowAndOnlyOnce) {
  constexpr std::int64_t kNow = 1'700'000'000;
  const std::int64_t step = step_at(kNow);
  for (std::int64_t off = -3; off <= 3; ++off) {
    const auto accepted = accept_code(kSecret, code_of_step(kSecret, step + off), kNow, 0);
    EXPECT_EQ(accepted.has_value(), off >= -1 && off <= 1) << off;
    EXPECT_EQ(accepted.value_or(step + off), step + off);
  }
  EXPECT_FALSE(accept_code(kSecret, code_of_step(kSecret, step), kNow, step)) << "used";
  EXPECT_FALSE(accept_code(kSecret, code_of_step(kSecret, step - 1), kNow, step)) << "older than the last used";
  EXPECT_TRUE(accept_code(kSecret, code_of_step(kSecret, step + 1), kNow, step));
}

TEST(Totp, TakesNothingThatIsNoCode) {
  const std::string code = code_of_step(kSecret, step_at(1'700'000'000));
  EXPECT_TRUE(accept_code(kSecret, code.substr(0, 3) + " " + code.substr(3), 1'700'000'000, 0));
  for (const std::string& bad : {std::string(), code.substr(1), code + "0", std::string("abcdef"), std::string(1'000'000, '1')})
    EXPECT_FALSE(accept_code(kSecret, bad, 1'700'000'000, 0)) << bad.substr(0, 10);
}

TEST(Totp, NamesTheAccountInItsUriWhateverTheNameIs) {
  EXPECT_EQ(totp_uri("foobar", "Ana & <Bo>"),
            "otpauth://totp/SmartRoute:Ana%20%26%20%3CBo%3E?secret=MZXW6YTBOI&issuer=SmartRoute&algorithm=SHA1&digits=6&period=30");
}

TEST(RecoveryCodes, ReadWellAndAreFoundHoweverTheyAreTyped) {
  const std::string code = recovery_code("0123456789");
  EXPECT_EQ(code, "GAYT-EMZU-GU3D-OOBZ");
  const std::string digest = recovery_digest(code);
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(recovery_digest("gayt emzu gu3doobz"), digest);
  EXPECT_NE(recovery_digest("GAYT-EMZU-GU3D-OOBA"), digest);
  for (const char* bad : {"", "123456", "GAYT-EMZU-GU3D-OOB", "GAYT-EMZU-GU3D-OOBZA", "GAYT-EMZU-GU3D-OOB1", "----"})
    EXPECT_EQ(recovery_digest(bad), "") << bad;
}

TEST(Names, OneTo64CharactersNoneOfThemUnseen) {
  for (const std::string& good : {std::string("a"), std::string("Ana Maria"), std::string("李雷"), std::string(64, 'x'), std::string("o'Brien <b>")})
    EXPECT_EQ(complaint_about_name(good), "") << good;
  std::string sixty_four;
  for (int i = 0; i < 64; ++i) sixty_four += "李";
  EXPECT_EQ(complaint_about_name(sixty_four), "");
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), sixty_four + "x", std::string(" a"), std::string("a "), std::string("a\nb"), std::string("a\0b", 3), std::string("a\x7f"),
        std::string("a\xc2\x85"), std::string("a\xe2\x80\xae"), std::string("\xe2\x80\x8b"), std::string("a\xff"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
        std::string("\xe3\x80\x80z")})
    EXPECT_NE(complaint_about_name(bad), "") << bad;
}

TEST(Names, AreTheSameWithoutTheirCase) {
  EXPECT_EQ(folded("ADMIN"), folded("admin"));
  EXPECT_EQ(folded("ÄRGER Ωμέγα ЁЖ Šaćir"), folded("ärger ωμέγα ёж šaćir"));
  EXPECT_NE(folded("admin"), folded("аdmin")) << "a Cyrillic letter";
  EXPECT_EQ(folded("李雷"), "李雷");
}

TEST(PasswordRules, AskForLengthAndNotForTheObvious) {
  for (const char* good : {"correct horse battery", "xkcd-936-staple", "hunter2hunter3!", "пароль-мой-длинный", "密码密码很长"})
    EXPECT_EQ(complaint_about_password(good, "ana"), "") << good;
  EXPECT_EQ(complaint_about_password(std::string(255, 'x') + "y", "ana"), "");
  const std::string long_one(257, 'q');
  for (const std::string& bad :
       {std::string(), std::string("short"), std::string("elevenbytes"), long_one + "z", std::string("passwordpassword"), std::string("Password1234"), std::string("P@ssw0rd!!!!"), std::string("admin-admin-1"),
        std::string("123456789012"), std::string("aaaaaaaaaaaa"), std::string("abababababab"), std::string("qwertyuiopas"), std::string("smartroute123"), std::string("1qaz2wsx3edc"),
        std::string("bad utf \xff\xff\xff\xff"), std::string("with\0a nul here", 15)})
    EXPECT_NE(complaint_about_password(bad, "ana"), "") << bad;
  EXPECT_NE(complaint_about_password("Maximilian Power", "maximilian power"), "");
  EXPECT_NE(complaint_about_password("annabelle123", "Annabelle"), "");
}

TEST(SessionRules, EndAfterHalfAnHourUnusedAndAfterEightHours) {
  constexpr std::int64_t kStart = 1'700'000'000'000, kMinute = 60'000;
  SessionTimes times{kStart, kStart};
  EXPECT_TRUE(is_alive(times, kStart));
  EXPECT_TRUE(is_alive(times, kStart + 30 * kMinute - 1));
  EXPECT_FALSE(is_alive(times, kStart + 30 * kMinute));
  times.last_used_ms = kStart + 470 * kMinute;
  EXPECT_EQ(idle_expires_at(times), kStart + 480 * kMinute);
  EXPECT_TRUE(is_alive(times, kStart + 480 * kMinute - 1));
  EXPECT_FALSE(is_alive(times, kStart + 480 * kMinute));
  EXPECT_TRUE(is_alive(times, kStart - kMinute)) << "a clock may be corrected a little";
  EXPECT_FALSE(is_alive(times, kStart - 10 * kMinute)) << "a clock set far back makes no session immortal";
}

}  // namespace
}  // namespace smartroute::control::identity
