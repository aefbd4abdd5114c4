// What every Store refuses, in the same words. Internal to store/.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {

inline std::size_t clamp_page(std::size_t limit) {
  return std::clamp<std::size_t>(limit, 1, kMaxPage);
}

// Whether `revision` may follow `newest` as number `next`.
Result<void> check_revision(const StoredRevision& revision, Revision newest, Revision next);
Result<void> check_meta(std::string_view name, std::string_view value);
Result<void> check_batch(const v1::ReportRequest& batch);

tl::unexpected<Error> no_such_revision(Revision number);
tl::unexpected<Error> bad_cursor();

// Whether the oldest of `count` records, received at `received_us`, stays.
inline bool keeps(const Retention& retention, std::uint64_t received_us, std::uint64_t count) {
  const auto oldest = static_cast<std::uint64_t>(std::max<std::int64_t>(retention.oldest_us, 0));
  return received_us >= oldest && count <= retention.max_records;
}

}  // namespace smartroute::store
