#include "dataplane/core/resilience/health.hpp"

#include <gtest/gtest.h>

namespace smartroute::resilience {
namespace {

using namespace std::chrono_literals;
using config::Millis;
using enum AttemptOutcome;

TEST(Health, EveryOutcomeHasItsPenaltyAndCooldown) {
  struct Row {
    AttemptOutcome outcome;
    double penalty;
    Millis cooldown;
  };
  const Row rows[] = {
      {Answered, 0, 0ms},
      {DnsFailed, 1, 0ms},
      {ConnectFailed, 1, 0ms},
      {ConnectTimeout, 1, 0ms},
      {TlsFailed, 1, 0ms},
      {Reset, 1, 0ms},
      {FirstByteTimeout, 0.5, 0ms},
      {RetryableStatus, 1, 0ms},
      {RateLimited, 10, 60s},
      {CredentialsRefused, 50, 300s},
      {RejectedRequest, 0, 0ms},
      {ServerError, 1, 0ms},
      {BadResponse, 1, 0ms},
      {ErrorInBody, 10, 60s},
      {BrokeMidStream, 1, 0ms},
      {IdleTimeout, 0.5, 0ms},
      {TotalTimeout, 0.5, 0ms},
      {NoCredentials, 0, 0ms},
      {ClientGone, 0, 0ms},
      {Drained, 0, 0ms},
  };
  EXPECT_EQ(std::size(rows), static_cast<std::size_t>(kCount));
  for (const Row& row : rows) {
    EXPECT_EQ(penalty_of(row.outcome, {}), row.penalty) << name_of(row.outcome);
    EXPECT_EQ(cooldown_of(row.outcome, {}), row.cooldown) << name_of(row.outcome);
  }
}

TEST(Health, PenaltiesAndCooldownsAreTheConfiguredOnes) {
  config::Penalties penalties;
  penalties.timeout = 2;
  penalties.server_error = 3;
  penalties.keyword = 4;
  penalties.rate_limited = 5;
  penalties.unauthorized = 6;
  penalties.connect = 7;
  penalties.bad_response = 8;
  EXPECT_EQ(penalty_of(IdleTimeout, penalties), 2);
  EXPECT_EQ(penalty_of(RetryableStatus, penalties), 3);
  EXPECT_EQ(penalty_of(ErrorInBody, penalties), 4);
  EXPECT_EQ(penalty_of(RateLimited, penalties), 5);
  EXPECT_EQ(penalty_of(CredentialsRefused, penalties), 6);
  EXPECT_EQ(penalty_of(TlsFailed, penalties), 7);
  EXPECT_EQ(penalty_of(BrokeMidStream, penalties), 8);
  config::Cooldowns cooldowns;
  cooldowns.keyword = 1s;
  cooldowns.rate_limited = 2s;
  cooldowns.unauthorized = 3s;
  EXPECT_EQ(cooldown_of(ErrorInBody, cooldowns), Millis(1s));
  EXPECT_EQ(cooldown_of(RateLimited, cooldowns), Millis(2s));
  EXPECT_EQ(cooldown_of(CredentialsRefused, cooldowns), Millis(3s));
}

TEST(Health, AScoreHalvesWithEveryHalfLife) {
  EXPECT_DOUBLE_EQ(faded(8, 0s, 300s), 8);
  EXPECT_DOUBLE_EQ(faded(8, 300s, 300s), 4);
  EXPECT_DOUBLE_EQ(faded(8, 900s, 300s), 1);
  EXPECT_DOUBLE_EQ(faded(faded(8, 100s, 300s), 200s, 300s), 4);
  EXPECT_EQ(faded(8, 24h, 300s), 0);
  EXPECT_DOUBLE_EQ(faded(8, -1h, 300s), 8);
  EXPECT_EQ(faded(8, 1ns, 0ms), 0);
  EXPECT_EQ(faded(0, 1s, 300s), 0);
}

TEST(Health, FailuresAddUpAndSuccessHalves) {
  double score = 0;
  for (int i = 0; i < 3; ++i) score = score_after(score, ServerError, {});
  EXPECT_DOUBLE_EQ(score, 3);
  EXPECT_DOUBLE_EQ(score_after(score, Answered, {}), 1.5);
  for (const AttemptOutcome neutral : {RejectedRequest, ClientGone, Drained, NoCredentials})
    EXPECT_DOUBLE_EQ(score_after(score, neutral, {}), 3) << name_of(neutral);
  for (int i = 0; i < 100; ++i) score = score_after(score, CredentialsRefused, {});
  EXPECT_EQ(score, kMaxScore);
  for (int i = 0; i < 30; ++i) score = score_after(score, Answered, {});
  EXPECT_EQ(score, 0);
}

TEST(Health, IsOneWhenSoundAndFallsWithTheScore) {
  EXPECT_DOUBLE_EQ(health_of(0), 1);
  EXPECT_DOUBLE_EQ(health_of(5), 0.5);
  EXPECT_DOUBLE_EQ(health_of(10), 1.0 / 3);
  EXPECT_GT(health_of(kMaxScore), 0);
}

}  // namespace
}  // namespace smartroute::resilience
