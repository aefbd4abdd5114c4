#include "controlplane/accounts/accounts.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "controlplane/core/identity/session_rules.hpp"
#include "controlplane/core/identity/totp.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::accounts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kPassword = "correct horse battery";
const std::string kOther = "staple of the battery";
const Client kHere{"127.0.0.1", "a browser"};

// base32 back to bytes, as an authenticator app does it.
std::string unbase32(std::string_view text) {
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    held = held << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
    if ((bits += 5) >= 8) out += static_cast<char>(held >> (bits -= 8));
  }
  return out;
}

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() { reopen(); }
  void reopen() {
    AccountsOptions options;
    options.cost = {1, 8192};  // the least there is
    options.on_first_admin = [this] { ++first_admins; };
    accounts.reset();
    accounts = std::move(*Accounts::open(*store, std::move(*store::Sealer::from_master(Secret("a master key for tests, long enough to be taken"))),
                                         clock, std::move(options)));
  }
  SignedIn set_up() {
    return *accounts->set_up(accounts->renew_set_up_code(), "Ana", kPassword, kHere);
  }
  std::string code_now() const { return identity::code_of_step(secret, identity::step_at(now_seconds())); }
  std::int64_t now_seconds() const { return micros_since_epoch(clock.wall()) / 1'000'000; }
  std::vector<std::string> turn_on_two_factor(const std::string& user) {
    secret = unbase32(accounts->start_two_factor(user, kPassword, kHere)->base32);
    return *accounts->confirm_two_factor(user, code_now(), kHere);
  }
  // Everything the store holds of accounts.
  std::string stored() const {
    std::string all;
    for (const auto table : {store::AccountTable::Users, store::AccountTable::Sessions, store::AccountTable::ApiTokens}) {
      const auto rows = store->accounts(table);
      for (const auto& row : *rows) all += row.key + row.message;
    }
    return all;
  }

  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<Accounts> accounts;
  std::string secret;
  int first_admins = 0;
};

TEST_F(AccountsTest, TheFirstVisitorWithTheNewestLinkBecomesAdminOnce) {
  EXPECT_TRUE(accounts->set_up_needed());
  const std::string old_code = accounts->renew_set_up_code();
  const std::string code = accounts->renew_set_up_code();
  EXPECT_EQ(code.size(), kTokenText);
  for (const std::string& bad : {std::string(), std::string("x"), old_code, code + "x", code.substr(1)})
    EXPECT_EQ(accounts->set_up(bad, "Ana", kPassword, {bad, ""}).error().reason, Reason::Wrong) << bad;
  EXPECT_EQ(accounts->set_up(code, "Ana", "short", kHere).error().reason, Reason::Invalid);
  EXPECT_EQ(accounts->set_up(code, "", kPassword, kHere).error().reason, Reason::Invalid);
  const auto in = accounts->set_up(code, "Ana", kPassword, kHere);
  ASSERT_TRUE(in) << in.error().text;
  EXPECT_EQ(in->user.role, Role::Admin);
  EXPECT_EQ(first_admins, 1);
  EXPECT_FALSE(accounts->set_up_needed());
  EXPECT_EQ(accounts->set_up(code, "Eve", kPassword, kHere).error().reason, Reason::Precondition);
  EXPECT_EQ(accounts->users().size(), 1u);
  EXPECT_EQ(accounts->use_session(in->token)->user.name, "Ana");
}

TEST_F(AccountsTest, NobodySignsInWithDefaults) {
  for (const char* name : {"admin", "root", "user", "test", "smartroute", ""})
    for (const char* password : {"admin", "123456", "root", "password", "smartroute", ""}) {
      clock.advance(hours(2));
      EXPECT_EQ(accounts->sign_in(name, password, "", kHere).error().reason, Reason::Wrong);
    }
}

TEST_F(AccountsTest, SignsInByNameWithoutCaseAndByNothingElse) {
  set_up();
  EXPECT_TRUE(accounts->sign_in("ana", kPassword, "", kHere));
  const auto wrong = accounts->sign_in("ana", kOther, "", kHere);
  const auto unknown = accounts->sign_in("bob", kPassword, "", kHere);
  EXPECT_EQ(wrong.error().reason, Reason::Wrong);
  EXPECT_EQ(wrong.error().text, unknown.error().text) << "nobody learns whether there is such an account";
  EXPECT_FALSE(accounts->sign_in("ana", std::string(1'000'000, 'x'), "", kHere));
}

TEST_F(AccountsTest, WhatIsStoredOpensNothing) {
  const auto in = set_up();
  const auto codes = turn_on_two_factor(in.user.id);
  const auto made = *accounts->create_api_token("script", Role::Admin, 0, "Ana");
  const std::string all = stored();
  for (const std::string& canary : {kPassword, in.token, in.csrf_token, made.secret, made.secret.substr(4), secret, codes[0]})
    EXPECT_EQ(all.find(canary), std::string::npos) << canary;
  const auto at = all.find("$argon2id$");
  ASSERT_NE(at, std::string::npos);
  const std::string hash = all.substr(at, all.find_first_not_of("$=,+/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", at) - at);
  EXPECT_FALSE(accounts->sign_in("ana", hash, "", kHere)) << "the hash is no password";
  const auto sessions = store->accounts(store::AccountTable::Sessions);
  ASSERT_EQ(sessions->size(), 1u);
  for (const auto& row : *sessions) {
    EXPECT_FALSE(accounts->use_session(row.key)) << "the digest is no token";
    EXPECT_FALSE(accounts->use_session(base64url(row.key)));
  }
}

TEST_F(AccountsTest, ASessionEndsUnusedAtLengthAndAtSignOut) {
  auto in = set_up();
  clock.advance(minutes(29));
  EXPECT_TRUE(accounts->use_session(in.token));
  clock.advance(minutes(29));
  EXPECT_TRUE(accounts->session_lives(in.session.id)) << "looking is no use of it";
  clock.advance(minutes(1));
  EXPECT_FALSE(accounts->session_lives(in.session.id));
  EXPECT_FALSE(accounts->use_session(in.token));
  accounts->tidy();
  EXPECT_EQ(accounts->session_count(), 0u);

  in = *accounts->sign_in("ana", kPassword, "", kHere);
  for (int i = 0; i < 23; ++i) {
    clock.advance(minutes(20));
    ASSERT_TRUE(accounts->use_session(in.token)) << i;
  }
  clock.advance(minutes(20));
  EXPECT_FALSE(accounts->use_session(in.token)) << "eight hours";

  in = *accounts->sign_in("ana", kPassword, "", kHere);
  EXPECT_EQ(accounts->end_session("another user", in.session.id).error().reason, Reason::NotFound);
  ASSERT_TRUE(accounts->end_session(in.user.id, in.session.id));
  EXPECT_FALSE(accounts->use_session(in.token));
  EXPECT_FALSE(accounts->use_session(""));
}

TEST_F(AccountsTest, EverythingSurvivesARestart) {
  const auto in = set_up();
  turn_on_two_factor(in.user.id);
  const auto token = *accounts->create_api_token("script", Role::Viewer, 0, "Ana");
  clock.advance(minutes(20));
  ASSERT_TRUE(accounts->use_session(in.token));
  accounts->tidy();
  reopen();
  EXPECT_FALSE(accounts->set_up_needed());
  clock.advance(minutes(20));
  const auto use = accounts->use_session(in.token);
  ASSERT_TRUE(use) << "used 20 minutes ago, before the restart";
  EXPECT_EQ(use->csrf_token, in.csrf_token);
  EXPECT_EQ(use->session.browser, "a browser");
  EXPECT_TRUE(use->user.two_factor);
  EXPECT_EQ(accounts->use_api_token(token.secret)->name, "script");
  EXPECT_TRUE(accounts->sign_in("ana", kPassword, "", kHere)->code_needed);
}

TEST_F(AccountsTest, TwoFactorAsksForACodeThatCountsOnce) {
  const auto in = set_up();
  EXPECT_EQ(accounts->start_two_factor(in.user.id, kOther, kHere).error().reason, Reason::Wrong);
  secret = unbase32(accounts->start_two_factor(in.user.id, kPassword, kHere)->base32);
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, "", kHere)->code_needed) << "not before it is confirmed";
  EXPECT_EQ(accounts->confirm_two_factor(in.user.id, "000000", kHere).error().reason, Reason::Wrong);
  ASSERT_TRUE(accounts->confirm_two_factor(in.user.id, code_now(), kHere));
  const auto missing = accounts->sign_in("ana", kPassword, "", kHere);
  EXPECT_TRUE(missing->code_needed);
  EXPECT_TRUE(missing->token.empty());
  EXPECT_EQ(accounts->sign_in("ana", kPassword, code_now(), kHere).error().reason, Reason::Wrong) << "the confirming code was used";
  clock.advance(seconds(30));
  EXPECT_TRUE(accounts->sign_in("ana", kPassword, code_now(), kHere));
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, code_now(), kHere));
  clock.advance(minutes(1));
  EXPECT_EQ(accounts->sign_in("ana", kOther, code_now(), kHere).error().reason, Reason::Wrong);
}

TEST_F(AccountsTest, ARecoveryCodeStandsInOnce) {
  const auto in = set_up();
  const auto codes = turn_on_two_factor(in.user.id);
  ASSERT_EQ(codes.size(), 10u);
  const auto used = accounts->sign_in("ana", kPassword, codes[3], kHere);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->recovery_codes_left, 9u);
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, codes[3], kHere));
  reopen();
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, codes[3], kHere));
  const auto fresh = accounts->renew_recovery_codes(in.user.id, kPassword, kHere);
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, codes[4], kHere)) << "the former ones are void";
  EXPECT_TRUE(accounts->sign_in("ana", kPassword, (*fresh)[4], kHere));
  ASSERT_TRUE(accounts->disable_two_factor(in.user.id, kPassword, (*fresh)[5], kHere));
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, "", kHere)->code_needed);
}

TEST_F(AccountsTest, AnUnconfirmedSecretIsForgotten) {
  const auto in = set_up();
  secret = unbase32(accounts->start_two_factor(in.user.id, kPassword, kHere)->base32);
  clock.advance(minutes(10));
  EXPECT_EQ(accounts->confirm_two_factor(in.user.id, code_now(), kHere).error().reason, Reason::Precondition);
}

TEST_F(AccountsTest, AThousandTriesAreFewEvaluated) {
  set_up();
  for (int i = 0; i < 1'000; ++i) {
    (void)accounts->sign_in("ana", "guess number " + std::to_string(i), "", {"10.0.0." + std::to_string(i % 50), ""});
    clock.advance(std::chrono::milliseconds(60));
  }
  EXPECT_LE(accounts->counts().wrong, 10u);
  EXPECT_EQ(accounts->counts().wrong + accounts->counts().throttled, 1'000u);
  EXPECT_EQ(accounts->sign_in("ana", kPassword, "", {"10.9.9.9", ""}).error().reason, Reason::Throttled);
  clock.advance(minutes(15));
  EXPECT_TRUE(accounts->sign_in("ana", kPassword, "", {"10.9.9.9", ""}));
}

TEST_F(AccountsTest, ChangingThePasswordEndsTheOtherSessions) {
  const auto mine = set_up();
  const auto other = *accounts->sign_in("ana", kPassword, "", kHere);
  EXPECT_EQ(accounts->change_password(mine.user.id, mine.session.id, kOther, kOther, kHere).error().reason, Reason::Wrong);
  EXPECT_EQ(accounts->change_password(mine.user.id, mine.session.id, kPassword, "short", kHere).error().reason, Reason::Invalid);
  ASSERT_TRUE(accounts->change_password(mine.user.id, mine.session.id, kPassword, kOther, kHere));
  EXPECT_TRUE(accounts->use_session(mine.token));
  EXPECT_FALSE(accounts->use_session(other.token));
  EXPECT_FALSE(accounts->sign_in("ana", kPassword, "", kHere));
  EXPECT_TRUE(accounts->sign_in("ana", kOther, "", kHere));
}

TEST_F(AccountsTest, NamesAreUniqueWithoutTheirCase) {
  const auto in = set_up();
  EXPECT_EQ(accounts->create_user("ANA", kOther, Role::Viewer).error().reason, Reason::Taken);
  const auto bob = accounts->create_user("Bob", kOther, Role::Viewer);
  ASSERT_TRUE(bob);
  EXPECT_EQ(accounts->change_name(bob->id, "ana", kOther, kHere).error().reason, Reason::Taken);
  EXPECT_TRUE(accounts->change_name(bob->id, "BOB", kOther, kHere)) << "one's own name in other letters";
  ASSERT_TRUE(accounts->change_name(in.user.id, "Anna", kPassword, kHere));
  EXPECT_TRUE(accounts->change_name(bob->id, "ana", kOther, kHere)) << "it is free now";
  EXPECT_TRUE(accounts->sign_in("ANNA", kPassword, "", kHere));
}

TEST_F(AccountsTest, TheLastAdminStays) {
  const auto in = set_up();
  EXPECT_EQ(accounts->delete_user(in.user.id).error().reason, Reason::Precondition);
  UserChange demote;
  demote.role = Role::Viewer;
  EXPECT_EQ(accounts->update_user(in.user.id, demote).error().reason, Reason::Precondition);
  const auto bob = *accounts->create_user("Bob", kOther, Role::Admin);
  const auto bobs = *accounts->sign_in("bob", kOther, "", kHere);
  ASSERT_TRUE(accounts->update_user(bob.id, demote));
  EXPECT_EQ(accounts->use_session(bobs.token)->user.role, Role::Viewer) << "at once";
  UserChange promote;
  promote.role = Role::Admin;
  ASSERT_TRUE(accounts->update_user(bob.id, promote));
  ASSERT_TRUE(accounts->delete_user(in.user.id));
  EXPECT_FALSE(accounts->use_session(in.token));
  EXPECT_FALSE(accounts->set_up_needed());
}

TEST_F(AccountsTest, AnAdminResetsPasswordAndTwoFactor) {
  const auto in = set_up();
  turn_on_two_factor(in.user.id);
  UserChange change;
  change.new_password = kOther;
  change.remove_two_factor = true;
  ASSERT_TRUE(accounts->update_user(in.user.id, change));
  EXPECT_FALSE(accounts->use_session(in.token));
  EXPECT_FALSE(accounts->sign_in("ana", kOther, "", kHere)->code_needed);
}

TEST_F(AccountsTest, TheSessionUsedLongestAgoMakesRoom) {
  const auto first = set_up();
  std::vector<SignedIn> more;
  for (std::size_t i = 0; i < kMaxSessions; ++i) {
    clock.advance(seconds(13));
    more.push_back(*accounts->sign_in("ana", kPassword, "", kHere));
  }
  EXPECT_EQ(accounts->sessions_of(first.user.id).size(), kMaxSessions);
  EXPECT_FALSE(accounts->use_session(first.token));
  EXPECT_TRUE(accounts->use_session(more.front().token));
}

TEST_F(AccountsTest, ApiTokensExpireAndAreDeleted) {
  set_up();
  const std::int64_t now = micros_since_epoch(clock.wall()) / 1000;
  EXPECT_EQ(accounts->create_api_token("old", Role::Viewer, now - 1, "Ana").error().reason, Reason::Invalid);
  const auto made = *accounts->create_api_token("nightly", Role::Viewer, now + 3'600'000, "Ana");
  EXPECT_EQ(made.secret.size(), 47u);
  EXPECT_EQ(made.token.hint, made.secret.substr(0, 8));
  EXPECT_EQ(accounts->create_api_token("Nightly", Role::Viewer, 0, "Ana").error().reason, Reason::Taken);
  EXPECT_TRUE(accounts->use_api_token(made.secret));
  EXPECT_EQ(accounts->api_tokens()[0].last_used_ms % 60'000, 0);
  for (const std::string& bad : {std::string(), std::string("srt_"), made.secret.substr(0, 46), made.secret + "A", "srt_" + std::string(43, 'A')})
    EXPECT_FALSE(accounts->use_api_token(bad)) << bad;
  clock.advance(hours(1));
  EXPECT_FALSE(accounts->use_api_token(made.secret));
  EXPECT_FALSE(accounts->api_token_lives(made.token.id));
  clock.advance(hours(8 * 24));
  accounts->tidy();
  EXPECT_TRUE(accounts->api_tokens().empty());
  const auto other = *accounts->create_api_token("x", Role::Admin, 0, "Ana");
  ASSERT_TRUE(accounts->delete_api_token(other.token.id));
  EXPECT_FALSE(accounts->use_api_token(other.secret));
}

// Runs both at once.
template <class A, class B>
void together(A a, B b) {
  std::barrier begin(2);
  std::thread other([&] {
    begin.arrive_and_wait();
    b();
  });
  begin.arrive_and_wait();
  a();
  other.join();
}

TEST_F(AccountsTest, AnOldPasswordOnItsWayDoesNotUndoAReset) {
  const auto ana = set_up();
  const auto bob = *accounts->create_user("Bob", kPassword, Role::Viewer);
  for (int round = 0; round < 150; ++round) {
    const std::string old = round == 0 ? kPassword : "reset number " + std::to_string(round - 1);
    const std::string fresh = "reset number " + std::to_string(round);
    const std::string from = "10.0.0." + std::to_string(round);
    together([&] { (void)accounts->change_password(bob.id, "", old, "the thief's own one", {from, ""}); },
             [&] {
               UserChange change;
               change.new_password = fresh;
               EXPECT_TRUE(accounts->update_user(bob.id, change));
             });
    clock.advance(minutes(20));
    EXPECT_FALSE(accounts->sign_in("bob", "the thief's own one", "", {from, ""})) << round;
    clock.advance(minutes(20));
    ASSERT_TRUE(accounts->sign_in("bob", fresh, "", {from, ""})) << round;
  }
}

TEST_F(AccountsTest, CodesCountOnceAlsoForTwoAtOnce) {
  const auto in = set_up();
  const auto codes = turn_on_two_factor(in.user.id);
  const auto at_once = [&](const std::string& code) {
    bool first = false, second = false;
    together([&] { first = accounts->sign_in("ana", kPassword, code, {"10.0.0.1", ""}).has_value(); },
             [&] { second = accounts->sign_in("ana", kPassword, code, {"10.0.0.2", ""}).has_value(); });
    return int{first} + int{second};
  };
  for (const std::string& code : codes) {
    EXPECT_EQ(at_once(code), 1) << "a recovery code";
    clock.advance(minutes(20));
    EXPECT_EQ(at_once(code_now()), 1) << "a code of the app";
    clock.advance(minutes(20));
  }
}

TEST_F(AccountsTest, TheRecoveryCodesThatWereShownAreThoseThatCount) {
  for (int round = 0; round < 60; ++round) {
    const std::string name = "user " + std::to_string(round);
    const auto user = *accounts->create_user(name, kPassword, Role::Viewer);
    secret = unbase32(accounts->start_two_factor(user.id, kPassword, kHere)->base32);
    Outcome<std::vector<std::string>> first, second;
    together([&] { first = accounts->confirm_two_factor(user.id, code_now(), kHere); },
             [&] { second = accounts->confirm_two_factor(user.id, code_now(), kHere); });
    ASSERT_NE(first.has_value(), second.has_value()) << "confirmed once, in round " << round;
    EXPECT_TRUE(accounts->sign_in(name, kPassword, (first ? *first : *second)[0], kHere));
  }
}

TEST_F(AccountsTest, TheLastRecoveryCodeIsToldFromNone) {
  const auto in = set_up();
  for (const auto& code : turn_on_two_factor(in.user.id)) {
    const auto again = accounts->sign_in("ana", kPassword, code, kHere);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->recovery_code_used);
  }
}

TEST_F(AccountsTest, NobodyKeepsOthersFromSettingUpByANameThatLooksLikeTheirs) {
  for (int i = 0; i < 5; ++i) (void)accounts->sign_in("\x01" "10.0.0.1", "a wrong password", "", {"10.0.0." + std::to_string(9 + i), ""});
  EXPECT_TRUE(accounts->set_up(accounts->renew_set_up_code(), "Ana", kPassword, {"10.0.0.1", ""}));
}

TEST_F(AccountsTest, AGuesserIsOneWithAllAddressesOfHisNetwork) {
  int evaluated = 0;
  for (int i = 0; i < 50; ++i) {
    const auto tried = accounts->sign_in("name " + std::to_string(i), "a wrong password", "", {"2001:db8::" + std::to_string(i + 1), ""});
    evaluated += tried.error().reason == Reason::Wrong ? 1 : 0;
  }
  EXPECT_EQ(evaluated, static_cast<int>(identity::Throttle::kAddressTries));
}

TEST_F(AccountsTest, WhatABrowserSaysOfItselfIsCutAndPlain) {
  set_up();
  const auto in = *accounts->sign_in("ana", kPassword, "", {"::1", "\xff\x1b[31m" + std::string(1'000, 'x')});
  EXPECT_EQ(in.session.browser.size(), kMaxBrowserBytes);
  EXPECT_EQ(in.session.browser.substr(0, 6), "??[31m");
}

}  // namespace
}  // namespace smartroute::control::accounts
