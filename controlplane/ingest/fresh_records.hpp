// Who is told of records as they are stored. The tail hub is one.
#pragma once
#include <span>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::ingest {

// Thread rule: any thread, several at a time. Called behind the store's acknowledgement and before the data plane's: be quick, never wait for a reader.
class FreshRecords {
 public:
  virtual ~FreshRecords() = default;
  // Whether anybody listens now; if not, nothing is prepared.
  virtual bool wanted() const = 0;
  // Records stored for the first time, in the order of their batch, with record_id and instance_id, without bodies.
  virtual void on_stored(std::span<const v1::RequestRecord> records) = 0;
};

}  // namespace smartroute::control::ingest
