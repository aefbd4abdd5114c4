#include "controlplane/ingest/intake.hpp"

#include <algorithm>
#include <vector>

#include "controlplane/store/record_row.hpp"

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
  std::size_t bodies = 0;
  for (const auto& record : batch.records()) bodies += record.request_body().size() + record.response_body().size();
  if (batch.ByteSizeLong() - bodies > Intake::kMaxRecordBytes) {
    return fail(ErrorKind::Invalid,
                "a batch may have " + std::to_string(Intake::kMaxRecordBytes) + " bytes at most beside its bodies");
  }
  if (batch.boot_id().empty() || batch.boot_id().size() > store::kMaxBootIdBytes) {
    return fail(ErrorKind::Invalid,
                "boot_id must have 1 to " + std::to_string(store::kMaxBootIdBytes) + " bytes");
  }
  if (batch.instance_id().size() > Intake::kMaxNameBytes) {
    return fail(ErrorKind::Invalid,
                "instance_id may have " + std::to_string(Intake::kMaxNameBytes) + " bytes at most");
  }
  // Who sends is looked at once, for the batch.
  for (const auto& record : batch.records())
    if (!record.instance_id().empty() && record.instance_id() != batch.instance_id())
      return fail(ErrorKind::Invalid, "a batch may hold no record of another instance");
  return {};
}

}  // namespace

Result<std::uint64_t> Intake::take(const v1::ReportRequest& batch) {
  const auto fresh = check_bounds(batch).and_then([&] { return store_.append_records(batch); });
  {
    const std::lock_guard lock(mutex_);
    ++counts_.batches;
    if (!fresh) {
      ++(fresh.error().kind() == ErrorKind::Invalid ? counts_.refused_batches : counts_.failed_batches);
      return fail(fresh.error());
    }
    count(batch, *fresh);
  }
  tell(batch, *fresh);
  if (on_report_) on_report_(batch, *fresh);
  return static_cast<std::uint64_t>(batch.records_size());
}

void Intake::tell(const v1::ReportRequest& batch, const std::vector<int>& fresh) const {
  if (!fresh_ || fresh.empty() || !fresh_->wanted()) return;
  std::vector<v1::RequestRecord> records;
  records.reserve(fresh.size());
  for (const int index : fresh) records.push_back(store::listed_record(batch, index));
  fresh_->on_stored(records);
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

void Intake::count(const v1::ReportRequest& batch, const std::vector<int>& fresh) {
  Boot& from = boot(batch.boot_id());
  const SteadyTime now = clock_.steady();
  from.in_flight = batch.in_flight();
  from.heard_at = now;
  counts_.stored += fresh.size();
  counts_.duplicates += static_cast<std::uint64_t>(batch.records_size()) - fresh.size();
  if (batch.dropped_total() > from.dropped) {
    counts_.dropped_at_source += batch.dropped_total() - from.dropped;
    from.dropped = batch.dropped_total();
  }
  const std::int64_t spooled = micros_since_epoch(clock_.wall() - kSpooled);
  const auto ended = std::count_if(fresh.begin(), fresh.end(), [&](int index) {
    const auto& record = batch.records(index);
    return (record.completed_us() > 0 ? record.completed_us() : record.received_us()) > spooled;
  });
  const std::int64_t number = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  Second& second = seconds_[static_cast<std::size_t>(number) % seconds_.size()];
  if (second.number != number) second = {number, 0};
  second.requests += static_cast<std::uint64_t>(ended);
}

LiveTraffic Intake::live() const {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  LiveTraffic live;
  for (const Boot& from : boots_) {  // latest heard of first
    if (now - from.heard_at > kFresh) break;
    live.in_flight += from.in_flight;
  }
  // Whole seconds only: the one that runs would make the rate too small.
  const std::int64_t running = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::uint64_t requests = 0;
  for (const Second& second : seconds_)
    if (second.number >= running - kRateSpan.count() && second.number < running) requests += second.requests;
  live.qps = static_cast<double>(requests) / static_cast<double>(kRateSpan.count());
  return live;
}

IntakeCounts Intake::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace smartroute::control::ingest
