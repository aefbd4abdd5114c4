// Adds records to the rollups of logs.db: reads, adds and writes each row they touch, and keeps the rows of the present open. Internal to store/.
//
// Thread rule: one thread at a time. Order of calls: add() for each new record, stage() into the batch that stores them; forget() if that is not written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "contract/base/result.hpp"
#include "controlplane/core/rollup.hpp"
#include "controlplane/store/log_families.hpp"
#include "controlplane/store/store.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace smartroute::store {

class RollupWriter {
 public:
  static constexpr std::size_t kMaxOpenRows = 8'192;
  static constexpr std::size_t kMaxOpenDays = 64;  // sets of the values that have rows of their own on one day

  // `families` must outlive it.
  explicit RollupWriter(const LogFamilies& families) : families_(families) {}

  void add(const v1::RequestRecord& record);
  Result<void> stage(rocksdb::WriteBatch& batch);
  // Neither what was added nor what was staged counts: the batch was not written.
  void forget();

 private:
  using Series = std::tuple<std::uint32_t, control::Dimension, std::string>;  // minute, dimension, value
  using Day = std::pair<std::uint32_t, control::Dimension>;
  Result<control::RollupRow*> row(const std::string& key);
  // `value`, or kOtherValue where it gets no row of its own on that day.
  Result<std::string_view> value_on(Day day, std::string_view value, rocksdb::WriteBatch& batch);
  Result<std::set<std::string, std::less<>>*> values_on(Day day);

  const LogFamilies& families_;
  std::map<Series, control::RollupRow> added_;
  std::unordered_map<std::string, control::RollupRow> rows_;
  std::map<Day, std::set<std::string, std::less<>>> days_;
};

// Store::rollups().
Result<void> read_rollups(const LogFamilies& families, const RollupQuery& query, const RollupVisit& visit);

}  // namespace smartroute::store
