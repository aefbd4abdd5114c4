// What a tail of the log sends, whatever carries it: first a few records that are there already,
// oldest first, then new ones as they are stored, none twice.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "controlplane/admin/call.hpp"
#include "controlplane/core/record_tail.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::admin {

// Not thread-safe, except that `wake` comes from other threads.
class TailFeed {
 public:
  static constexpr std::uint32_t kMaxBacklog = 1'000;
  // How long records of the backlog are looked for; then it is what was found.
  static constexpr std::chrono::milliseconds kBacklogTime{500};

  // Errors: InvalidArgument (filter, backlog), Unavailable, ResourceExhausted. Reads the backlog
  // from the store, so it may block. `wake` as in record_tail.hpp.
  static CallResult<std::unique_ptr<TailFeed>> open(
      const OpenTail& open_tail, const store::Store& store,
      const smartroute::admin::v1::TailRecordsRequest& request, std::function<void()> wake);

  // Nullopt: nothing for now, `wake` will tell.
  std::optional<TailPiece> next();
  // From now on only what this filter means. InvalidArgument: it is none, and the old one stays.
  CallResult<void> refilter(const smartroute::admin::v1::RecordFilter& filter);

 private:
  Result<void> read_backlog(const store::Store& store,
                            const smartroute::admin::v1::TailRecordsRequest& request);

  std::unique_ptr<TailReader> reader_;
  std::deque<std::shared_ptr<const v1::RequestRecord>> backlog_;
  std::unordered_set<std::string> told_;  // record_ids of the backlog
};

}  // namespace smartroute::control::admin
