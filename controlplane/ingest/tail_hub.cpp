#include "controlplane/ingest/tail_hub.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "controlplane/core/record_match.hpp"

namespace smartroute::control::ingest {

using Filter = ::smartroute::admin::v1::RecordFilter;
using SharedRecord = std::shared_ptr<const v1::RequestRecord>;

// What waits for one reader.
class TailHub::Queue {
 public:
  Queue(const Filter& filter, std::function<void()> wake, std::shared_ptr<std::atomic<std::uint64_t>> dropped_total)
      : matcher_(filter), wake_(std::move(wake)), dropped_total_(std::move(dropped_total)) {}

  // True: the reader has to be woken, and wake() is due.
  bool offer(const RecordFacts& facts, const v1::RequestRecord& record, SharedRecord& shared) {
    const std::lock_guard lock(mutex_);
    if (ended_ || !matcher_(facts)) return false;
    if (!shared) shared = std::make_shared<const v1::RequestRecord>(record);
    const std::size_t bytes = shared->ByteSizeLong();
    bytes_ += bytes;
    waiting_.push_back({shared, bytes});
    while (waiting_.size() > kMaxWaiting || (bytes_ > kMaxWaitingBytes && waiting_.size() > 1)) {
      drop_oldest();
    }
    return std::exchange(asleep_, false);
  }

  bool end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    return std::exchange(asleep_, false);
  }

  // With no lock held: it may ask for the next piece at once.
  void wake() const { wake_(); }

  std::optional<TailPiece> next() {
    const std::lock_guard lock(mutex_);
    TailPiece piece;
    piece.dropped = std::exchange(dropped_, 0);
    if (!waiting_.empty()) {
      piece.record = std::move(waiting_.front().record);
      bytes_ -= waiting_.front().bytes;
      waiting_.pop_front();
    } else if (piece.dropped == 0) {
      if (!ended_) {
        asleep_ = true;
        return std::nullopt;
      }
      piece.ended = true;
    }
    return piece;
  }

  void refilter(const Filter& filter) {
    const std::lock_guard lock(mutex_);
    matcher_ = RecordMatcher(filter);
    const auto unwanted = [this](const Waiting& waiting) {
      if (matcher_(facts_of(*waiting.record))) return false;
      bytes_ -= waiting.bytes;
      return true;
    };
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), unwanted), waiting_.end());
  }

 private:
  struct Waiting {
    SharedRecord record;
    std::size_t bytes;
  };
  void drop_oldest() {
    bytes_ -= waiting_.front().bytes;
    waiting_.pop_front();
    ++dropped_;
    dropped_total_->fetch_add(1, std::memory_order_relaxed);
  }

  std::mutex mutex_;
  RecordMatcher matcher_;
  const std::function<void()> wake_;
  const std::shared_ptr<std::atomic<std::uint64_t>> dropped_total_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool asleep_ = true;  // has seen that there is nothing, or has not asked yet
  bool ended_ = false;
};

struct TailHub::Readers {
  std::atomic<std::size_t> count{0};
  const std::shared_ptr<std::atomic<std::uint64_t>> dropped = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::mutex mutex;
  std::vector<std::shared_ptr<Queue>> queues;
  bool ended = false;

  std::vector<std::shared_ptr<Queue>> all() {
    const std::lock_guard lock(mutex);
    return queues;
  }
};

class TailHub::Reader final : public TailReader {
 public:
  Reader(std::shared_ptr<Readers> readers, std::shared_ptr<Queue> queue)
      : readers_(std::move(readers)), queue_(std::move(queue)) {}
  ~Reader() override {
    const std::lock_guard lock(readers_->mutex);
    std::erase(readers_->queues, queue_);
    readers_->count = readers_->queues.size();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  std::optional<TailPiece> next() override { return queue_->next(); }
  void refilter(const Filter& filter) override { queue_->refilter(filter); }

 private:
  const std::shared_ptr<Readers> readers_;
  const std::shared_ptr<Queue> queue_;
};

TailHub::TailHub() : readers_(std::make_shared<Readers>()) {}
TailHub::~TailHub() { shut_down(); }

Result<std::unique_ptr<TailReader>> TailHub::open(const Filter& filter,
                                                  std::function<void()> wake) {
  const std::lock_guard lock(readers_->mutex);
  if (readers_->ended) return fail(ErrorKind::Draining, "the control plane stops");
  if (readers_->queues.size() >= kMaxReaders) {
    return fail(ErrorKind::Overloaded, "the log is watched by " + std::to_string(kMaxReaders) +
                                           " readers already, which is the most");
  }
  auto queue = std::make_shared<Queue>(filter, std::move(wake), readers_->dropped);
  readers_->queues.push_back(queue);
  readers_->count = readers_->queues.size();
  return std::unique_ptr<TailReader>(std::make_unique<Reader>(readers_, std::move(queue)));
}

std::size_t TailHub::readers() const noexcept {
  return readers_->count.load(std::memory_order_relaxed);
}

std::uint64_t TailHub::dropped_total() const noexcept { return readers_->dropped->load(std::memory_order_relaxed); }

void TailHub::on_stored(std::span<const v1::RequestRecord> records) {
  if (!wanted()) return;
  const auto queues = readers_->all();
  std::vector<bool> due(queues.size());
  for (const auto& record : records) {
    const RecordFacts facts = facts_of(record);
    SharedRecord shared;
    for (std::size_t i = 0; i < queues.size(); ++i)
      if (queues[i]->offer(facts, record, shared)) due[i] = true;
  }
  for (std::size_t i = 0; i < queues.size(); ++i)
    if (due[i]) queues[i]->wake();
}

void TailHub::shut_down() {
  {
    const std::lock_guard lock(readers_->mutex);
    readers_->ended = true;
  }
  for (const auto& queue : readers_->all())
    if (queue->end()) queue->wake();
}

}  // namespace smartroute::control::ingest
