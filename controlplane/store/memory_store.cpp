#include "controlplane/store/memory_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>

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
    return Revision{newest_locked().number + 1};
  }

  Result<void> append_revision(const StoredRevision& revision) override {
    const std::lock_guard lock(mutex_);
    const Revision newest = newest_locked();
    if (auto refused = check_revision(revision, newest, Revision{newest.number + 1}); !refused)
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

  Result<std::uint64_t> append_records(const v1::ReportRequest& batch) override {
    if (auto refused = check_batch(batch); !refused) return fail(refused.error());
    const std::lock_guard lock(mutex_);
    std::uint64_t sequence = batch.first_sequence();
    for (const auto& record : batch.records())
      records_[{filed_at(record), sequence++, batch.boot_id()}] = record;
    return static_cast<std::uint64_t>(batch.records_size());
  }

  Result<RecordPage> records(std::string_view cursor, std::size_t limit) const override {
    const auto from = cursor.empty() ? std::nullopt : decode_cursor(cursor);
    if (!cursor.empty() && !from) return bad_cursor();
    const std::lock_guard lock(mutex_);
    RecordPage page;
    auto it = from ? records_.lower_bound(*from) : records_.end();
    for (limit = clamp_page(limit); it != records_.begin() && page.records.size() < limit;)
      page.records.push_back((--it)->second);
    if (it != records_.begin() && !page.records.empty())
      page.next_cursor = encode_cursor(it->first);
    return page;
  }

  std::uint64_t record_count() const override {
    const std::lock_guard lock(mutex_);
    return records_.size();
  }

  Result<std::uint64_t> retain_records(const Retention& retention) override {
    const std::lock_guard lock(mutex_);
    std::uint64_t removed = 0;
    while (removed < kMaxSweep && !records_.empty()) {
      const auto oldest = records_.begin();
      if (keeps(retention, oldest->first.received_us, records_.size())) break;
      records_.erase(oldest);
      ++removed;
    }
    return removed;
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

  mutable std::mutex mutex_;
  std::map<Revision, StoredRevision> revisions_;
  std::map<std::string, std::string> meta_;
  std::map<RecordKey, v1::RequestRecord> records_;
  std::map<std::string, control::SavedModel> models_;
  std::map<control::Reporter, control::SavedReporter> reporters_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace smartroute::store
