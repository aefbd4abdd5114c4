#include "controlplane/admin/stats_source.hpp"

#include <chrono>
#include <utility>

namespace smartroute::control::admin {
namespace {

constexpr std::chrono::milliseconds kPatience{10};  // for the newest record of one key

}  // namespace

RollupSource rollups_of(const store::Store& store, std::int64_t now_us) {
  RollupSource source;
  source.read = [&store](Dimension dimension, const std::vector<std::string>& values, const RollupSpan& part, const RollupVisit& visit) {
    store::RollupQuery query;
    query.resolution = part.resolution;
    query.dimension = dimension;
    query.values = values;
    query.from_us = part.span.from_us;
    query.to_us = part.span.to_us;
    return store.rollups(query, visit);
  };
  source.kept.minutes_from_us = now_us - store::rollups_kept_us(Resolution::Minute);
  source.kept.hours_from_us = now_us - store::rollups_kept_us(Resolution::Hour);
  return source;
}

std::string KeyNames::Lookup::name_of(const std::string& key_id) {
  {
    const std::lock_guard lock(names_.mutex_);
    if (const auto known = names_.known_.find(key_id); known != names_.known_.end()) return known->second;
  }
  if (left_-- <= 0) return {};
  store::RecordQuery query;
  query.filter.add_key_ids(key_id);
  query.limit = 1;
  query.texts = false;
  query.patience = kPatience;
  auto page = names_.store_.query(query);
  if (!page || page->records.empty() || page->records.front().key_name().empty()) return {};
  std::string name = page->records.front().key_name();
  const std::lock_guard lock(names_.mutex_);
  if (names_.known_.size() >= kMaxRemembered) names_.known_.clear();
  names_.known_.emplace(key_id, name);
  return name;
}

}  // namespace smartroute::control::admin
