#include "controlplane/ingest/intake.hpp"

#include <algorithm>

namespace smartroute::control::ingest {
namespace {

Result<void> check_bounds(const v1::ReportRequest& batch) {
  if (batch.records_size() > Intake::kMaxRecords) {
    return fail(ErrorKind::Invalid,
                "a batch may have " + std::to_string(Intake::kMaxRecords) + " records at most");
  }
  if (batch.ByteSizeLong() > Intake::kMaxBatchBytes) {
    return fail(ErrorKind::Invalid,
                "a batch may have " + std::to_string(Intake::kMaxBatchBytes) + " bytes at most");
  }
  if (batch.boot_id().empty() || batch.boot_id().size() > store::kMaxBootIdBytes) {
    return fail(ErrorKind::Invalid,
                "boot_id must have 1 to " + std::to_string(store::kMaxBootIdBytes) + " bytes");
  }
  if (batch.instance_id().size() > Intake::kMaxNameBytes) {
    return fail(ErrorKind::Invalid,
                "instance_id may have " + std::to_string(Intake::kMaxNameBytes) + " bytes at most");
  }
  return {};
}

}  // namespace

Result<std::uint64_t> Intake::take(const v1::ReportRequest& batch) {
  auto stored = check_bounds(batch).and_then([&] { return store_.append_records(batch); });
  const std::lock_guard lock(mutex_);
  ++counts_.batches;
  if (stored) {
    count(batch);
  } else {
    ++(stored.error().kind() == ErrorKind::Invalid ? counts_.refused_batches
                                                   : counts_.failed_batches);
  }
  return stored;
}

Intake::Boot& Intake::boot(const std::string& id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    boots_.splice(boots_.begin(), boots_, found->second);
    return boots_.front();
  }
  if (boots_.size() >= kMaxBoots) {
    by_id_.erase(boots_.back().id);
    boots_.pop_back();
  }
  boots_.emplace_front();
  boots_.front().id = id;
  by_id_.emplace(id, boots_.begin());
  return boots_.front();
}

// A data plane sends its batches in order and repeats the last one when it saw no answer, so one
// number per start tells new from repeated.
void Intake::count(const v1::ReportRequest& batch) {
  Boot& from = boot(batch.boot_id());
  const auto records = static_cast<std::uint64_t>(batch.records_size());
  const std::uint64_t end = batch.first_sequence() + records;
  const std::uint64_t fresh_from = std::clamp(from.next_sequence, batch.first_sequence(), end);
  counts_.duplicates += fresh_from - batch.first_sequence();
  counts_.stored += end - fresh_from;
  from.next_sequence = std::max(from.next_sequence, end);
  if (batch.dropped_total() > from.dropped) {
    counts_.dropped_at_source += batch.dropped_total() - from.dropped;
    from.dropped = batch.dropped_total();
  }
}

IntakeCounts Intake::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace smartroute::control::ingest
