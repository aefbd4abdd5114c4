#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/admin/stats_source.hpp"
#include "controlplane/core/record_match.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/routing/explain.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kService = "smartroute.admin.v1.LogService/";

std::string named(const char* method) { return std::string(kService) + method; }

// Here and not when records come in: they come by the thousand, and somebody looks at a few.
void add_signals(v1::RequestRecord& record) {
  const auto& classifier = classify::built_in_classifier();
  if (classifier && record.has_route()) routing::add_signals(*classifier, *record.mutable_route());
}

CallResult<rpc::ListRecordsResponse> list_records(const store::Store& store, const rpc::ListRecordsRequest& request) {
  if (request.page_size() < 0) return refuse(Code::InvalidArgument, "page_size must not be negative");
  if (std::string wrong = complaint_about(request.filter()); !wrong.empty()) return refuse(Code::InvalidArgument, std::move(wrong));
  const auto limit = request.page_size() == 0 ? kDefaultPage : static_cast<std::size_t>(request.page_size());
  store::RecordQuery query;
  query.filter = request.filter();
  query.cursor = request.cursor();
  query.limit = std::min(limit, request.signals() ? kMaxSignalPage : store::kMaxPage);
  auto page = store.query(query);
  if (!page) return refuse(page.error());
  rpc::ListRecordsResponse response;
  for (auto& record : page->records) {
    if (request.signals()) add_signals(record);
    *response.add_records() = std::move(record);
  }
  response.set_next_cursor(std::move(page->next_cursor));
  response.set_searched_to_us(page->searched_to_us.value_or(0));
  return response;
}

// The newest record of a request.
CallResult<std::string> id_of_request(const store::Store& store, const std::string& request_id) {
  store::RecordQuery query;
  query.filter.set_request_id(request_id);
  if (std::string wrong = complaint_about(query.filter); !wrong.empty()) return refuse(Code::InvalidArgument, std::move(wrong));
  query.limit = 1;
  query.texts = false;
  query.patience = kFindTime;
  const auto page = store.query(query);
  if (!page) return refuse(page.error());
  if (!page->records.empty()) return page->records.front().record_id();
  if (page->next_cursor.empty()) return refuse(Code::NotFound, "there is no record of request '" + request_id + "'");
  return refuse(Code::DeadlineExceeded, "request '" + request_id + "' is not among the newest records; narrow ListRecords by time, and ask by record_id");
}

CallResult<rpc::GetRecordResponse> get_record(const store::Store& store, const rpc::GetRecordRequest& request) {
  if (request.record_id().empty() == request.request_id().empty())
    return refuse(Code::InvalidArgument, "give either record_id or request_id");
  std::string id = request.record_id();
  if (id.empty()) {
    auto found = id_of_request(store, request.request_id());
    if (!found) return tl::unexpected<CallError>(found.error());
    id = std::move(*found);
  }
  auto record = store.record(id);
  if (!record) return refuse(record.error());
  if (request.signals()) add_signals(*record);
  rpc::GetRecordResponse response;
  response.set_bodies_kept(!record->request_body().empty() || !record->response_body().empty());
  cut_bodies(*record);
  *response.mutable_record() = std::move(*record);
  return response;
}

CallResult<rpc::ListFacetsResponse> list_facets(const store::Store& store, KeyNames& names, std::int64_t now_us, const rpc::ListFacetsRequest& request) {
  auto response = facets(request, rollups_of(store, now_us), now_us);
  if (!response) return refuse(response.error());
  KeyNames::Lookup lookup(names);
  for (auto& facet : *response->mutable_facets())
    if (facet.dimension() == name_of(Dimension::Key))
      for (auto& value : *facet.mutable_values()) value.set_label(lookup.name_of(value.value()));
  return std::move(*response);
}

// Sweeps until nothing is left, each bounded, so that records come in meanwhile.
CallResult<rpc::PruneRecordsResponse> prune_records(store::Store& store, const std::function<void(std::uint64_t)>& pruned,
                                                    const rpc::PruneRecordsRequest& request) {
  if (request.before_us() < 0) return refuse(Code::InvalidArgument, "before_us must be in microseconds since 1970, or 0 for all");
  rpc::PruneRecordsResponse response;
  for (bool more = true; more;) {
    const auto removed = store.prune_records(request.before_us(), request.bodies_only());
    if (!removed) return refuse(removed.error());
    if (pruned && !request.bodies_only()) pruned(removed->records);
    response.set_records(response.records() + removed->records);
    response.set_bytes(response.bytes() + removed->bytes);
    more = removed->more;
  }
  return response;
}

}  // namespace

// Of a record that is too large for a message the larger body is cut, or both to the same length.
void cut_bodies(v1::RequestRecord& record) {
  const std::size_t size = record.ByteSizeLong();
  if (size <= kMaxAnsweredBytes) return;
  const std::size_t asked = record.request_body().size(), answered = record.response_body().size();
  const std::size_t rest = size - asked - answered;
  const std::size_t room = kMaxAnsweredBytes > rest ? kMaxAnsweredBytes - rest : 0;
  const std::size_t smaller = std::min(asked, answered);
  const std::size_t most = smaller <= room / 2 ? room - smaller : room / 2;
  if (asked > most) {
    record.mutable_request_body()->resize(most);
    record.set_request_cut(true);
  }
  if (answered > most) {
    record.mutable_response_body()->resize(most);
    record.set_response_cut(true);
  }
}

void add_log_methods(Dispatch& dispatch, store::Store& store, const Clock& clock, std::function<void(std::uint64_t)> pruned) {
  const auto names = std::make_shared<KeyNames>(store);
  dispatch.add<rpc::ListRecordsRequest, rpc::ListRecordsResponse>(named("ListRecords"), Role::Viewer,
                                                                  [&store](const auto& request) { return list_records(store, request); });
  dispatch.add<rpc::GetRecordRequest, rpc::GetRecordResponse>(named("GetRecord"), Role::Viewer,
                                                              [&store](const auto& request) { return get_record(store, request); });
  dispatch.add<rpc::ListFacetsRequest, rpc::ListFacetsResponse>(named("ListFacets"), Role::Viewer, [&store, &clock, names](const auto& request) {
    return list_facets(store, *names, micros_since_epoch(clock.wall()), request);
  });
  dispatch.add<rpc::PruneRecordsRequest, rpc::PruneRecordsResponse>(named("PruneRecords"), Role::Admin,
                                                                    [&store, pruned = std::move(pruned)](const auto& request) {
                                                                      return prune_records(store, pruned, request);
                                                                    });
  dispatch.add<rpc::GetLogStorageRequest, rpc::LogStorage>(named("GetLogStorage"), Role::Viewer, [&store](const auto&) -> CallResult<rpc::LogStorage> {
    auto storage = store.log_storage();
    if (!storage) return refuse(storage.error());
    return std::move(*storage);
  });
}

}  // namespace smartroute::control::admin
