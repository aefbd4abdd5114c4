#include "controlplane/store/facets.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>

namespace smartroute::store {
namespace {

using control::kAnyError;

constexpr std::size_t kMaxFacetBytes = 128;  // longer values share the facet of their beginning
constexpr std::string_view kUsualEnding = "completed", kUsualCategory = "chat";
constexpr int kUsualStatus = 200;
constexpr std::uint32_t kMostRetries = 15;   // or more
constexpr unsigned kMostDuration = 40;       // likewise, powers of two

// FNV-1a. On disk: never change.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string text_facet(Facet facet, std::string_view value) { return facet_prefix(facet, value.substr(0, kMaxFacetBytes)); }
std::string small_facet(Facet facet, unsigned value) {
  const char byte = static_cast<char>(value);
  return facet_prefix(facet, std::string_view(&byte, 1));
}
std::string request_facet(std::string_view request_id) { return facet_prefix(Facet::RequestId, encode_u64(hash_of(request_id))); }
unsigned duration_class(std::uint64_t millis) noexcept { return std::min(static_cast<unsigned>(std::bit_width(millis)), kMostDuration); }
std::string class_of(int status) { return std::to_string(status / 100) + "xx"; }
bool usual_status(std::string_view spelled) { return spelled == "2xx" || spelled == std::to_string(kUsualStatus); }
bool is_class(std::string_view spelled) { return spelled.size() == 3 && spelled.substr(1) == "xx"; }

using Values = google::protobuf::RepeatedPtrField<std::string>;

// Adds the condition that `values` make, unless one of them has no facet.
template <class Indexed, class Prefix>
void add(const Values& values, const Indexed& indexed, const Prefix& prefix, std::vector<Condition>& to) {
  if (values.empty() || !std::all_of(values.begin(), values.end(), indexed)) return;
  Condition condition;
  for (const auto& value : values) condition.push_back(prefix(value));
  std::sort(condition.begin(), condition.end());
  condition.erase(std::unique(condition.begin(), condition.end()), condition.end());
  to.push_back(std::move(condition));
}
void add_texts(const Values& values, Facet facet, std::vector<Condition>& to) {
  add(values, [](const std::string& v) { return !v.empty(); }, [facet](const std::string& v) { return text_facet(facet, v); }, to);
}
void add_from(Facet facet, unsigned least, unsigned most, std::vector<Condition>& to) {
  Condition condition;
  for (unsigned value = std::min(least, most); value <= most; ++value) condition.push_back(small_facet(facet, value));
  to.push_back(std::move(condition));
}

}  // namespace

void each_facet(const control::RecordFacts& facts, const std::function<void(std::string)>& to) {
  const auto text = [&](Facet facet, std::string_view value) {
    if (!value.empty()) to(text_facet(facet, value));
  };
  text(Facet::Tier, facts.tier_name());
  text(Facet::Model, facts.model);
  text(Facet::Provider, facts.provider);
  text(Facet::Key, facts.key_id);
  text(Facet::ErrorKind, facts.error_kind);
  text(Facet::Instance, facts.instance_id);
  if (facts.ending != kUsualEnding) text(Facet::Ending, facts.ending);
  if (facts.category != kUsualCategory) text(Facet::Category, facts.category);
  if (!facts.error_kind.empty()) to(facet_prefix(Facet::AnyError, ""));
  if (facts.status != kUsualStatus) to(text_facet(Facet::Status, std::to_string(facts.status)));
  if (facts.status >= 100 && facts.status / 100 != kUsualStatus / 100) to(text_facet(Facet::StatusClass, class_of(facts.status)));
  if (const auto took = facts.duration_ms()) to(small_facet(Facet::Duration, duration_class(*took)));
  if (facts.attempts > 1) to(small_facet(Facet::Retries, std::min(facts.attempts - 1, kMostRetries)));
  if (facts.streaming) to(facet_prefix(Facet::Streaming, ""));
  if (!facts.request_id.empty()) to(request_facet(facts.request_id));
}

std::vector<Condition> conditions_of(const admin::v1::RecordFilter& filter) {
  std::vector<Condition> all;
  if (!filter.request_id().empty()) all.push_back({request_facet(filter.request_id())});
  add_texts(filter.tiers(), Facet::Tier, all);
  add_texts(filter.models(), Facet::Model, all);
  add_texts(filter.providers(), Facet::Provider, all);
  add_texts(filter.key_ids(), Facet::Key, all);
  add_texts(filter.instance_ids(), Facet::Instance, all);
  add(filter.endings(), [](const std::string& v) { return !v.empty() && v != kUsualEnding; }, [](const std::string& v) { return text_facet(Facet::Ending, v); },
      all);
  add(filter.categories(), [](const std::string& v) { return !v.empty() && v != kUsualCategory; },
      [](const std::string& v) { return text_facet(Facet::Category, v); }, all);
  add(filter.statuses(), [](const std::string& v) { return !usual_status(v); },
      [](const std::string& v) { return text_facet(is_class(v) ? Facet::StatusClass : Facet::Status, v); }, all);
  add(filter.error_kinds(), [](const std::string& v) { return !v.empty(); },
      [](const std::string& v) { return v == kAnyError ? facet_prefix(Facet::AnyError, "") : text_facet(Facet::ErrorKind, v); }, all);
  if (filter.min_duration_ms() > 0) add_from(Facet::Duration, duration_class(filter.min_duration_ms()), kMostDuration, all);
  if (filter.min_retries() > 0) add_from(Facet::Retries, filter.min_retries(), kMostRetries, all);
  if (filter.streaming()) all.push_back({facet_prefix(Facet::Streaming, "")});
  return all;
}

// Slots of one value, newest first.
class SlotWalk::Posting {
 public:
  Posting(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* facets, const rocksdb::Snapshot* snapshot, std::string prefix, std::uint64_t oldest)
      : bounds_(std::make_unique<Bounds>(Bounds{prefix, facet_key(prefix, oldest) + '\0', {}})) {
    bounds_->slice = rocksdb::Slice(bounds_->upper);
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.iterate_upper_bound = &bounds_->slice;
    it_.reset(db.NewIterator(options, facets));
  }

  // The newest slot that is not above `most`; nullopt: there is none.
  std::optional<std::uint64_t> at_most(std::uint64_t most) {
    constexpr int kNearby = 4;  // steps that cost less than a search
    if (slot_ && *slot_ <= most) return slot_;
    if (begun_ && !slot_) return slot_;
    for (int i = 0; begun_ && i < kNearby; ++i) {
      it_->Next();
      if (!read() || *slot_ <= most) return slot_;
    }
    begun_ = true;
    it_->Seek(facet_key(bounds_->prefix, most));
    read();
    return slot_;
  }
  rocksdb::Status status() const { return it_->status(); }

 private:
  struct Bounds {  // the iterator points at it
    std::string prefix, upper;
    rocksdb::Slice slice;
  };
  bool read() {
    slot_ = it_->Valid() ? facet_slot(it_->key().ToStringView()) : std::nullopt;
    return slot_.has_value();
  }

  std::unique_ptr<Bounds> bounds_;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::optional<std::uint64_t> slot_;
  bool begun_ = false;
};

class SlotWalk::Union {
 public:
  explicit Union(std::vector<Posting> postings) : postings_(std::move(postings)) {}
  std::optional<std::uint64_t> at_most(std::uint64_t most) {
    std::optional<std::uint64_t> newest;
    for (auto& posting : postings_) newest = std::max(newest, posting.at_most(most));  // nullopt is below all
    return newest;
  }
  rocksdb::Status status() const {
    for (const auto& posting : postings_)
      if (auto status = posting.status(); !status.ok()) return status;
    return rocksdb::Status::OK();
  }

 private:
  std::vector<Posting> postings_;
};

namespace {

// About how much lies under a condition's prefixes.
std::uint64_t size_of(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* facets, const Condition& condition, std::uint64_t newest, std::uint64_t oldest) {
  std::vector<std::string> keys;
  for (const auto& prefix : condition) {
    keys.push_back(facet_key(prefix, newest));
    keys.push_back(facet_key(prefix, oldest));
  }
  std::vector<rocksdb::Range> ranges;
  for (std::size_t i = 0; i < keys.size(); i += 2) ranges.emplace_back(keys[i], keys[i + 1]);
  std::vector<std::uint64_t> sizes(ranges.size());
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.files_size_error_margin = 0.1;
  if (!db.GetApproximateSizes(options, facets, ranges.data(), static_cast<int>(ranges.size()), sizes.data()).ok()) return 0;
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

}  // namespace

SlotWalk::SlotWalk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* facets, const rocksdb::Snapshot* snapshot, std::vector<Condition> conditions,
                   std::uint64_t newest, std::uint64_t oldest)
    : slot_(newest), oldest_(oldest) {
  // The rarest first: it says where to look, the others only whether.
  std::vector<std::pair<std::uint64_t, Condition>> by_size;
  for (auto& condition : conditions) {
    const std::uint64_t size = conditions.size() > 1 ? size_of(db, facets, condition, newest, oldest) : 0;
    by_size.emplace_back(size, std::move(condition));
  }
  std::sort(by_size.begin(), by_size.end());
  for (const auto& [size, condition] : by_size) {
    std::vector<Posting> postings;
    for (const auto& prefix : condition) postings.emplace_back(db, facets, snapshot, prefix, oldest);
    unions_.emplace_back(std::move(postings));
  }
  done_ = newest < oldest;
}

SlotWalk::~SlotWalk() = default;

SlotWalk::Step SlotWalk::step() {
  if (next_ == unions_.size()) {  // found before; go on behind it
    next_ = 0;
    done_ = done_ || slot_ == oldest_;
    if (!done_) --slot_;
  }
  if (done_) return Step::Done;
  const auto at = unions_[next_].at_most(slot_);
  if (!at) {
    done_ = true;
    return Step::Done;
  }
  // Who moves the slot makes the rarest speak again, unless it is the rarest.
  next_ = *at == slot_ || next_ == 0 ? next_ + 1 : 0;
  slot_ = *at;
  return next_ == unions_.size() ? Step::Found : Step::Searching;
}

rocksdb::Status SlotWalk::status() const {
  for (const auto& each : unions_)
    if (auto status = each.status(); !status.ok()) return status;
  return rocksdb::Status::OK();
}

}  // namespace smartroute::store
