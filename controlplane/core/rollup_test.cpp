#include "controlplane/core/rollup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace smartroute::control {
namespace {

using Rows = std::map<std::pair<Dimension, std::string>, RollupRow>;

Rows rolled_up(const v1::RequestRecord& record) {
  Rows rows;
  roll_up(record, [&](Dimension dimension, std::string_view value, const RollupRow& row) {
    rows[{dimension, std::string(value)}].add(row);
  });
  return rows;
}

v1::RequestRecord answered_record() {
  v1::RequestRecord record;
  record.set_received_us(1'000'000);
  record.set_first_byte_us(1'250'000);
  record.set_completed_us(3'000'000);
  record.set_endpoint("chat_completions");
  record.set_streaming(true);
  record.set_tier("t2");
  record.set_model("p/good");
  record.set_provider("p");
  record.set_status(200);
  record.set_ending("completed");
  record.set_key_id("abcd");
  record.set_category("chat");
  auto& failed = *record.add_attempts();
  failed.set_model("p/bad");
  failed.set_outcome("broke_mid_stream");
  failed.set_duration_us(50'000);
  failed.mutable_completion_tokens()->set_count(7);
  failed.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_LOCAL);
  failed.set_cost_nano_usd(300);
  auto& good = *record.add_attempts();
  good.set_model("p/good");
  good.set_outcome("answered");
  good.set_duration_us(400'000);
  record.mutable_prompt_tokens()->set_count(11);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_completion_tokens()->set_count(5);
  record.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_ESTIMATE);
  record.mutable_token_details()->set_cached(4);
  record.mutable_token_details()->set_reasoning(2);
  record.mutable_cost()->set_nano_usd(1'000);
  record.mutable_cost()->set_t3_nano_usd(9'000);
  record.mutable_cost()->set_thrown_away_nano_usd(300);
  return record;
}

// Rows as they come about: sums of random records.
RollupRow random_row(std::mt19937_64& random) {
  RollupRow sum;
  for (auto n = random() % 4; n > 0; --n) {
    v1::RequestRecord record = answered_record();
    record.set_completed_us(record.received_us() + static_cast<std::int64_t>(random() % 100'000'000));
    record.set_first_byte_us(random() % 3 == 0 ? 0 : record.received_us() + static_cast<std::int64_t>(random() % 1'000'000));
    if (random() % 4 == 0) record.set_error_kind("upstream_timeout");
    if (random() % 4 == 0) record.mutable_cost()->clear_nano_usd();
    record.mutable_cost()->set_t3_nano_usd(static_cast<std::int64_t>(random() % 2'000));
    for (const auto& [key, row] : rolled_up(record))
      if (key.first == Dimension::Attempt || key.first == Dimension::All) sum.add(row);
  }
  return sum;
}

TEST(Sketch, ErrsByAtMostTwoPercentOnEverySpreadOfDurations) {
  std::mt19937_64 random(1);
  const auto uniform = [&] { return 1 + random() % 10'000'000; };
  const auto wide = [&] { return static_cast<std::uint64_t>(std::exp(std::uniform_real_distribution<>(0, std::log(36e9))(random))); };
  const auto narrow = [&] { return 30 + random() % 5; };
  const std::function<std::uint64_t()> kinds[] = {uniform, wide, narrow};
  for (const auto& draw : kinds) {
    for (const std::size_t size : {1u, 2u, 10u, 5'000u}) {
      std::vector<std::uint64_t> samples(size);
      Sketch sketch;
      for (auto& sample : samples) sketch.add(sample = draw());
      std::sort(samples.begin(), samples.end());
      EXPECT_EQ(sketch.count(), size);
      for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0}) {
        const auto exact = static_cast<double>(samples[static_cast<std::size_t>(q * static_cast<double>(size - 1))]);
        EXPECT_NEAR(sketch.quantile(q), exact, exact * 0.02) << "q " << q << " of " << size;
      }
    }
  }
}

TEST(Sketch, PutsWhatLiesBeyondItsRangeIntoTheEndBuckets) {
  Sketch sketch;
  sketch.add(0);
  EXPECT_EQ(sketch.quantile(0.5), 1);
  sketch.add(std::numeric_limits<std::uint64_t>::max(), 3);
  EXPECT_NEAR(sketch.quantile(1), 36e9, 36e9 * 0.02);
  EXPECT_EQ(sketch.count(), 4u);
}

TEST(Sketch, SaysZeroWithoutSamples) {
  EXPECT_EQ(Sketch().quantile(0.99), 0);
  Sketch sketch;
  sketch.add(5, 0);
  EXPECT_EQ(sketch, Sketch());
}

TEST(Sketch, TakesOnlyItsOwnBytesOffTheFront) {
  Sketch sketch;
  for (const std::uint64_t micros : {0ULL, 17ULL, 900ULL, 1'000'000ULL, 99'000'000'000ULL}) sketch.add(micros, micros + 1);
  std::string bytes;
  sketch.encode(bytes);
  bytes += "tail";
  std::string_view in = bytes;
  Sketch read;
  ASSERT_TRUE(read.decode(in));
  EXPECT_EQ(read, sketch);
  EXPECT_EQ(in, "tail");
}

TEST(RollupRow, IsTheSameWholeInWhateverOrderAndGroupsItIsAdded) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<RollupRow> rows(12);
    for (auto& row : rows) row = random_row(random);
    RollupRow in_order;
    for (const auto& row : rows) in_order.add(row);
    std::shuffle(rows.begin(), rows.end(), random);
    RollupRow left, right;
    const auto cut = static_cast<std::size_t>(random() % rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) (i < cut ? left : right).add(rows[i]);
    left.add(right);
    EXPECT_EQ(left, in_order) << "seed " << seed;
    const auto again = RollupRow::decode(in_order.encode());
    ASSERT_TRUE(again) << "seed " << seed;
    EXPECT_EQ(*again, in_order) << "seed " << seed;
  }
}

TEST(RollupRow, ReadsAnyBytesAndWritesBackWhatItTook) {
  std::mt19937_64 random(7);
  const std::string good = [&] {
    RollupRow row;
    while (row.response.count() < 5) row.add(random_row(random));
    return row.encode();
  }();
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(RollupRow::decode(good.substr(0, cut))) << cut;
  EXPECT_FALSE(RollupRow::decode(good + '\0'));
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (auto n = 1 + random() % 3; n > 0; --n) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (auto row = RollupRow::decode(bytes)) {
      ++taken;
      RollupRow twice = *row;
      twice.add(*row);  // any numbers may be in there
      EXPECT_EQ(RollupRow::decode(row->encode()), row);
    }
  }
  EXPECT_GT(taken, 0);
}

TEST(RollupRow, IsOfAVersion) {
  std::string bytes = RollupRow().encode();
  EXPECT_EQ(bytes.front(), 1);
  bytes.front() = 2;
  EXPECT_FALSE(RollupRow::decode(bytes));
}

TEST(RollUp, GivesARowToEachDimensionThatTheRecordHasAValueOf) {
  const Rows rows = rolled_up(answered_record());
  const RollupRow& all = rows.at({Dimension::All, ""});
  EXPECT_EQ(all.requests, 1u);
  EXPECT_EQ(all.successes, 1u);
  EXPECT_EQ(all.failures, 0u);
  EXPECT_EQ(all.streams, 1u);
  EXPECT_EQ(all.retries, 1u);
  EXPECT_EQ(all.retried_requests, 1u);
  EXPECT_EQ(all.prompt_tokens[0], 11u);
  EXPECT_EQ(all.completion_tokens[2], 5u);
  EXPECT_EQ(all.cached_tokens, 4u);
  EXPECT_EQ(all.reasoning_tokens, 2u);
  EXPECT_EQ(all.cost_nano, 1'000);
  EXPECT_EQ(all.saved_nano, 8'000);
  EXPECT_EQ(all.thrown_away_nano, 300);
  EXPECT_EQ(all.unpriced, 0u);
  EXPECT_EQ(all.response_us, 2'000'000u);
  EXPECT_EQ(all.response_max_us, 2'000'000u);
  EXPECT_EQ(all.first_byte_us, 250'000u);
  EXPECT_EQ(all.response.count(), 1u);
  for (const auto& [dimension, value] : {std::pair(Dimension::Tier, "t2"), std::pair(Dimension::Model, "p/good"),
                                         std::pair(Dimension::Provider, "p"), std::pair(Dimension::Key, "abcd"),
                                         std::pair(Dimension::Status, "200"), std::pair(Dimension::Category, "chat"),
                                         std::pair(Dimension::Ending, "completed")})
    EXPECT_EQ(rows.at({dimension, value}), all) << value;
  EXPECT_EQ(rows.size(), 10u) << "and two attempts";
}

TEST(RollUp, AccountsEachAttemptOnceAtItsModel) {
  const Rows rows = rolled_up(answered_record());
  const RollupRow& bad = rows.at({Dimension::Attempt, "p/bad"});
  EXPECT_EQ(bad.failures, 1u);
  EXPECT_EQ(bad.completion_tokens[1], 7u);
  EXPECT_EQ(bad.cost_nano, 300);
  EXPECT_EQ(bad.response.count(), 0u);
  const RollupRow& good = rows.at({Dimension::Attempt, "p/good"});
  EXPECT_EQ(good.successes, 1u);
  EXPECT_EQ(good.prompt_tokens[0], 11u);
  EXPECT_EQ(good.cost_nano, 700);
  EXPECT_EQ(good.thrown_away_nano, 0);
  EXPECT_EQ(good.response_us, 400'000u);
}

TEST(RollUp, CountsAClientThatLeftAsNeitherSuccessNorFailure) {
  v1::RequestRecord record = answered_record();
  record.set_error_kind("client_gone");
  const Rows rows = rolled_up(record);
  const RollupRow& all = rows.at({Dimension::All, ""});
  EXPECT_EQ(all.requests, 1u);
  EXPECT_EQ(all.successes + all.failures, 0u);
  EXPECT_EQ(all.response.count(), 0u);
  EXPECT_EQ(rows.at({Dimension::Error, "client_gone"}), all);
}

TEST(RollUp, CountsTheCallersOwnMistakeAsAFailureOfItsKindThatCostNothing) {
  v1::RequestRecord record;
  record.set_endpoint("chat_completions");
  record.set_received_us(1);
  record.set_completed_us(2);
  record.set_status(400);
  record.set_ending("rejected_by_gateway");
  record.set_error_kind("invalid_request");
  const Rows rows = rolled_up(record);
  const RollupRow& row = rows.at({Dimension::Error, "invalid_request"});
  EXPECT_EQ(row.failures, 1u);
  EXPECT_EQ(row.unpriced, 0u);
  EXPECT_EQ(rows.at({Dimension::Tier, "none"}), row);
  EXPECT_EQ(rows.size(), 5u) << "all, status, ending, tier, error";
}

TEST(RollUp, TellsAnUnknownCostFromNone) {
  v1::RequestRecord record = answered_record();
  record.mutable_cost()->clear_nano_usd();
  const Rows rows = rolled_up(record);
  EXPECT_EQ(rows.at({Dimension::All, ""}).unpriced, 1u);
  EXPECT_EQ(rows.at({Dimension::All, ""}).cost_nano, 0);
  EXPECT_EQ(rows.at({Dimension::All, ""}).saved_nano, 0) << "both must be known";
  EXPECT_EQ(rows.at({Dimension::Attempt, "p/good"}).unpriced, 1u);
  EXPECT_EQ(rows.at({Dimension::Attempt, "p/bad"}).unpriced, 0u);
}

TEST(RollUp, PutsOtherRequestsIntoAllStatusAndEndingOnly) {
  v1::RequestRecord record = answered_record();
  record.set_endpoint("models");
  const Rows rows = rolled_up(record);
  EXPECT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.count({Dimension::All, ""}) + rows.count({Dimension::Status, "200"}) + rows.count({Dimension::Ending, "completed"}), 3u);
  EXPECT_EQ(rows.at({Dimension::All, ""}).cost_nano, 0);
}

TEST(Dimension, HasANameThatFindsIt) {
  for (int i = 1; i <= 10; ++i) {
    const auto dimension = static_cast<Dimension>(i);
    EXPECT_EQ(dimension_named(name_of(dimension)), dimension) << i;
  }
  EXPECT_EQ(name_of(Dimension::Attempt), "attempt");
  EXPECT_FALSE(dimension_named("colour"));
}

}  // namespace
}  // namespace smartroute::control
