#include "controlplane/store/memory_store.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "controlplane/core/record_match.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

class MemoryStore final : public Store {
 public:
  Revision newest() const override {
    const std::lock_guard lock(mutex_);
    return newest_locked();
  }

  Revision next_number() const override {
    const std::lock_guard lock(mutex_);
    return next_locked();
  }

  Result<void> append_revision(const StoredRevision& revision) override {
    const std::lock_guard lock(mutex_);
    const Revision newest = newest_locked();
    if (auto refused = check_revision(revision, newest, next_locked()); !refused)
      return refused;
    revisions_[revision.head.number] = revision;
    return {};
  }

  Result<StoredRevision> revision(Revision number) const override {
    const std::lock_guard lock(mutex_);
    const auto found = revisions_.find(number);
    if (found == revisions_.end()) return no_such_revision(number);
    return found->second;
  }

  Result<RevisionPage> revisions(Revision before, std::size_t limit) const override {
    const std::lock_guard lock(mutex_);
    RevisionPage page;
    auto it = before.number == 0 ? revisions_.end() : revisions_.lower_bound(before);
    for (limit = clamp_page(limit); it != revisions_.begin() && page.heads.size() < limit;)
      page.heads.push_back((--it)->second.head);
    if (it != revisions_.begin() && !page.heads.empty())
      page.next_before = page.heads.back().number;
    return page;
  }

  Result<void> skip_numbers(Revision last) override {
    const std::lock_guard lock(mutex_);
    skipped_ = std::max(skipped_, last.number);
    return {};
  }

  Result<CheckpointFacts> checkpoint(const std::filesystem::path&, CheckpointScope) override {
    return fail(ErrorKind::Storage, "a store in memory has no files to copy");
  }

  Result<void> put_meta(std::string_view name, std::string_view value) override {
    if (auto refused = check_meta(name, value); !refused) return refused;
    const std::lock_guard lock(mutex_);
    meta_[std::string(name)] = std::string(value);
    return {};
  }

  Result<std::optional<std::string>> meta(std::string_view name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = meta_.find(std::string(name));
    if (found == meta_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  Result<void> write_accounts(const std::vector<AccountWrite>& writes) override {
    if (auto refused = check_accounts(writes); !refused) return refused;
    const std::lock_guard lock(mutex_);
    for (const auto& write : writes) {
      auto& rows = accounts_[write.table];
      if (write.message) {
        rows[write.key] = *write.message;
      } else {
        rows.erase(write.key);
      }
    }
    return {};
  }

  Result<std::vector<AccountRow>> accounts(AccountTable table) const override {
    const std::lock_guard lock(mutex_);
    std::vector<AccountRow> rows;
    const auto found = accounts_.find(table);
    if (found == accounts_.end()) return rows;
    for (const auto& [key, message] : found->second) rows.push_back({key, message});
    return rows;
  }

  Result<std::vector<int>> append_records(const v1::ReportRequest& batch) override {
    if (auto refused = check_batch(batch); !refused) return fail(refused.error());
    const std::lock_guard lock(mutex_);
    std::vector<int> fresh;
    std::uint64_t& next = next_sequence_[batch.boot_id()];
    for (int i = 0; i < batch.records_size(); ++i) {
      const auto& record = batch.records(i);
      const RecordKey key{filed_at(record), batch.first_sequence() + static_cast<std::uint64_t>(i), batch.boot_id()};
      if (key.sequence < next && (key.received_us < floor_us_ || records_.contains(key))) continue;
      fresh.push_back(i);
      roll_up(record);
      if (key.received_us >= floor_us_) keep(key, record, batch.instance_id());
    }
    next = std::max(next, batch.first_sequence() + static_cast<std::uint64_t>(batch.records_size()));
    return fresh;
  }

  Result<RecordPage> query(const RecordQuery& query) const override {
    const auto from = query.cursor.empty() ? std::nullopt : decode_cursor(query.cursor);
    if (!query.cursor.empty() && !from) return bad_cursor();
    const std::lock_guard lock(mutex_);
    const control::RecordMatcher matches(query.filter);
    RecordPage page;
    std::size_t bytes = 0;
    const std::size_t limit = clamp_page(query.limit);
    std::string last;
    for (auto it = from ? records_.upper_bound(*from) : records_.begin(); it != records_.end(); ++it) {
      if (!matches(control::facts_of(it->second))) continue;
      v1::RequestRecord record = it->second;
      if (!query.bodies) drop_bodies(record);
      if (!query.texts) drop_texts(record);
      bytes += record.ByteSizeLong();
      if (page.records.size() == limit || (!page.records.empty() && bytes > query.max_bytes)) {
        page.next_cursor = last;
        break;
      }
      last = record.record_id();
      page.records.push_back(std::move(record));
    }
    return page;
  }

  Result<v1::RequestRecord> record(std::string_view record_id) const override {
    const auto key = decode_cursor(record_id);
    if (!key) return bad_record_id();
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(*key);
    if (found == records_.end()) return no_such_record();
    return found->second;
  }

  std::uint64_t record_count() const override {
    const std::lock_guard lock(mutex_);
    return records_.size();
  }

  Result<Removed> retain_records(const Retention& retention) override {
    const std::lock_guard lock(mutex_);
    max_bytes_ = retention.max_bytes;
    Removed removed;
    const std::uint64_t before = bytes();
    remove_before(static_cast<std::uint64_t>(std::max<std::int64_t>(retention.oldest_us, 0)), kMaxSweep, removed);
    removed.aged = removed.records;
    for (auto it = records_.rbegin(); it != records_.rend() && bytes() > max_bytes_; ++it) drop_kept(it->first, it->second);
    while (bytes() > max_bytes_ && !records_.empty() && removed.records < kMaxSweep)
      remove_before(records_.rbegin()->first.received_us + 1, 1, removed);
    removed.more = removed.more || (bytes() > max_bytes_ && !records_.empty());
    removed.bytes = before - bytes();
    if (retention.now_us > 0)
      std::erase_if(rollups_, [&](const auto& row) {
        const auto resolution = std::get<0>(row.first);
        return (static_cast<std::int64_t>(std::get<3>(row.first)) + 1) * control::width_of(resolution) + rollups_kept_us(resolution) <= retention.now_us;
      });
    return removed;
  }

  Result<Removed> prune_records(std::int64_t before_us, bool bodies_only) override {
    const std::lock_guard lock(mutex_);
    const std::uint64_t before = before_us <= 0 ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(before_us);
    Removed removed;
    const std::uint64_t held = bytes();
    if (!bodies_only) remove_before(before, records_.size(), removed);
    for (auto& [key, record] : records_)
      if (key.received_us < before) drop_kept(key, record);
    removed.bytes = held - bytes();
    return removed;
  }

  Result<void> rollups(const RollupQuery& query, const RollupVisit& visit) const override {
    const auto range = buckets_of(query);
    const std::lock_guard lock(mutex_);
    for (const auto& [key, row] : rollups_) {
      const auto& [resolution, dimension, value, bucket] = key;
      if (resolution != query.resolution || dimension != query.dimension || bucket < range.first || bucket >= range.second) continue;
      if (!query.values.empty() && std::find(query.values.begin(), query.values.end(), value) == query.values.end()) continue;
      if (!visit(value, bucket * control::width_of(resolution), row)) break;
    }
    return {};
  }

  Result<admin::v1::LogStorage> log_storage() const override {
    const std::lock_guard lock(mutex_);
    admin::v1::LogStorage storage;
    storage.set_records(records_.size());
    storage.set_bytes(bytes());
    storage.set_max_bytes(max_bytes_);
    if (records_.empty()) return storage;
    storage.set_newest_us(static_cast<std::int64_t>(records_.begin()->first.received_us));
    storage.set_oldest_us(static_cast<std::int64_t>(records_.rbegin()->first.received_us));
    for (const auto& [key, record] : records_) {
      const std::uint64_t held = record.request_body().size() + record.response_body().size();
      storage.set_body_bytes(storage.body_bytes() + held);
      if (held > 0) storage.set_oldest_body_us(static_cast<std::int64_t>(key.received_us));
    }
    return storage;
  }

  Result<void> save_health(const control::HealthChanges& changes) override {
    const std::lock_guard lock(mutex_);
    for (const auto& model : changes.gone_models) models_.erase(model);
    for (const auto& reporter : changes.gone_reporters) reporters_.erase(reporter);
    for (const auto& model : changes.models) {
      auto& kept = models_[model.standing.name.id] = model;
      kept.standing.name.provider.clear();
    }
    for (const auto& reporter : changes.reporters) reporters_[reporter.reporter] = reporter;
    return {};
  }

  Result<control::SavedHealth> health() const override {
    const std::lock_guard lock(mutex_);
    control::SavedHealth saved;
    for (const auto& [name, model] : models_) saved.models.push_back(model);
    for (const auto& [name, reporter] : reporters_) saved.reporters.push_back(reporter);
    return saved;
  }

  std::optional<std::string> read_only_reason() const override { return std::nullopt; }

 private:
  Revision newest_locked() const {
    return revisions_.empty() ? Revision{} : revisions_.rbegin()->first;
  }
  Revision next_locked() const { return Revision{std::max(newest_locked().number, skipped_) + 1}; }

  struct NewestFirst {
    bool operator()(const RecordKey& a, const RecordKey& b) const {
      return std::tie(b.received_us, b.sequence, a.boot_id) < std::tie(a.received_us, a.sequence, b.boot_id);
    }
  };

  static void drop_bodies(v1::RequestRecord& record) {
    record.clear_request_body();
    record.clear_response_body();
  }
  static void drop_texts(v1::RequestRecord& record) {
    if (!record.route().has_input()) return;
    record.mutable_route()->mutable_input()->clear_ask();
    record.mutable_route()->mutable_input()->clear_system();
  }
  void drop_kept(const RecordKey& key, v1::RequestRecord& record) {
    bytes_ -= record.ByteSizeLong();
    drop_bodies(record);
    drop_texts(record);
    bytes_ += record.ByteSizeLong();
    bodies_floor_us_ = std::max(bodies_floor_us_, key.received_us + 1);
  }
  std::uint64_t bytes() const { return bytes_; }

  void keep(const RecordKey& key, const v1::RequestRecord& record, const std::string& instance_id) {
    v1::RequestRecord& kept = records_[key] = record;
    if (kept.instance_id().empty()) kept.set_instance_id(instance_id);
    kept.set_record_id(encode_cursor(key));
    bytes_ += kept.ByteSizeLong();
    if (key.received_us < bodies_floor_us_) drop_kept(key, kept);
  }

  void remove_before(std::uint64_t before_us, std::uint64_t most, Removed& removed) {
    std::uint64_t rows = 0;
    while (!records_.empty()) {
      const auto oldest = std::prev(records_.end());
      const std::uint64_t received = oldest->first.received_us;
      if (received >= before_us) return;
      if (rows >= most && received >= floor_us_) {
        removed.more = true;
        return;
      }
      floor_us_ = received + 1;
      bytes_ -= oldest->second.ByteSizeLong();
      records_.erase(oldest);
      ++rows;
      ++removed.records;
    }
  }

  void roll_up(const v1::RequestRecord& record) {
    const auto day = static_cast<std::uint32_t>(filed_at(record) / static_cast<std::uint64_t>(kDayUs));
    control::roll_up(record, [&](control::Dimension dimension, std::string_view value, const control::RollupRow& row) {
      auto& values = values_[{day, dimension}];
      if (values.size() < control::kMaxValues) values.emplace(value);
      const std::string named(values.contains(std::string(value)) ? value : control::kOtherValue);
      for (const auto resolution : {control::Resolution::Minute, control::Resolution::Hour, control::Resolution::Day}) {
        const auto bucket = filed_at(record) / static_cast<std::uint64_t>(control::width_of(resolution));
        rollups_[{resolution, dimension, named, static_cast<std::uint32_t>(bucket)}].add(row);
      }
    });
  }

  mutable std::mutex mutex_;
  std::map<Revision, StoredRevision> revisions_;
  std::map<std::string, std::string> meta_;
  std::map<AccountTable, std::map<std::string, std::string>> accounts_;
  std::map<RecordKey, v1::RequestRecord, NewestFirst> records_;
  std::uint64_t bytes_ = 0, max_bytes_ = Retention().max_bytes;
  std::uint64_t skipped_ = 0;  // numbers that are given up
  std::uint64_t floor_us_ = 0, bodies_floor_us_ = 0;  // as LogFloors
  std::map<std::string, std::uint64_t> next_sequence_;
  std::map<std::tuple<control::Resolution, control::Dimension, std::string, std::uint32_t>, control::RollupRow> rollups_;
  std::map<std::pair<std::uint32_t, control::Dimension>, std::set<std::string>> values_;  // with rows of their own on a day
  std::map<std::string, control::SavedModel> models_;
  std::map<control::Reporter, control::SavedReporter> reporters_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace smartroute::store
