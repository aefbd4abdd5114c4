// What statistics keep of requests: sums by minute, hour and day, for all together and for each value of each dimension. Pure.
//
// A rollup row belongs to (resolution, dimension, value, bucket). Rows add up: of the same bucket, of several buckets, of several values.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control {

enum class Resolution : std::uint8_t { Minute = 1, Hour = 2, Day = 3 };
// Width of a bucket, microseconds. Buckets begin at multiples of it since 1970 (UTC).
constexpr std::int64_t width_of(Resolution r) noexcept {
  return (r == Resolution::Minute ? 60LL : r == Resolution::Hour ? 3'600LL : 86'400LL) * 1'000'000;
}

// On disk: never renumber. All has the one value "".
enum class Dimension : std::uint8_t {
  All = 1, Tier = 2, Model = 3, Provider = 4, Key = 5, Error = 6, Status = 7, Category = 8, Ending = 9, Attempt = 10,
};
// "", "tier", "model", ...; as admin.v1.GetStatsRequest.dimension spells it.
std::string_view name_of(Dimension dimension) noexcept;
std::optional<Dimension> dimension_named(std::string_view name) noexcept;

// Values of one dimension that get rows of their own in one day; the rest share "(other)".
constexpr std::size_t kMaxValues = 500;
constexpr std::string_view kOtherValue = "(other)";

// A spread of durations in few bytes: logarithmic buckets, relative error at most 2 %. After DDSketch (Masson, Rim, Lee 2019), whole
// microseconds, 1 us to 10 h; what lies beyond counts in the end buckets.
class Sketch {
 public:
  void add(std::uint64_t micros, std::uint64_t times = 1);
  void add(const Sketch& other);
  std::uint64_t count() const noexcept { return count_; }
  // q in 0..1; 0 without samples. Microseconds.
  double quantile(double q) const;
  void encode(std::string& out) const;
  // Takes what encode() wrote off the front of `in`; false if it is none of that.
  bool decode(std::string_view& in);
  friend bool operator==(const Sketch&, const Sketch&) = default;

 private:
  std::vector<std::pair<std::uint16_t, std::uint64_t>> buckets_;  // ascending
  std::uint64_t count_ = 0;
};

struct RollupRow {
  std::uint64_t requests = 0, successes = 0, failures = 0, streams = 0, retries = 0, retried_requests = 0;
  std::uint64_t prompt_tokens[3] = {}, completion_tokens[3] = {};  // upstream, local, estimate
  std::uint64_t cached_tokens = 0, reasoning_tokens = 0;
  std::int64_t cost_nano = 0, saved_nano = 0, thrown_away_nano = 0;
  std::uint64_t unpriced = 0;
  std::uint64_t response_us = 0, response_max_us = 0;  // sum, and the largest, of successes
  std::uint64_t first_byte_us = 0, first_byte_max_us = 0;
  Sketch response, first_byte;

  void add(const RollupRow& other);
  std::string encode() const;                                   // versioned
  static std::optional<RollupRow> decode(std::string_view bytes);  // any bytes; nullopt: not one of ours
  friend bool operator==(const RollupRow&, const RollupRow&) = default;
};

// Calls `to(dimension, value, row)` for each row that `record` adds to. Requests that are no model requests (endpoint is not chat_completions) count in All,
// Status and Ending only. Attempt: one for each attempt at its model, with its own duration; a failed one has its outcome counted under failures.
using RollupTo = std::function<void(Dimension, std::string_view, const RollupRow&)>;
void roll_up(const v1::RequestRecord& record, const RollupTo& to);

}  // namespace smartroute::control
