#include "controlplane/terminal/hub.hpp"

#include <algorithm>
#include <utility>

#include "controlplane/store/record_row.hpp"
#include "controlplane/terminal/request_line.hpp"

namespace smartroute::control::terminal {

Hub::Hub(std::optional<std::chrono::milliseconds> pace) : pace_(pace) {}

Hub::~Hub() { shut_down(); }

void Hub::add(Line line) {
  std::vector<Line> lines;
  lines.push_back(std::move(line));
  append(std::move(lines), 0);
}

void Hub::add_report(const v1::ReportRequest& report, std::span<const int> fresh) {
  const std::string source = clean(report.instance_id(), kMaxNameBytes);
  std::uint64_t lost = report.log_lines_dropped();
  std::vector<Line> lines;
  lines.reserve(fresh.size());
  for (const int index : fresh) {
    Line line = line_of(report.records(index));
    line.source = source;
    line.record_id = store::record_id_of(report, index);
    lines.push_back(std::move(line));
  }
  const int logged = std::min(report.log_lines_size(), kMaxReportLines);
  for (int i = 0; i < logged; ++i) {
    Line line;
    line.at_us = report.log_lines(i).at_us();
    line.level = level_of(report.log_lines(i).level());
    line.source = source;
    line.text = clean(report.log_lines(i).text(), kMaxTextBytes);
    lines.push_back(std::move(line));
  }
  lost += static_cast<std::uint64_t>(report.log_lines_size() - logged);
  if (lines.empty() && lost == 0) return;
  append(std::move(lines), lost);
}

void Hub::add_log(std::string_view level, std::int64_t at_us, std::string_view text) {
  Line line;
  line.at_us = at_us;
  line.level = level_of(level);
  line.source = "control";
  line.text = clean(text, kMaxTextBytes);
  add(std::move(line));
}

void Hub::append(std::vector<Line> lines, std::uint64_t lost) {
  std::vector<SharedLine> shared;
  shared.reserve(lines.size());
  for (Line& line : lines) shared.push_back(std::make_shared<const Line>(std::move(line)));
  std::vector<SharedLine> old;  // let go of when nothing is locked
  const std::lock_guard lock(mutex_);
  lost_ += lost;
  for (SharedLine& line : shared) {
    bytes_ += line->bytes();
    ring_.push_back(std::move(line));
    while (ring_.size() > kMaxLines || (bytes_ > kMaxBytes && ring_.size() > 1)) {
      bytes_ -= ring_.front()->bytes();
      old.push_back(std::move(ring_.front()));
      ring_.pop_front();
      ++first_;
    }
  }
  if (!places_.empty()) changed_.notify_all();
}

Result<std::unique_ptr<Hub::Reader>> Hub::open(std::size_t backlog, std::function<void()> wake) {
  auto place = std::make_shared<Place>();
  place->wake = std::move(wake);
  const std::lock_guard lock(mutex_);
  if (ended_) return fail(ErrorKind::Draining, "the control plane stops");
  if (places_.size() >= kMaxReaders)
    return fail(ErrorKind::Overloaded, "the terminal is watched by " + std::to_string(kMaxReaders) +
                                           " readers already, which is the most");
  place->next = first_ + ring_.size() - std::min(backlog, ring_.size());
  place->lost = lost_;
  places_.push_back(place);
  if (pace_ && !thread_.joinable()) thread_ = std::thread([this] { run(); });
  return std::make_unique<Reader>(*this, std::move(place));
}

std::size_t Hub::readers() const {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

void Hub::close(const std::shared_ptr<Place>& place) {
  const std::lock_guard lock(mutex_);
  std::erase(places_, place);
}

bool Hub::behind(const Place& place) const {
  return place.next < first_ + ring_.size() || place.lost < lost_ || ended_;
}

bool Hub::anybody_waits() const {
  return std::any_of(places_.begin(), places_.end(),
                     [this](const auto& place) { return !place->granted && behind(*place); });
}

// mutex_ is held.
std::vector<std::shared_ptr<Hub::Place>> Hub::take_due() {
  std::vector<std::shared_ptr<Place>> due;
  for (const auto& place : places_) {
    if (place->granted || !behind(*place)) continue;
    place->granted = true;
    due.push_back(place);
  }
  return due;
}

void Hub::grant() {
  std::vector<std::shared_ptr<Place>> due;
  {
    const std::lock_guard lock(mutex_);
    due = take_due();
  }
  for (const auto& place : due) place->wake();
}

std::optional<Batch> Hub::next(Place& place) {
  const std::lock_guard lock(mutex_);
  if (!place.granted) return std::nullopt;
  place.granted = false;
  if (!behind(place)) return std::nullopt;
  Batch batch;
  batch.dropped = lost_ - std::exchange(place.lost, lost_);
  if (place.next < first_) batch.dropped += first_ - std::exchange(place.next, first_);
  std::size_t bytes = 0;
  for (auto i = place.next - first_; i < ring_.size() && batch.lines.size() < kMaxBatchLines; ++i) {
    bytes += ring_[i]->bytes();
    if (bytes > kMaxBatchBytes && !batch.lines.empty()) break;
    batch.lines.push_back(ring_[i]);
  }
  place.next += batch.lines.size();
  batch.ended = ended_ && place.next == first_ + ring_.size();
  if (behind(place)) changed_.notify_all();
  return batch;
}

void Hub::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait(lock, [this] { return ended_ || anybody_waits(); });
    const auto due = take_due();
    lock.unlock();
    for (const auto& place : due) place->wake();
    lock.lock();
    changed_.wait_for(lock, *pace_, [this] { return ended_; });
  }
}

void Hub::shut_down() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  grant();
}

}  // namespace smartroute::control::terminal
