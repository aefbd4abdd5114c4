// Reading records as they are stored: the seam between who takes them in (ingest/tail_hub.hpp) and
// who shows them (admin/tail_feed.hpp).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "contract/base/result.hpp"
#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control {

struct TailPiece {
  std::shared_ptr<const v1::RequestRecord> record;  // null: only `dropped` or `ended` is said
  std::uint64_t dropped = 0;  // records that gave way before this one, since the piece before
  bool ended = false;         // the process stops, nothing will follow
};

// Thread rule: any thread. Its destructor unsubscribes.
class TailReader {
 public:
  virtual ~TailReader() = default;
  // Nullopt: nothing for now. Then its `wake` is called once when there is something again.
  virtual std::optional<TailPiece> next() = 0;
  // From now on only records that `filter` means, also of those that wait already.
  virtual void refilter(const ::smartroute::admin::v1::RecordFilter& filter) = 0;
};

// Subscribes to what is stored from now on. `wake` is called on other threads and must not block;
// it may still be called once while or after the reader is destroyed. Error: Overloaded, too many
// readers.
using OpenTail = std::function<Result<std::unique_ptr<TailReader>>(
    const ::smartroute::admin::v1::RecordFilter& filter, std::function<void()> wake)>;

}  // namespace smartroute::control
