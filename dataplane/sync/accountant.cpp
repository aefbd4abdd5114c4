#include "dataplane/sync/accountant.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "contract/config/model.hpp"
#include "dataplane/core/accounting/entry.hpp"
#include "dataplane/sync/background_thread.hpp"
#include "dataplane/sync/spool.hpp"
#include "dataplane/sync/telemetry_queue.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::sync {
namespace {

constexpr std::size_t kEntriesAtOnce = 64;   // of one worker, before the next one's turn
constexpr std::size_t kMostRoom = 1024 * 1024;

// The field `records`, one element.
void append_record(std::string_view record, std::string& batch) {
  constexpr std::uint64_t kBytes = 2;  // the wire type
  const auto varint = [&batch](std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) batch += static_cast<char>(value | 0x80);
    batch += static_cast<char>(value);
  };
  varint(v1::ReportRequest::kRecordsFieldNumber << 3 | kBytes);
  varint(record.size());
  batch.append(record);
}

// Of headers that are configured for a provider.
bool holds_a_secret(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* word : {"auth", "key", "token", "secret", "cookie"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

// Providers' first: of these errors are full.
std::vector<Secret> secrets_of(const config::Config& config) {
  std::vector<Secret> out;
  for (const config::Provider& provider : config.providers) {
    out.push_back(provider.api_key);
    for (const auto& [name, value] : provider.headers)
      if (holds_a_secret(name)) out.emplace_back(value);
  }
  if (config.router.llm) out.push_back(config.router.llm->api_key);
  for (const auto& [name, value] : config.tracing.headers) out.push_back(value);
  out.insert(out.end(), config.gateway.api_keys.begin(), config.gateway.api_keys.end());
  for (const config::GatewayKey& key : config.gateway.keys) out.push_back(key.key);
  return out;
}

void count_one(std::atomic<std::uint64_t>& counter) noexcept {   // of one writer
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

struct Accountant::Queue {
  explicit Queue(const AccountantOptions& options) : entries(options.queue_records, options.queue_bytes) {}
  TelemetryQueue entries;
  // Of the worker.
  alignas(64) std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> bodies_dropped{0};
  accounting::EntryWriter writer;
};

Accountant::Accountant(AccountantOptions options, Spool& spool, const Clock& clock)
    : options_(std::move(options)),
      spool_(spool),
      clock_(clock),
      bookkeeper_(options_.hash_seed),
      redactor_(std::make_shared<const accounting::Redactor>()) {
  for (std::size_t i = 0; i < options_.workers; ++i) queues_.push_back(std::make_unique<Queue>(options_));
}

Accountant::~Accountant() { stop(); }

void Accountant::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Accountant::stop() {
  stopping_.store(true, std::memory_order_release);
  wake_up_.call();
  if (thread_.joinable()) thread_.join();
  for (auto& queue : queues_)                  // it was never started
    for (; queue->entries.front(); ++lost_) queue->entries.pop();
}

void Accountant::use(std::shared_ptr<const accounting::Redactor> redactor) {
  const std::lock_guard lock(mutex_);
  redactor_ = std::move(redactor);
}

void Accountant::use(const config::Config& config) {
  std::vector<Secret> now = secrets_of(config);
  std::vector<std::string_view> all;
  for (const Secret& secret : now) all.push_back(secret.reveal());
  std::vector<Secret> before;
  {
    const std::lock_guard lock(mutex_);
    before = secrets_;
  }
  for (const Secret& secret : before) all.push_back(secret.reveal());
  auto redactor = std::make_shared<const accounting::Redactor>(all, config.logs.redact);
  const std::lock_guard lock(mutex_);
  redactor_ = std::move(redactor);
  secrets_ = std::move(now);
}

std::shared_ptr<const accounting::Redactor> Accountant::redactor() const {
  const std::lock_guard lock(mutex_);
  return redactor_;
}

bool Accountant::offer(std::size_t worker, accounting::Record&& record) noexcept {
  assert(worker < queues_.size());
  Queue& queue = *queues_[worker];
  queue.writer.write(record);
  bool bodies_dropped = record.texts.log && record.texts.dropped;
  const bool has_texts = queue.writer.text_bytes() > 0;
  bool taken = queue.entries.push(queue.writer.parts(), has_texts ? queue.entries.capacity() / 4 : 0);
  if (!taken && has_texts) {
    bodies_dropped = queue.writer.drop_texts() || bodies_dropped;
    taken = queue.entries.push(queue.writer.parts());
  }
  if (!taken) {
    count_one(queue.dropped);
  } else if (bodies_dropped) {
    count_one(queue.bodies_dropped);
  }
  if (!taken || queue.entries.is_filling()) wake_up_.call();
  return taken;
}

std::uint64_t Accountant::dropped_total() const noexcept {
  std::uint64_t total = lost_.load(std::memory_order_relaxed) + spool_.dropped_total();
  for (const auto& queue : queues_) total += queue->dropped.load(std::memory_order_relaxed);
  return total;
}

std::uint64_t Accountant::bodies_dropped_total() const noexcept {
  std::uint64_t total = 0;
  for (const auto& queue : queues_) total += queue->bodies_dropped.load(std::memory_order_relaxed);
  return total;
}

void Accountant::run() {
  enter_background("sr-accounts", Weight::Third);
  while (true) {
    const bool last_round = stopping_.load(std::memory_order_acquire);   // read before the rings: what was offered before stop() is seen
    const bool found = drain();
    if (flush_is_due() || (last_round && !found)) flush();
    if (!found && last_round) return;
    if (!found || !last_round) wake_up_.rest(rest_time(found));
  }
}

std::chrono::milliseconds Accountant::rest_time(bool found) const {
  if (stopping_.load(std::memory_order_relaxed)) return std::chrono::milliseconds(0);
  const auto poll = found ? kPoll : kIdlePoll;
  if (batch_count_ == 0) return poll;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(options_.batch_wait - (clock_.steady() - batch_began_));
  return std::clamp(left, std::chrono::milliseconds(0), poll);
}

// Until all rings are empty. True: something was there.
bool Accountant::drain() {
  const auto redactor = this->redactor();
  bool found = false;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      TelemetryQueue& entries = queues_[(first_queue_ + i) % queues_.size()]->entries;
      for (std::size_t n = 0; n < kEntriesAtOnce; ++n) {
        const auto entry = entries.front();
        if (!entry) break;
        close_account(*entry, *redactor);
        entries.pop();
        more = true;
      }
    }
    first_queue_ = (first_queue_ + 1) % queues_.size();
    found = found || more;
    if (flush_is_due()) flush();
  }
  return found;
}

void Accountant::close_account(std::string_view bytes, const accounting::Redactor& redactor) {
  record_.clear();
  const accounting::Entry entry = accounting::read_entry(bytes);
  const auto closed = bookkeeper_.close(entry, redactor, record_);
  if (closed.settled.record.empty()) {
    ++lost_;
    return;
  }
  redactions_.fetch_add(closed.redactions, std::memory_order_relaxed);
  local_counts_.fetch_add(closed.local_counts, std::memory_order_relaxed);
  if (batch_count_ > 0 && batch_.size() + record_.size() > options_.batch_bytes) flush();
  if (batch_count_++ == 0) batch_began_ = clock_.steady();
  append_record(record_, batch_);
  for (accounting::SettledObserver* observer : options_.observers) observer->settled(closed.settled);
  if (batch_count_ >= options_.batch_records || batch_.size() >= options_.batch_bytes) flush();
  if (record_.capacity() > kMostRoom) std::string().swap(record_);
}

bool Accountant::flush_is_due() const {
  return batch_count_ > 0 && clock_.steady() - batch_began_ >= options_.batch_wait;
}

void Accountant::flush() {
  if (batch_count_ == 0) return;
  (void)spool_.push(std::move(batch_), batch_count_);   // which counts what it drops
  batch_ = std::string();
  batch_count_ = 0;
}

}  // namespace smartroute::sync
