#include "dataplane/core/resilience/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace smartroute::resilience {
namespace {

using enum AttemptOutcome;

RetryRules rules_with(std::vector<std::int32_t> codes) {
  config::Retry retry;
  retry.status_codes = std::move(codes);
  return RetryRules(retry);
}
const std::vector<std::int32_t> kDefaults = config::Retry{}.status_codes;

bool is_label(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0 || c == '_'; });
}

TEST(OutcomeTable, NamesAreUniqueSnakeCaseLabels) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(kCount); ++i) {
    const std::string_view name = name_of(static_cast<AttemptOutcome>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(is_label(name)) << name;
  }
}

TEST(OutcomeTable, SaysWhoMayRunNextAndWhatItMeansToHealth) {
  struct Row {
    AttemptOutcome outcome;
    Origin fault;
    Next next;
    HealthKind health;
    ErrorKind as_error;
    bool passes_on;
  };
  const Row rows[] = {
      {Answered, Origin::Upstream, Next::Nobody, HealthKind::Success, ErrorKind::Internal, false},
      {DnsFailed, Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, false},
      {ConnectFailed, Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, false},
      {ConnectTimeout, Origin::Upstream, Next::NotThisHost, HealthKind::Timeout, ErrorKind::UpstreamUnreachable, false},
      {TlsFailed, Origin::Upstream, Next::Others, HealthKind::Connect, ErrorKind::UpstreamUnreachable, false},
      {Reset, Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, false},
      {FirstByteTimeout, Origin::Upstream, Next::NotThisHost, HealthKind::Timeout, ErrorKind::UpstreamTimeout, false},
      {RetryableStatus, Origin::Upstream, Next::OthersOrSame, HealthKind::ServerError, ErrorKind::UpstreamRejected, false},
      {RetryableRejection, Origin::Upstream, Next::Others, HealthKind::None, ErrorKind::UpstreamRejected, true},
      {RateLimited, Origin::Upstream, Next::Others, HealthKind::RateLimited, ErrorKind::UpstreamRateLimited, false},
      {CredentialsRefused, Origin::Gateway, Next::Others, HealthKind::Unauthorized, ErrorKind::UpstreamCredentials, false},
      {RejectedRequest, Origin::Client, Next::Nobody, HealthKind::None, ErrorKind::UpstreamRejected, true},
      {ContextLength, Origin::Client, Next::LargerWindow, HealthKind::None, ErrorKind::UpstreamRejected, true},
      {ContentPolicy, Origin::Client, Next::Others, HealthKind::None, ErrorKind::UpstreamRejected, true},
      {ServerError, Origin::Upstream, Next::Nobody, HealthKind::ServerError, ErrorKind::UpstreamRejected, false},
      {BadResponse, Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, false},
      {ErrorInBody, Origin::Upstream, Next::Others, HealthKind::Keyword, ErrorKind::UpstreamRejected, false},
      {ErrorKeyword, Origin::Upstream, Next::Others, HealthKind::Keyword, ErrorKind::UpstreamRejected, false},
      {EmptyAnswer, Origin::Upstream, Next::Others, HealthKind::Empty, ErrorKind::UpstreamBroke, false},
      {BrokeMidStream, Origin::Upstream, Next::Others, HealthKind::BadResponse, ErrorKind::UpstreamBroke, false},
      {IdleTimeout, Origin::Upstream, Next::Others, HealthKind::Timeout, ErrorKind::UpstreamTimeout, false},
      {TotalTimeout, Origin::Upstream, Next::Nobody, HealthKind::Timeout, ErrorKind::UpstreamTimeout, false},
      {NoCredentials, Origin::Gateway, Next::Others, HealthKind::None, ErrorKind::UpstreamCredentials, false},
      {ClientGone, Origin::Client, Next::Nobody, HealthKind::None, ErrorKind::ClientGone, false},
      {Drained, Origin::Gateway, Next::Nobody, HealthKind::None, ErrorKind::Draining, false},
  };
  ASSERT_EQ(std::size(rows), static_cast<std::size_t>(kCount));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const Row& want = rows[i];
    const OutcomeRow& got = row_of(want.outcome);
    EXPECT_EQ(static_cast<std::size_t>(want.outcome), i);
    EXPECT_EQ(got.fault, want.fault) << got.name;
    EXPECT_EQ(got.next, want.next) << got.name;
    EXPECT_EQ(got.health, want.health) << got.name;
    EXPECT_EQ(got.as_error, want.as_error) << got.name;
    EXPECT_EQ(got.passes_on, want.passes_on) << got.name;
  }
}

TEST(OutcomeTable, WhatIsNotTheModelsFaultDoesNotTouchItsHealth) {
  for (int i = 0; i < static_cast<int>(kCount); ++i) {
    const OutcomeRow& row = row_of(static_cast<AttemptOutcome>(i));
    EXPECT_TRUE(row.fault != Origin::Client || row.health == HealthKind::None) << row.name;
  }
}

TEST(OutcomeTable, AProvidersRefusalOfOurKeyIsNeverShownAsTheClients401) {
  for (const AttemptOutcome outcome : {CredentialsRefused, NoCredentials}) {
    EXPECT_EQ(row_of(outcome).as_error, ErrorKind::UpstreamCredentials);
    EXPECT_NE(origin_of(row_of(outcome).as_error), Origin::Client);
    EXPECT_FALSE(row_of(outcome).passes_on);
  }
}

TEST(HealthKinds, HaveUniqueNamesThatReadBack) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(HealthKind::kCount); ++i) {
    const auto kind = static_cast<HealthKind>(i);
    EXPECT_TRUE(names.insert(name_of(kind)).second) << name_of(kind);
    EXPECT_TRUE(is_label(name_of(kind))) << name_of(kind);
    EXPECT_EQ(health_kind_named(name_of(kind)), kind);
  }
  EXPECT_EQ(name_of(HealthKind::RateLimited), "rate_limited");
  EXPECT_EQ(name_of(HealthKind::BadResponse), "bad_response");
  EXPECT_EQ(health_kind_named("of_next_year"), HealthKind::None);
  EXPECT_EQ(health_kind_named(""), HealthKind::None);
  EXPECT_EQ(name_of(HealthKind::kCount), "none");
}

TEST(RetryRules, HoldExactlyTheConfiguredCodes) {
  const RetryRules retry(config::Retry{});
  for (int status = -1; status < 1000; ++status)
    EXPECT_EQ(retry.contains(status), std::find(kDefaults.begin(), kDefaults.end(), status) != kDefaults.end()) << status;
}

TEST(RetryRules, IgnoreCodesOutsideTheirRange) {
  const RetryRules retry = rules_with({-1, 0, 200, 302, 399, 656, 100000});
  for (int status = -10; status < 100001; ++status) ASSERT_FALSE(retry.contains(status)) << status;
}

TEST(RetryRules, FoldKeywordsAndLeaveEmptyOnesOut) {
  config::Retry config;
  config.error_keywords = {"Rate LIMIT", "", "\xc3\x9c" "berlast"};
  config.retry_on_empty = false;
  config.on_content_policy = true;
  const RetryRules retry(config);
  EXPECT_EQ(retry.keywords(), (std::vector<std::string>{"rate limit", "\xc3\x9c" "berlast"}));
  EXPECT_FALSE(retry.on_empty());
  EXPECT_TRUE(retry.on_content_policy());
  EXPECT_TRUE(RetryRules(config::Retry{}).on_empty());
  EXPECT_FALSE(RetryRules(config::Retry{}).on_content_policy());
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
      {402, CredentialsRefused, CredentialsRefused},
      {403, CredentialsRefused, CredentialsRefused},
      {404, RetryableRejection, RetryableRejection},
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
      {-1, BadResponse, BadResponse},
  };
  const RetryRules defaults(config::Retry{}), nothing = rules_with({});
  for (const Row& row : rows) {
    EXPECT_EQ(name_of(judge_status(row.status, defaults)), name_of(row.with_defaults)) << row.status;
    EXPECT_EQ(name_of(judge_status(row.status, nothing)), name_of(row.with_nothing)) << row.status;
  }
}

TEST(JudgeStatus, KeepsCredentialsAndRateLimitsApartAlsoWhenConfigured) {
  const RetryRules retry = rules_with({401, 403, 429});
  EXPECT_EQ(judge_status(401, retry), CredentialsRefused);
  EXPECT_EQ(judge_status(403, retry), CredentialsRefused);
  EXPECT_EQ(judge_status(429, retry), RateLimited);
}

TEST(JudgeStatus, AConfiguredRejectionFailsOverButIsNoFailureOfTheModel) {
  const RetryRules retry = rules_with({400, 404, 422});
  for (const int status : {400, 404, 422}) {
    EXPECT_EQ(judge_status(status, retry), RetryableRejection) << status;
    EXPECT_EQ(next_after(judge_status(status, retry), retry), Next::Others) << status;
  }
  EXPECT_EQ(judge_status(405, retry), RejectedRequest);
}

TEST(NextAfter, RateLimitsAndContentPolicyFailOverOnlyWhenConfigured) {
  EXPECT_EQ(next_after(RateLimited, RetryRules(config::Retry{})), Next::Others);
  EXPECT_EQ(next_after(RateLimited, rules_with({500})), Next::Nobody);
  config::Retry config;
  EXPECT_EQ(next_after(ContentPolicy, RetryRules(config)), Next::Nobody);
  config.on_content_policy = true;
  EXPECT_EQ(next_after(ContentPolicy, RetryRules(config)), Next::Others);
}

TEST(NextAfter, IsTheTablesWordOtherwise) {
  const RetryRules nothing = rules_with({});
  for (int i = 0; i < static_cast<int>(kCount); ++i) {
    const auto outcome = static_cast<AttemptOutcome>(i);
    if (outcome == RateLimited || outcome == ContentPolicy) continue;
    EXPECT_EQ(next_after(outcome, nothing), row_of(outcome).next) << name_of(outcome);
  }
}

}  // namespace
}  // namespace smartroute::resilience
