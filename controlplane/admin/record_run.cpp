#include "controlplane/admin/record_run.hpp"

#include <algorithm>

#include "controlplane/core/record_match.hpp"

namespace smartroute::control::admin {

CallResult<RecordRun> RecordRun::start(const store::Store& store,
                                       const smartroute::admin::v1::ExportRecordsRequest& request) {
  if (std::string wrong = complaint_about(request.filter()); !wrong.empty())
    return refuse(Code::InvalidArgument, std::move(wrong));
  RecordRun run(store);
  run.query_.filter = request.filter();
  run.query_.max_bytes = kPageBytes;
  run.query_.bodies = request.bodies();
  if (request.max_records() > 0) run.left_ = request.max_records();
  return run;
}

Result<std::optional<std::vector<v1::RequestRecord>>> RecordRun::next() {
  if (done_) return std::nullopt;
  query_.limit = kPageRecords;
  if (left_) query_.limit = static_cast<std::size_t>(std::min<std::uint64_t>(*left_, kPageRecords));
  auto page = store_->query(query_);
  if (!page) return fail(page.error());
  query_.cursor = std::move(page->next_cursor);
  if (left_) *left_ -= std::min<std::uint64_t>(*left_, page->records.size());
  done_ = query_.cursor.empty() || left_ == 0u;
  return std::optional(std::move(page->records));
}

}  // namespace smartroute::control::admin
