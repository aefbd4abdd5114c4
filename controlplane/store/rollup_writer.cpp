#include "controlplane/store/rollup_writer.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/log_layout.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

using control::Resolution;
using control::RollupRow;

}  // namespace

void RollupWriter::add(const v1::RequestRecord& record) {
  const auto minute = bucket_of(Resolution::Minute, filed_at(record));
  if (!minute) return;
  control::roll_up(record, [&](control::Dimension dimension, std::string_view value, const RollupRow& row) {
    added_[Series(*minute, dimension, std::string(value.substr(0, kMaxRollupValue)))].add(row);
  });
}

Result<RollupRow*> RollupWriter::row(const std::string& key) {
  const auto [at, fresh] = rows_.try_emplace(key);
  if (!fresh) return &at->second;
  rocksdb::PinnableSlice stored;
  const auto status = families_.db().Get(rocksdb::ReadOptions(), families_[Family::Rollups], key, &stored);
  if (!status.ok() && !status.IsNotFound()) return fail(storage_error("cannot read", families_.path(), status));
  if (status.ok())
    if (auto read = RollupRow::decode(stored.ToStringView())) at->second = std::move(*read);
  return &at->second;
}

Result<std::set<std::string, std::less<>>*> RollupWriter::values_on(Day day) {
  const auto [at, fresh] = days_.try_emplace(day);
  if (!fresh) return &at->second;
  const std::string prefix = rollup_day_prefix(day.first, day.second);
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions(), families_[Family::Rollups]));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next())
    at->second.emplace(it->key().ToStringView().substr(prefix.size()));
  if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
  return &at->second;
}

Result<std::string_view> RollupWriter::value_on(Day day, std::string_view value, rocksdb::WriteBatch& batch) {
  const auto values = values_on(day);
  if (!values) return fail(values.error());
  if ((*values)->contains(value)) return value;
  if ((*values)->size() >= control::kMaxValues) return control::kOtherValue;
  (*values)->emplace(value);
  batch.Put(families_[Family::Rollups], rollup_day_key(day.first, day.second, value), "");
  return value;
}

Result<void> RollupWriter::stage(rocksdb::WriteBatch& batch) {
  if (rows_.size() > kMaxOpenRows) rows_.clear();
  if (days_.size() > kMaxOpenDays) days_.clear();
  std::map<std::string, RollupRow*> touched;
  for (const auto& [series, delta] : added_) {
    const auto& [minute, dimension, value] = series;
    const std::uint64_t at = static_cast<std::uint64_t>(minute) * static_cast<std::uint64_t>(control::width_of(Resolution::Minute));
    const auto named = value_on({*bucket_of(Resolution::Day, at), dimension}, value, batch);
    if (!named) return fail(named.error());
    for (const Resolution resolution : {Resolution::Minute, Resolution::Hour, Resolution::Day}) {
      std::string key = rollup_key(rollup_series(resolution, dimension, *named), *bucket_of(resolution, at));
      const auto open = row(key);
      if (!open) return fail(open.error());
      (*open)->add(delta);
      touched.emplace(std::move(key), *open);
    }
  }
  for (const auto& [key, row] : touched) batch.Put(families_[Family::Rollups], key, row->encode());
  added_.clear();
  return {};
}

void RollupWriter::forget() {
  added_.clear();
  rows_.clear();
  days_.clear();
}

namespace {

// Rows of one series with begin in [from, to); false: `visit` has seen enough.
bool read_series(rocksdb::Iterator& it, const RollupQuery& query, std::string_view value, std::uint32_t from, std::uint32_t to, const RollupVisit& visit) {
  const std::string series = rollup_series(query.resolution, query.dimension, value);
  const std::string end = rollup_key(series, to);
  const std::int64_t width = control::width_of(query.resolution);
  for (it.Seek(rollup_key(series, from)); it.Valid() && it.key().ToStringView() < end; it.Next()) {
    const auto key = decode_rollup_key(it.key().ToStringView());
    const auto row = RollupRow::decode(it.value().ToStringView());
    if (key && row && !visit(value, key->bucket * width, *row)) return false;
  }
  return true;
}

}  // namespace

Result<void> read_rollups(const LogFamilies& families, const RollupQuery& query, const RollupVisit& visit) {
  const auto range = buckets_of(query);
  if (range.first >= range.second) return {};
  const std::unique_ptr<rocksdb::Iterator> it(families.db().NewIterator(rocksdb::ReadOptions(), families[Family::Rollups]));
  const auto done = [&]() -> Result<void> {
    if (!it->status().ok()) return fail(storage_error("cannot read", families.path(), it->status()));
    return {};
  };
  const std::set<std::string> named(query.values.begin(), query.values.end());
  for (const auto& value : named)
    if (!read_series(*it, query, value, range.first, range.second, visit)) return done();
  if (!named.empty()) return done();
  const std::string prefix = rollup_prefix(query.resolution, query.dimension);
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix);) {
    const auto key = decode_rollup_key(it->key().ToStringView());
    if (!key) {
      it->Next();
      continue;
    }
    if (!read_series(*it, query, key->value, range.first, range.second, visit)) return done();
    it->Seek(rollup_series(query.resolution, query.dimension, key->value) + std::string(5, '\xff'));  // behind its last bucket
  }
  return done();
}

}  // namespace smartroute::store
