// Which facets a record has, and which slots of time a filter has to look at. Internal to store/.
//
// Facets only narrow: what a slot holds is always checked against the filter itself. So a facet may leave out the values that nearly every record has
// (status 200, ending completed, ...): a filter by them finds its page at once, or is narrowed by its other conditions.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/core/record_match.hpp"
#include "controlplane/store/log_layout.hpp"
#include "smartroute/v1/admin.pb.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Snapshot;
class Status;
}  // namespace rocksdb

namespace smartroute::store {

// Calls `to` with the prefix of each facet of a record (facet_prefix()).
void each_facet(const control::RecordFacts& facts, const std::function<void(std::string)>& to);

// The conditions of a filter that facets narrow. All must hold; of one condition's prefixes one.
using Condition = std::vector<std::string>;
std::vector<Condition> conditions_of(const admin::v1::RecordFilter& filter);

// Slots that hold a record for every condition, newest first.
class SlotWalk {
 public:
  // Slots of [oldest, newest]. At least one condition. The database and the snapshot outlive it.
  SlotWalk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* facets, const rocksdb::Snapshot* snapshot, std::vector<Condition> conditions,
           std::uint64_t newest, std::uint64_t oldest);
  ~SlotWalk();
  enum class Step : std::uint8_t { Found, Searching, Done };
  // One bounded step towards the next slot. Found: slot() is one, and the next step goes on behind it. Searching: all slots newer than slot() have
  // been seen.
  Step step();
  std::uint64_t slot() const noexcept { return slot_; }
  rocksdb::Status status() const;

 private:
  class Posting;
  class Union;
  std::vector<Union> unions_;
  std::uint64_t slot_, oldest_;
  std::size_t next_ = 0;  // all before it agree on slot_
  bool done_ = false;
};

}  // namespace smartroute::store
