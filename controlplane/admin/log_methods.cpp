#include <algorithm>
#include <utility>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/routing/explain.hpp"

namespace smartroute::control::admin {

void add_log_methods(Dispatch& dispatch, store::Store& store) {
  dispatch.add<rpc::ListRecordsRequest, rpc::ListRecordsResponse>(
      "smartroute.admin.v1.LogService/ListRecords", Role::Viewer,
      [&store](const rpc::ListRecordsRequest& request) -> CallResult<rpc::ListRecordsResponse> {
        if (request.page_size() < 0)
          return refuse(Code::InvalidArgument, "page_size must not be negative");
        const auto limit =
            request.page_size() == 0 ? kDefaultPage : static_cast<std::size_t>(request.page_size());
        auto page = store.records(request.cursor(), std::min(limit, request.signals() ? kMaxSignalPage : store::kMaxPage));
        if (!page) return refuse(page.error());
        // Here and not when records come in: they come by the thousand, and somebody looks at a few.
        const auto& classifier = classify::built_in_classifier();
        if (request.signals() && classifier)
          for (auto& record : page->records)
            if (record.has_route()) routing::add_signals(*classifier, *record.mutable_route());
        rpc::ListRecordsResponse response;
        for (auto& record : page->records) *response.add_records() = std::move(record);
        response.set_next_cursor(std::move(page->next_cursor));
        return response;
      });
}

}  // namespace smartroute::control::admin
