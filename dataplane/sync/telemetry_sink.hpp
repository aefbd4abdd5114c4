// Row 9 of a request: takes its record without ever waiting. Each worker owns one bounded queue (single producer); one background thread drains
// them all and ships batches to the control plane. A full queue drops the record and counts it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/core/accounting/record.hpp"

namespace smartroute::sync {

class TelemetrySink {
 public:
  virtual ~TelemetrySink() = default;
  // Called by worker `worker` only (its index, from 0). Never blocks. False: dropped, and counted.
  virtual bool offer(std::size_t worker, accounting::Record&& record) noexcept = 0;
  virtual std::uint64_t dropped_total() const noexcept = 0;
};

}  // namespace smartroute::sync
