#include "controlplane/admin/tail_feed.hpp"

#include <utility>

#include "controlplane/core/record_match.hpp"

namespace smartroute::control::admin {

CallResult<std::unique_ptr<TailFeed>> TailFeed::open(
    const OpenTail& open_tail, const store::Store& store,
    const smartroute::admin::v1::TailRecordsRequest& request, std::function<void()> wake) {
  if (std::string wrong = complaint_about(request.filter()); !wrong.empty())
    return refuse(Code::InvalidArgument, std::move(wrong));
  if (request.backlog() > kMaxBacklog)
    return refuse(Code::InvalidArgument,
                  "backlog may be " + std::to_string(kMaxBacklog) + " at most");
  // Subscribed first: what is stored while the backlog is read comes by both ways and is told once.
  auto reader = open_tail(request.filter(), std::move(wake));
  if (!reader && reader.error().kind() == ErrorKind::Overloaded)
    return refuse(Code::ResourceExhausted, reader.error().text());
  if (!reader) return refuse(reader.error());
  auto feed = std::make_unique<TailFeed>();
  feed->reader_ = std::move(*reader);
  if (auto read = feed->read_backlog(store, request); !read) return refuse(read.error());
  return feed;
}

Result<void> TailFeed::read_backlog(const store::Store& store,
                                    const smartroute::admin::v1::TailRecordsRequest& request) {
  if (request.backlog() == 0) return {};
  store::RecordQuery query;
  query.filter = request.filter();
  query.limit = request.backlog();
  query.texts = false;  // as those that come are told
  query.patience = kBacklogTime;
  auto page = store.query(query);
  if (!page) return fail(page.error());
  for (auto& record : page->records) {
    told_.insert(record.record_id());
    backlog_.push_front(std::make_shared<const v1::RequestRecord>(std::move(record)));
  }
  return {};
}

std::optional<TailPiece> TailFeed::next() {
  if (!backlog_.empty()) {
    TailPiece piece;
    piece.record = std::move(backlog_.front());
    backlog_.pop_front();
    return piece;
  }
  std::uint64_t dropped = 0;
  while (auto piece = reader_->next()) {
    piece->dropped += std::exchange(dropped, 0);
    if (!piece->record || told_.empty() || told_.erase(piece->record->record_id()) == 0)
      return piece;
    dropped = piece->dropped;
  }
  if (dropped == 0) return std::nullopt;
  TailPiece piece;
  piece.dropped = dropped;
  return piece;
}

CallResult<void> TailFeed::refilter(const smartroute::admin::v1::RecordFilter& filter) {
  if (std::string wrong = complaint_about(filter); !wrong.empty())
    return refuse(Code::InvalidArgument, std::move(wrong));
  reader_->refilter(filter);
  const RecordMatcher matches(filter);
  std::erase_if(backlog_, [&](const auto& record) { return !matches(facts_of(*record)); });
  return {};
}

}  // namespace smartroute::control::admin
