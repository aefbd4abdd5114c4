#include "controlplane/store/log_query.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "controlplane/core/record_match.hpp"
#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/facets.hpp"
#include "controlplane/store/log_layout.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

using Time = std::chrono::steady_clock;
constexpr std::uint64_t kStepsPerLook = 256;  // at the clock; also what every page does at least
constexpr std::uint64_t kStepsForMore = 1'024;  // to find out whether a full page is the last

// The cursor of a place between records: all received at `received_us` or later have been seen.
RecordKey behind(std::uint64_t received_us) { return {received_us, 0, std::string(kMaxBootIdBytes, '\xff')}; }

class Search {
 public:
  Search(const LogFamilies& families, const RecordQuery& query, std::optional<RecordKey> from)
      : families_(families), query_(query), limit_(clamp_page(query.limit)), matcher_(query.filter), snapshot_(families.db().GetSnapshot()) {
    const std::uint64_t floor = families.floors().records_us;
    bodies_floor_ = families.floors().of_bodies();
    oldest_ = std::max(floor, static_cast<std::uint64_t>(std::max<std::int64_t>(query.filter.since_us(), 0)));
    if (query.filter.until_us() > 0) newest_ = static_cast<std::uint64_t>(query.filter.until_us()) - 1;
    start_ = rows_from(newest_);
    if (from) {
      newest_ = std::min(newest_, from->received_us);
      start_ = std::max(start_, row_key(*from) + '\0');  // the cursor's own was shown
    }
    upper_ = oldest_ == 0 ? rows_end() : rows_from(oldest_ - 1);
    upper_slice_ = rocksdb::Slice(upper_);
  }
  ~Search() { families_.db().ReleaseSnapshot(snapshot_); }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  Result<RecordPage> run() {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.iterate_upper_bound = &upper_slice_;
    rows_.reset(families_.db().NewIterator(options, families_[Family::Records]));
    if (newest_ >= oldest_) {
      const auto conditions = conditions_of(query_.filter);
      if (conditions.empty())
        read_span(newest_, oldest_);
      else
        walk(conditions);
    }
    if (error_) return fail(std::move(*error_));
    if (!rows_->status().ok()) return fail(storage_error("cannot read", families_.path(), rows_->status()));
    return std::move(page_);
  }

 private:
  enum class Go : std::uint8_t { On, Stop };

  void walk(const std::vector<Condition>& conditions) {
    SlotWalk slots(families_.db(), families_[Family::Facets], snapshot_, conditions, slot_of(newest_), slot_of(oldest_));
    for (;;) {
      const auto step = slots.step();
      if (step == SlotWalk::Step::Done) break;
      const std::uint64_t newest = std::min(slot_last(slots.slot()), newest_);
      if (out_of_steps()) {
        if (full()) return end_full();
        return end_early(behind(newest + 1));
      }
      if (step == SlotWalk::Step::Found && read_span(newest, std::max(slot_begin(slots.slot()), oldest_)) == Go::Stop) return;
    }
    if (!slots.status().ok()) error_ = storage_error("cannot read", families_.path(), slots.status());
  }

  // Rows received in [oldest, newest].
  Go read_span(std::uint64_t newest, std::uint64_t oldest) {
    seek(std::max(start_, rows_from(newest)));
    for (; rows_->Valid(); rows_->Next()) {
      const std::string_view key = rows_->key().ToStringView();
      const auto received = row_time(key);
      if (received && *received < oldest) return Go::On;
      const auto message = row_message(rows_->value().ToStringView());
      const auto facts = message.empty() ? std::nullopt : control::facts_of_wire(message);
      if (facts && matcher_(*facts) && take(key) == Go::Stop) return Go::Stop;
      if (out_of_steps()) {
        if (full())
          end_full();
        else if (auto at = decode_row_key(key))
          end_early(std::move(*at));
        return Go::Stop;
      }
    }
    return Go::On;
  }

  // Spans come newest first and are mostly neighbours: a few steps are cheaper than a search.
  void seek(const std::string& to) {
    constexpr int kNearby = 8;
    for (int i = 0; begun_ && i < kNearby; ++i) {
      if (!rows_->Valid() || rows_->key().ToStringView() >= to) return;
      rows_->Next();
    }
    begun_ = true;
    rows_->Seek(to);
  }

  // A row that matches. Stop: it is already of the next page.
  Go take(std::string_view key) {
    auto at = decode_row_key(key);
    if (!at) return Go::On;
    if (full()) {
      end_full();
      return Go::Stop;
    }
    auto record = decode_row(rows_->value().ToStringView());
    if (!record) return Go::On;
    std::size_t bytes = rows_->value().size();
    if (at->received_us >= bodies_floor_) {
      if (query_.texts) bytes += merge(Family::Texts, *record);
      if (query_.bodies) bytes += merge(Family::Bodies, *record);
    }
    if (!page_.records.empty() && bytes_ + bytes > query_.max_bytes) {
      end_full();
      return Go::Stop;
    }
    bytes_ += bytes;
    record->set_record_id(encode_cursor(*at));
    page_.records.push_back(std::move(*record));
    last_ = std::move(*at);
    if (full()) steps_when_full_ = steps_;
    return Go::On;
  }

  std::size_t merge(Family family, v1::RequestRecord& record) {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    const auto status = families_.db().Get(options, families_[family], rows_->key(), &part_);
    if (status.ok()) return merge_part(part_.ToStringView(), record) ? part_.size() : 0;
    if (!status.IsNotFound()) error_ = storage_error("cannot read", families_.path(), status);
    return 0;
  }

  bool full() const { return page_.records.size() >= limit_; }
  void end_full() { page_.next_cursor = encode_cursor(last_); }
  void end_early(const RecordKey& at) {
    page_.next_cursor = encode_cursor(at);
    page_.searched_to_us = static_cast<std::int64_t>(std::min<std::uint64_t>(at.received_us, std::numeric_limits<std::int64_t>::max()));
  }
  bool out_of_steps() {
    ++steps_;
    if (full()) return steps_ - steps_when_full_ >= kStepsForMore;
    return steps_ % kStepsPerLook == 0 && Time::now() - began_ >= query_.patience;
  }

  const LogFamilies& families_;
  const RecordQuery& query_;
  const std::size_t limit_;
  const control::RecordMatcher matcher_;
  const rocksdb::Snapshot* const snapshot_;
  const Time::time_point began_ = Time::now();
  std::uint64_t newest_ = std::numeric_limits<std::int64_t>::max(), oldest_ = 0, bodies_floor_ = 0;
  std::string start_, upper_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  bool begun_ = false;
  rocksdb::PinnableSlice part_;
  RecordPage page_;
  RecordKey last_;
  std::size_t bytes_ = 0;
  std::uint64_t steps_ = 0, steps_when_full_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<RecordPage> query_records(const LogFamilies& families, const RecordQuery& query) {
  auto from = query.cursor.empty() ? std::nullopt : decode_cursor(query.cursor);
  if (!query.cursor.empty() && !from) return bad_cursor();
  return Search(families, query, std::move(from)).run();
}

Result<v1::RequestRecord> find_record(const LogFamilies& families, std::string_view record_id) {
  const auto key = decode_cursor(record_id);
  if (!key) return bad_record_id();
  const auto read = [&](Family family, rocksdb::PinnableSlice& value) {
    value.Reset();
    return families.db().Get(rocksdb::ReadOptions(), families[family], row_key(*key), &value);
  };
  rocksdb::PinnableSlice value;
  const auto status = key->received_us < families.floors().records_us ? rocksdb::Status::NotFound() : read(Family::Records, value);
  if (status.IsNotFound()) return no_such_record();
  if (!status.ok()) return fail(storage_error("cannot read", families.path(), status));
  auto record = decode_row(value.ToStringView());
  if (!record) return no_such_record();
  record->set_record_id(std::string(record_id));
  if (key->received_us < families.floors().of_bodies()) return std::move(*record);
  for (const Family family : {Family::Texts, Family::Bodies}) {
    const auto part = read(family, value);
    if (part.ok())
      merge_part(value.ToStringView(), *record);
    else if (!part.IsNotFound())
      return fail(storage_error("cannot read", families.path(), part));
  }
  return std::move(*record);
}

}  // namespace smartroute::store
