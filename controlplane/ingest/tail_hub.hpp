// Hands records on to those who watch the log, as they are stored. A reader that is too slow loses
// the oldest of what waits for it and is told how many; nobody else notices.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "controlplane/core/record_tail.hpp"
#include "controlplane/ingest/fresh_records.hpp"

namespace smartroute::control::ingest {

// Thread rule: any thread. Readers may outlive the hub.
class TailHub final : public FreshRecords {
 public:
  // What may wait for one reader: that many records, and bytes as on the wire.
  static constexpr std::size_t kMaxWaiting = 1'000;
  static constexpr std::size_t kMaxWaitingBytes = 4 * 1024 * 1024;
  static constexpr std::size_t kMaxReaders = 128;

  TailHub();
  ~TailHub() override;
  TailHub(const TailHub&) = delete;
  TailHub& operator=(const TailHub&) = delete;

  // As OpenTail.
  Result<std::unique_ptr<TailReader>> open(const ::smartroute::admin::v1::RecordFilter& filter,
                                           std::function<void()> wake);
  std::size_t readers() const noexcept;
  // Records that readers missed because they were too slow, since the start.
  std::uint64_t dropped_total() const noexcept;

  // One atomic load.
  bool wanted() const override { return readers() > 0; }
  // Each record is matched against every reader's filter, and copied once if one takes it.
  void on_stored(std::span<const v1::RequestRecord> records) override;

  // Every reader's next piece, behind what waits for it, says `ended`; no new readers.
  void shut_down();

 private:
  struct Readers;
  class Queue;
  class Reader;
  const std::shared_ptr<Readers> readers_;
};

}  // namespace smartroute::control::ingest
