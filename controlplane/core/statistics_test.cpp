#include "controlplane/core/statistics.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

namespace smartroute::control {
namespace {

namespace rpc = ::smartroute::admin::v1;
using google::protobuf::util::MessageDifferencer;

constexpr std::int64_t kNow = 20'000 * kDayUs + 13 * kHourUs + 37 * kMinuteUs + 12'345'678;

// Rollups as a store keeps them, and the records they are of.
struct Past {
  std::map<std::tuple<Resolution, Dimension, std::string, std::int64_t>, RollupRow> rows;
  std::vector<v1::RequestRecord> records;

  void add(const v1::RequestRecord& record) {
    records.push_back(record);
    roll_up(record, [&](Dimension dimension, std::string_view value, const RollupRow& row) {
      for (const auto resolution : {Resolution::Minute, Resolution::Hour, Resolution::Day}) {
        const std::int64_t begin = record.received_us() / width_of(resolution) * width_of(resolution);
        rows[{resolution, dimension, std::string(value), begin}].add(row);
      }
    });
  }
  RollupSource source() const {
    const auto read = [this](Dimension dimension, const std::vector<std::string>& values, const RollupSpan& span, const RollupVisit& visit) -> Result<void> {
      for (const auto& [key, row] : rows) {
        const auto& [resolution, of, value, begin] = key;
        if (resolution != span.resolution || of != dimension || begin < span.span.from_us || begin >= span.span.to_us) continue;
        if (!values.empty() && std::find(values.begin(), values.end(), value) == values.end()) continue;
        if (!visit(value, begin, row)) break;
      }
      return {};
    };
    return {read, {}};
  }
  // What the records say themselves.
  RollupRow sum(Dimension dimension, const std::string& value, const TimeSpan& span) const {
    RollupRow sum;
    for (const auto& record : records) {
      if (record.received_us() < span.from_us || record.received_us() >= span.to_us) continue;
      roll_up(record, [&](Dimension of, std::string_view its, const RollupRow& row) {
        if (of == dimension && its == value) sum.add(row);
      });
    }
    return sum;
  }
};

v1::RequestRecord record_at(std::int64_t received_us, const std::string& model, std::mt19937_64& random) {
  v1::RequestRecord record;
  record.set_received_us(received_us);
  record.set_completed_us(received_us + static_cast<std::int64_t>(random() % 5'000'000));
  record.set_first_byte_us(received_us + static_cast<std::int64_t>(random() % 500'000));
  record.set_endpoint(random() % 10 == 0 ? "models" : "chat_completions");
  record.set_tier("t" + std::to_string(1 + random() % 3));
  record.set_model(model);
  record.set_status(random() % 8 == 0 ? 502 : 200);
  if (record.status() != 200) record.set_error_kind("upstream_timeout");
  record.set_key_id(random() % 2 == 0 ? "aa" : "bb");
  record.mutable_prompt_tokens()->set_count(random() % 1'000);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_cost()->set_nano_usd(static_cast<std::int64_t>(random() % 10'000));
  for (auto n = random() % 3; n > 0; --n) {
    auto& attempt = *record.add_attempts();
    attempt.set_model(model);
    attempt.set_outcome(n == 1 ? "answered" : "rate_limited");
  }
  return record;
}

Past random_past(std::mt19937_64& random, std::int64_t reach_us, int records, unsigned models) {
  Past past;
  for (int i = 0; i < records; ++i) {
    const std::int64_t at = kNow - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(reach_us));
    past.add(record_at(at, "m" + std::to_string(random() % models), random));
  }
  return past;
}

double covered(const TimeSpan& part, const TimeSpan& of) {
  return std::max(1.0, static_cast<double>(std::min({part.to_us, of.to_us, kNow}) - std::max(part.from_us, of.from_us)) / 1e6);
}

void expect_truth(const Past& past, Dimension dimension, const TimeSpan& span, std::int64_t step_us,
                  const google::protobuf::RepeatedPtrField<rpc::StatsSeries>& all) {
  for (const auto& series : all) {
    EXPECT_TRUE(MessageDifferencer::Equals(series.totals(), totals_of(past.sum(dimension, series.value(), span), covered(span, span)))) << series.value();
    std::uint64_t requests = 0;
    for (const auto& point : series.points()) {
      const TimeSpan part{point.at_ms() * 1'000, point.at_ms() * 1'000 + step_us};
      EXPECT_EQ(part.from_us, point_begin(part.from_us, step_us));
      const TimeSpan inside{std::max(part.from_us, span.from_us), std::min(part.to_us, span.to_us)};
      EXPECT_TRUE(MessageDifferencer::Equals(point.totals(), totals_of(past.sum(dimension, series.value(), inside), covered(part, span)))) << series.value();
      requests += point.totals().requests();
    }
    if (step_us > 0) {
      EXPECT_EQ(requests, series.totals().requests()) << series.value();
    }
  }
}

TEST(Statistics, SayWhatTheRecordsSayForAnyRangeStepAndDimension) {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::int64_t reach = std::array{2 * kHourUs, 3 * kDayUs, 90 * kDayUs}[seed % 3];
    const Past past = random_past(random, reach, 150, 4);
    rpc::GetStatsRequest request;
    const std::int64_t until = seed % 2 == 0 ? kNow : kNow - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(reach / 2));
    request.set_since_ms((until - reach / 2) / 1'000);
    request.set_until_ms(seed % 2 == 0 ? 0 : until / 1'000);
    request.set_compare(true);
    request.set_step_ms(std::array{std::int64_t{0}, std::int64_t{-1}, reach / 60 / kMinuteUs * 60'000}[seed / 3 % 3]);
    const auto dimension = static_cast<Dimension>(1 + seed % 10);
    request.set_dimension(std::string(name_of(dimension)));
    const auto said = statistics(request, past.source(), kNow);
    ASSERT_TRUE(said) << said.error().text();
    const TimeSpan span{said->since_ms() * 1'000, said->until_ms() * 1'000};
    EXPECT_LE(std::abs((span.to_us - span.from_us) - reach / 2), kMinuteUs);
    expect_truth(past, dimension, span, said->step_ms() * 1'000, said->series());
    expect_truth(past, dimension, {2 * span.from_us - span.to_us, span.from_us}, said->step_ms() * 1'000, said->before());
    ASSERT_EQ(said->series_size(), said->before_size());
    for (int i = 0; i < said->series_size(); ++i) {
      EXPECT_EQ(said->series(i).value(), said->before(i).value());
      if (i > 0) {
        EXPECT_GE(said->series(i - 1).totals().requests(), said->series(i).totals().requests());
      }
    }
  }
}

TEST(Statistics, SumTheValuesBeyondTheTopIntoOthers) {
  std::mt19937_64 random(5);
  const Past past = random_past(random, kHourUs, 600, 80);
  rpc::GetStatsRequest request;
  request.set_since_ms((kNow - kHourUs) / 1'000);
  request.set_dimension("model");
  const auto said = statistics(request, past.source(), kNow);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series_size(), static_cast<int>(kTopValues) + 1);
  const auto& others = said->series(static_cast<int>(kTopValues));
  EXPECT_EQ(others.value(), kOtherValue);
  std::uint64_t sum = 0, points = 0;
  for (const auto& series : said->series()) sum += series.totals().requests();
  for (const auto& point : others.points()) points += point.totals().requests();
  std::uint64_t all = 0;
  for (const auto& record : past.records)
    if (record.endpoint() == "chat_completions" && record.received_us() >= said->since_ms() * 1'000) ++all;
  EXPECT_EQ(sum, all);
  EXPECT_EQ(points, others.totals().requests());
}

TEST(Statistics, OfNamedValuesHaveASeriesForEachOnce) {
  std::mt19937_64 random(6);
  const Past past = random_past(random, kHourUs, 60, 3);
  rpc::GetStatsRequest request;
  request.set_since_ms((kNow - kHourUs) / 1'000);
  request.set_dimension("model");
  for (const char* model : {"m1", "unheard", "m1"}) request.add_values(model);
  const auto said = statistics(request, past.source(), kNow);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series_size(), 2);
  EXPECT_EQ(said->series(0).value(), "m1");
  EXPECT_GT(said->series(0).totals().requests(), 0u);
  EXPECT_EQ(said->series(1).totals().requests(), 0u);
  EXPECT_EQ(said->series(1).points_size(), 0);
}

TEST(Statistics, ReadFewRowsOfALongRange) {
  Past past;
  std::mt19937_64 random(8);
  for (int hour = 0; hour < 24 * 40; ++hour) past.add(record_at(kNow - hour * kHourUs, "m", random));
  rpc::GetStatsRequest request;
  request.set_since_ms((kNow - 39 * kDayUs) / 1'000);
  request.set_step_ms(-1);
  const auto said = statistics(request, past.source(), kNow);
  ASSERT_TRUE(said);
  EXPECT_LE(said->rows_read(), 39u + 2 * 24 + 2 * 60);
  EXPECT_EQ(said->series(0).totals().requests(), 39u * 24);
}

TEST(Statistics, OfAllThereIsBeginWithTheFirstRecord) {
  Past past;
  std::mt19937_64 random(9);
  past.add(record_at(kNow - 400 * kDayUs, "m", random));
  past.add(record_at(kNow - kDayUs, "m", random));
  rpc::GetStatsRequest request;
  request.set_compare(true);
  const auto said = statistics(request, past.source(), kNow);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->since_ms(), (kNow - 400 * kDayUs) / kDayUs * kDayUs / 1'000);
  EXPECT_EQ(said->series(0).totals().requests(), 2u);
  EXPECT_EQ(said->series(0).points_size(), 2);
  EXPECT_EQ(said->before_size(), 0);
}

TEST(Statistics, OfNothingAreEmpty) {
  const auto said = statistics({}, Past().source(), kNow);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->series_size(), 0);
  EXPECT_GT(said->until_ms(), said->since_ms());
}

TEST(Statistics, RefuseWhatMakesNoSense) {
  const struct {
    const char* name;
    std::function<void(rpc::GetStatsRequest&)> make;
    const char* says;
  } rows[] = {
      {"dimension", [](auto& r) { r.set_dimension("colour"); }, "'colour'"},
      {"values of nothing", [](auto& r) { r.add_values("x"); }, "dimension"},
      {"step", [](auto& r) { r.set_step_ms(90'000); }, "90000"},
      {"negative step", [](auto& r) { r.set_step_ms(-5); }, "step_ms"},
      {"huge step", [](auto& r) { r.set_step_ms(std::int64_t{1} << 62); }, "step_ms"},
      {"points", [](auto& r) { r.set_since_ms(1); r.set_step_ms(60'000); }, "points"},
      {"values", [](auto& r) { r.set_dimension("model"); for (int i = 0; i < 101; ++i) r.add_values(std::to_string(i)); }, "101"},
      {"cells", [](auto& r) { r.set_dimension("model"); r.set_step_ms(60'000); for (int i = 0; i < 60; ++i) r.add_values(std::to_string(i)); }, "60 values"},
  };
  for (const auto& row : rows) {
    rpc::GetStatsRequest request;
    request.set_since_ms((kNow - kDayUs) / 1'000);
    row.make(request);
    const auto said = statistics(request, Past().source(), kNow);
    ASSERT_FALSE(said) << row.name;
    EXPECT_EQ(said.error().kind(), ErrorKind::Invalid);
    EXPECT_NE(said.error().text().find(row.says), std::string::npos) << row.name << ": " << said.error().text();
  }
}

TEST(Statistics, PassOnWhyRowsCannotBeRead) {
  RollupSource broken{[](auto&&...) -> Result<void> { return fail(ErrorKind::Storage, "the disk is gone"); }, {}};
  EXPECT_EQ(statistics({}, broken, kNow).error().text(), "the disk is gone");
  EXPECT_EQ(facets({}, broken, kNow).error().text(), "the disk is gone");
}

TEST(Facets, CountTheRecordsOfEachValueTheMostFrequentFirst) {
  std::mt19937_64 random(11);
  Past past = random_past(random, 3 * kHourUs, 300, 5);
  rpc::ListFacetsRequest request;
  request.set_since_us(kNow - kHourUs);
  const auto said = facets(request, past.source(), kNow);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->facets_size(), 8);
  const TimeSpan span = *stats_range(request.since_us() / 1'000, 0, kNow, {});
  for (const auto& facet : said->facets()) {
    const Dimension dimension = *dimension_named(facet.dimension());
    for (int i = 0; i < facet.values_size(); ++i) {
      EXPECT_EQ(facet.values(i).records(), past.sum(dimension, facet.values(i).value(), span).requests) << facet.dimension();
      if (i > 0) {
        EXPECT_GE(facet.values(i - 1).records(), facet.values(i).records());
      }
    }
  }
  EXPECT_EQ(said->facets(1).dimension(), "model");
  EXPECT_EQ(said->facets(1).values_size(), 5);
}

}  // namespace
}  // namespace smartroute::control
