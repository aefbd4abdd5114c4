// All records that a filter means, newest first, a page at a time: what exports are made of.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/admin/call.hpp"
#include "controlplane/store/store.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {

// Not thread-safe.
class RecordRun {
 public:
  // What one page holds and how long it is looked for: several exports share two threads in turns
  // of a page.
  static constexpr std::size_t kPageRecords = 500;
  static constexpr std::size_t kPageBytes = 1024 * 1024;

  // InvalidArgument: the filter is none. `store` must outlive the run.
  static CallResult<RecordRun> start(const store::Store& store,
                                     const smartroute::admin::v1::ExportRecordsRequest& request);

  // The next page, which may be empty where little matches; nullopt: that was all.
  Result<std::optional<std::vector<v1::RequestRecord>>> next();

 private:
  explicit RecordRun(const store::Store& store) : store_(&store) {}
  const store::Store* store_;
  store::RecordQuery query_;
  std::optional<std::uint64_t> left_;  // of max_records
  bool done_ = false;
};

}  // namespace smartroute::control::admin
