// How long the log's queries take. Thread rule: any thread.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smartroute::control::ops {

class QueryTimes {
 public:
  // Methods of the admin API that read or prune the log, and their label. Streams are not among them: they take as long as somebody listens.
  struct Kind {
    std::string_view method, label;
  };
  static constexpr std::array<Kind, 6> kKinds{{{"smartroute.admin.v1.LogService/ListRecords", "list"},
                                               {"smartroute.admin.v1.LogService/GetRecord", "get"},
                                               {"smartroute.admin.v1.LogService/ListFacets", "facets"},
                                               {"smartroute.admin.v1.LogService/PruneRecords", "prune"},
                                               {"smartroute.admin.v1.LogService/GetLogStorage", "storage"},
                                               {"smartroute.admin.v1.StatsService/GetStats", "stats"}}};
  // Upper bounds in microseconds; +Inf is implied.
  static constexpr std::array<std::uint64_t, 13> kBounds{1'000,   2'500,   5'000,     10'000,    25'000,    50'000,    100'000,
                                                         200'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  // Other methods are no queries.
  void observe(std::string_view method, std::chrono::microseconds took) noexcept;

  struct Reading {
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};  // not cumulative
    std::uint64_t sum_us = 0;
  };
  Reading read(std::size_t kind) const noexcept;  // position in kKinds

 private:
  struct Cells {
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> sum_us{0};
  };
  std::array<Cells, kKinds.size()> cells_;
};

}  // namespace smartroute::control::ops
