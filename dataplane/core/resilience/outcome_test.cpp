#include "dataplane/core/resilience/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace smartroute::resilience {
namespace {

using enum AttemptOutcome;

const std::vector<std::int32_t> kDefaults{408, 409, 429, 500, 502, 503, 504, 529};

TEST(OutcomeTable, NamesAreUniqueSnakeCaseLabels) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(kCount); ++i) {
    const std::string_view name = name_of(static_cast<AttemptOutcome>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::islower(c) != 0 || c == '_';
    })) << name;
  }
}

TEST(OutcomeTable, NothingRunsAfterTheCommitPointOrWithoutAClient) {
  for (const AttemptOutcome outcome :
       {Answered, BrokeMidStream, IdleTimeout, TotalTimeout, ClientGone, Drained})
    EXPECT_FALSE(row_of(outcome).next_candidate) << name_of(outcome);
}

TEST(OutcomeTable, TheNextCandidateRunsWhenThisOneFailedForItsOwnReasons) {
  for (const AttemptOutcome outcome :
       {DnsFailed, ConnectFailed, ConnectTimeout, TlsFailed, Reset, FirstByteTimeout,
        RetryableStatus, CredentialsRefused, BadResponse, ErrorInBody, NoCredentials})
    EXPECT_TRUE(row_of(outcome).next_candidate) << name_of(outcome);
}

TEST(OutcomeTable, TheRequestsOwnFaultIsTheClientsAndFinal) {
  EXPECT_EQ(row_of(RejectedRequest).fault, Origin::Client);
  EXPECT_FALSE(row_of(RejectedRequest).next_candidate);
}

TEST(OutcomeTable, AProvidersRefusalOfOurKeyIsNeverShownAsTheClients401) {
  EXPECT_EQ(row_of(CredentialsRefused).as_error, ErrorKind::UpstreamCredentials);
  EXPECT_EQ(row_of(NoCredentials).as_error, ErrorKind::UpstreamCredentials);
  EXPECT_NE(origin_of(row_of(CredentialsRefused).as_error), Origin::Client);
}

TEST(RetryStatuses, HoldsExactlyTheConfiguredCodes) {
  const RetryStatuses retry(kDefaults);
  for (int status = -1; status < 1000; ++status)
    EXPECT_EQ(retry.contains(status),
              std::find(kDefaults.begin(), kDefaults.end(), status) != kDefaults.end())
        << status;
}

TEST(RetryStatuses, IgnoresCodesOutsideItsRange) {
  const RetryStatuses retry({-1, 0, 200, 302, 399, 656, 100000});
  for (int status = -10; status < 100001; ++status) ASSERT_FALSE(retry.contains(status)) << status;
}

TEST(JudgeStatus, FollowsTheTable) {
  struct Row {
    int status;
    AttemptOutcome with_defaults, with_nothing;
  };
  const Row rows[] = {
      {200, Answered, Answered},
      {201, Answered, Answered},
      {204, Answered, Answered},
      {299, Answered, Answered},
      {100, BadResponse, BadResponse},
      {103, BadResponse, BadResponse},
      {301, BadResponse, BadResponse},
      {302, BadResponse, BadResponse},
      {304, BadResponse, BadResponse},
      {400, RejectedRequest, RejectedRequest},
      {401, CredentialsRefused, CredentialsRefused},
      {403, CredentialsRefused, CredentialsRefused},
      {404, RejectedRequest, RejectedRequest},
      {408, RetryableStatus, RejectedRequest},
      {409, RetryableStatus, RejectedRequest},
      {422, RejectedRequest, RejectedRequest},
      {429, RateLimited, RateLimited},
      {500, RetryableStatus, ServerError},
      {501, ServerError, ServerError},
      {502, RetryableStatus, ServerError},
      {503, RetryableStatus, ServerError},
      {504, RetryableStatus, ServerError},
      {505, ServerError, ServerError},
      {529, RetryableStatus, ServerError},
      {599, ServerError, ServerError},
      {600, BadResponse, BadResponse},
      {0, BadResponse, BadResponse},
  };
  const RetryStatuses defaults(kDefaults), nothing({});
  for (const Row& row : rows) {
    EXPECT_EQ(name_of(judge_status(row.status, defaults)), name_of(row.with_defaults))
        << row.status;
    EXPECT_EQ(name_of(judge_status(row.status, nothing)), name_of(row.with_nothing)) << row.status;
  }
}

TEST(JudgeStatus, KeepsCredentialsAndRateLimitsApartAlsoWhenConfigured) {
  const RetryStatuses retry({401, 403, 429, 404});
  EXPECT_EQ(judge_status(401, retry), CredentialsRefused);
  EXPECT_EQ(judge_status(403, retry), CredentialsRefused);
  EXPECT_EQ(judge_status(429, retry), RateLimited);
  EXPECT_EQ(judge_status(404, retry), RetryableStatus);
}

TEST(MayFailOver, RateLimitsFailOverOnlyWhenConfigured) {
  EXPECT_TRUE(may_fail_over(RateLimited, RetryStatuses(kDefaults)));
  EXPECT_FALSE(may_fail_over(RateLimited, RetryStatuses({500})));
}

TEST(MayFailOver, IsTheTablesWordOtherwise) {
  const RetryStatuses nothing({});
  for (int i = 0; i < static_cast<int>(kCount); ++i) {
    const auto outcome = static_cast<AttemptOutcome>(i);
    if (outcome == RateLimited) continue;
    EXPECT_EQ(may_fail_over(outcome, nothing), row_of(outcome).next_candidate) << name_of(outcome);
  }
}

}  // namespace
}  // namespace smartroute::resilience
