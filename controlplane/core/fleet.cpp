#include "controlplane/core/fleet.hpp"

#include <algorithm>
#include <utility>

namespace smartroute::control {

std::optional<StreamId> Fleet::connect(HelloFacts hello, WallTime now) {
  forget_due(now);
  if (rows_.find(hello.instance) == rows_.end() && !make_room()) return std::nullopt;
  Row& row = rows_[hello.instance];
  if (row.stream != 0) stream_owner_.erase(row.stream);
  const bool known = row.status.hello.started_at_ms == hello.started_at_ms;
  row.stream = ++last_stream_;
  stream_owner_[row.stream] = hello.instance;
  row.status.applied = hello.applied;
  if (!known || hello.applied >= row.status.rejected) {
    row.status.rejected = {};
    row.status.problems.clear();
  }
  row.status.connected = true;
  row.status.connected_at = now;
  row.status.last_seen = now;
  row.status.hello = std::move(hello);
  return row.stream;
}

bool Fleet::acknowledge(StreamId stream, Revision revision, WallTime now) {
  Row* row = row_of(stream);
  if (!row) return false;
  row->status.last_seen = now;
  row->status.applied = revision;
  if (revision >= row->status.rejected) {
    row->status.rejected = {};
    row->status.problems.clear();
  }
  return true;
}

bool Fleet::reject(StreamId stream, Revision revision, config::Problems problems, WallTime now) {
  Row* row = row_of(stream);
  if (!row) return false;
  row->status.last_seen = now;
  if (revision < row->status.rejected) return true;
  if (problems.size() > kMaxProblems) problems.resize(kMaxProblems);
  row->status.rejected = revision;
  row->status.problems = std::move(problems);
  return true;
}

bool Fleet::touch(StreamId stream, WallTime now) {
  Row* row = row_of(stream);
  if (row) row->status.last_seen = now;
  return row != nullptr;
}

bool Fleet::disconnect(StreamId stream, WallTime now) {
  Row* row = row_of(stream);
  if (!row) return false;
  row->status.last_seen = now;
  row->status.connected = false;
  row->stream = 0;
  stream_owner_.erase(stream);
  return true;
}

std::vector<InstanceStatus> Fleet::list(WallTime now) {
  forget_due(now);
  std::vector<InstanceStatus> all;
  all.reserve(rows_.size());
  for (const auto& [id, row] : rows_) all.push_back(row.status);
  return all;
}

Revision Fleet::highest_applied() const noexcept {
  Revision highest;
  for (const auto& [id, row] : rows_) highest = std::max(highest, row.status.applied);
  return highest;
}

Fleet::Row* Fleet::row_of(StreamId stream) {
  const auto owner = stream_owner_.find(stream);
  return owner == stream_owner_.end() ? nullptr : &rows_.at(owner->second);
}

void Fleet::forget_due(WallTime now) {
  for (auto it = rows_.begin(); it != rows_.end();) {
    const bool due = it->second.stream == 0 && now - it->second.status.last_seen >= kForgetAfter;
    it = due ? rows_.erase(it) : std::next(it);
  }
}

// A wall clock set back can leave rows that look young for long; the bound holds all the same.
bool Fleet::make_room() {
  if (rows_.size() < kMaxInstances) return true;
  auto oldest = rows_.end();
  for (auto it = rows_.begin(); it != rows_.end(); ++it) {
    if (it->second.stream != 0) continue;
    if (oldest == rows_.end() || it->second.status.last_seen < oldest->second.status.last_seen)
      oldest = it;
  }
  if (oldest == rows_.end()) return false;
  rows_.erase(oldest);
  return true;
}

}  // namespace smartroute::control
