// What every Store refuses, in the same words. Internal to store/.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {

inline std::size_t clamp_page(std::size_t limit) {
  return std::clamp<std::size_t>(limit, 1, kMaxPage);
}

// Whether `revision` may follow `newest` as number `next`.
Result<void> check_revision(const StoredRevision& revision, Revision newest, Revision next);
Result<void> check_meta(std::string_view name, std::string_view value);
Result<void> check_accounts(const std::vector<AccountWrite>& writes);
Result<void> check_batch(const v1::ReportRequest& batch);

tl::unexpected<Error> no_such_revision(Revision number);
tl::unexpected<Error> bad_cursor();

tl::unexpected<Error> bad_record_id();
tl::unexpected<Error> no_such_record();

// First bucket that begins in the query's span, and the first behind it.
std::pair<std::uint32_t, std::uint32_t> buckets_of(const RollupQuery& query);

}  // namespace smartroute::store
