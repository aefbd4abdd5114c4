#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "contract/config/placeholder_secrets.hpp"
#include "controlplane/admin/config_source.hpp"
#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "dataplane/core/routing/explain.hpp"
#include "dataplane/core/routing/replay.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::control::admin {
namespace {

using store::ConfigService;
using ViewPtr = std::shared_ptr<const routing::View>;

constexpr std::string_view kService = "smartroute.admin.v1.RoutingService/";

// A View with the number of its revision, 0 for a configuration of the caller's own.
struct Preview {
  ViewPtr view;
  std::uint64_t revision = 0;
};

class Previews {
 public:
  Previews(const ConfigService& configs, ConfigBounds bounds) : configs_(configs), bounds_(bounds) {}

  CallResult<Preview> of(const rpc::ConfigSource& source) {
    const auto read = to_source(source, bounds_);
    if (!read) return tl::unexpected<CallError>(read.error());
    store::Preview preview = configs_.preview(*read);
    if (config::has_errors(preview.problems)) {
      CallError error;
      error.code = Code::InvalidArgument;
      error.message = summary_of("the configuration is refused", preview.problems);
      error.problems = std::move(preview.problems);
      return tl::unexpected<CallError>(std::move(error));
    }
    auto view = routing::View::build(std::move(preview.config), Revision{}, "");
    if (!view) return refuse(view.error());
    return Preview{std::move(*view), 0};
  }

  // The newest revision as data planes got it. Kept until there is a newer one.
  CallResult<Preview> newest() {
    const store::Published published = configs_.published();
    if (!published)
      return refuse(Code::NotFound, "there is no configuration yet; put one, or send one along");
    const Revision revision = published->head.number;
    {
      const std::lock_guard lock(mutex_);
      if (newest_ && newest_->revision == revision) return Preview{newest_, revision.number};
    }
    auto decoded = config::decode(published->config, config::no_secrets());
    auto view = routing::View::build(std::move(decoded.config), revision, published->head.fingerprint);
    if (!view) return refuse(view.error());
    const std::lock_guard lock(mutex_);
    newest_ = *view;
    return Preview{std::move(*view), revision.number};
  }

 private:
  const ConfigService& configs_;
  const ConfigBounds bounds_;
  std::mutex mutex_;
  ViewPtr newest_;
};

CallResult<rpc::ExplainRouteResponse> explain(Previews& previews, const Clock& clock, const rpc::ExplainRouteRequest& request) {
  if (request.request_json().size() > kMaxExplainBytes)
    return refuse(Code::InvalidArgument, "request_json has " + std::to_string(request.request_json().size()) + " bytes; " +
                                             std::to_string(kMaxExplainBytes) + " is the most");
  const auto preview = request.has_source() ? previews.of(request.source()) : previews.newest();
  if (!preview) return tl::unexpected<CallError>(preview.error());
  SeededRandom random(static_cast<std::uint64_t>(clock.steady().time_since_epoch().count()));
  auto said = routing::explain(*preview->view, {request.request_json(), request.model()}, clock, random);
  if (!said) {
    const ErrorKind kind = said.error().kind();
    const Code code = kind == ErrorKind::ModelNotFound ? Code::NotFound : kind == ErrorKind::NoRoute ? Code::FailedPrecondition : Code::InvalidArgument;
    return refuse(code, said.error().text());
  }
  said->set_revision(preview->revision);
  return std::move(*said);
}

// One span of records, oldest first, though the store pages them newest first: the pages' cursors are gathered, then walked back.
class RecordSpan {
 public:
  RecordSpan(const store::Store& store, const rpc::ReplayRoutesRequest& request, std::uint64_t most)
      : store_(store),
        since_us_(request.since_ms() * 1'000),
        until_us_(request.until_ms() == 0 ? INT64_MAX : request.until_ms() * 1'000),
        left_(most) {}

  // False: stopped by `go_on` or by the number of records before the whole span was seen.
  template <class GoOn>
  Result<bool> gather(const GoOn& go_on) {
    for (std::string cursor;;) {
      if (!go_on()) return false;
      // What comes in meanwhile would stand on the newest page when it is read again, so that one is kept.
      const bool newest = cursor.empty();
      auto page = read(cursor, newest ? Texts::Wanted : Texts::Unread);
      if (!page) return fail(page.error());
      const auto wanted = static_cast<std::uint64_t>(
          std::count_if(page->records.begin(), page->records.end(), [this](const auto& r) { return holds(r); }));
      if (wanted > 0) pages_.push_back({cursor, std::min(wanted, left_), {}});
      const bool cut = wanted > left_;
      left_ -= std::min(wanted, left_);
      if (wanted > 0 && newest) pages_.back().kept.swap(page->records);
      if (page->next_cursor.empty()) return !cut;
      if (cut) return false;
      cursor = std::move(page->next_cursor);
    }
  }

  template <class GoOn, class Take>
  Result<bool> walk(const GoOn& go_on, const Take& take) const {
    for (auto at = pages_.rbegin(); at != pages_.rend(); ++at) {
      if (!go_on()) return false;
      Result<store::RecordPage> page;
      if (!at->cursor.empty()) page = read(at->cursor, Texts::Wanted);
      if (!page) return fail(page.error());
      std::vector<const v1::RequestRecord*> wanted;  // newest first, and only so many as were counted
      for (const auto& record : at->cursor.empty() ? at->kept : page->records)
        if (holds(record) && wanted.size() < at->count) wanted.push_back(&record);
      for (auto record = wanted.rbegin(); record != wanted.rend(); ++record) take(**record);
    }
    return true;
  }

 private:
  static constexpr std::size_t kReplayPage = 500;
  enum class Texts : std::uint8_t { Unread, Wanted };
  struct Page {
    std::string cursor;
    std::uint64_t count;
    std::vector<v1::RequestRecord> kept;
  };
  // A page ends with its number of records, never with its bytes or its time: it has to be the same when it is read again.
  Result<store::RecordPage> read(const std::string& cursor, Texts texts) const {
    store::RecordQuery query;
    query.filter.set_since_us(since_us_);
    if (until_us_ != INT64_MAX) query.filter.set_until_us(until_us_);
    query.cursor = cursor;
    query.limit = kReplayPage;
    query.max_bytes = std::numeric_limits<std::size_t>::max();
    query.patience = kReplayTime;
    query.texts = texts == Texts::Wanted;
    return store_.query(query);
  }
  bool holds(const v1::RequestRecord& record) const {
    return record.endpoint() == "chat_completions" && record.received_us() >= since_us_ && record.received_us() < until_us_;
  }

  const store::Store& store_;
  const std::int64_t since_us_, until_us_;
  std::uint64_t left_;
  std::vector<Page> pages_;
};

CallResult<void> check(const rpc::ReplayRoutesRequest& request) {
  if (request.max_records() < 0 || request.max_moves() < 0 || request.since_ms() < 0 || request.until_ms() < 0)
    return refuse(Code::InvalidArgument, "since_ms, until_ms, max_records and max_moves must not be negative");
  if (request.since_ms() > kMaxWallMs || request.until_ms() > kMaxWallMs)
    return refuse(Code::InvalidArgument, "since_ms and until_ms are milliseconds since 1970");
  if (request.until_ms() != 0 && request.until_ms() <= request.since_ms())
    return refuse(Code::InvalidArgument, "until_ms must be later than since_ms");
  return {};
}

CallResult<rpc::ReplayRoutesResponse> replay(Previews& previews, const store::Store& store, const Clock& clock,
                                             const std::function<bool()>& stopping, const rpc::ReplayRoutesRequest& request) {
  if (auto fine = check(request); !fine) return tl::unexpected<CallError>(fine.error());
  const auto preview = request.has_candidate() ? previews.of(request.candidate()) : previews.newest();
  if (!preview) return tl::unexpected<CallError>(preview.error());
  const std::uint64_t most =
      request.max_records() == 0 ? kMaxReplayed : std::min<std::uint64_t>(kMaxReplayed, static_cast<std::uint64_t>(request.max_records()));
  const std::size_t moves = request.max_moves() == 0 ? kDefaultMoves : std::min(kMaxMoves, static_cast<std::size_t>(request.max_moves()));

  const SteadyTime began = clock.steady();
  // Gathering costs about as much as the walk back, so it gets half of the time.
  const auto until = [&](std::chrono::milliseconds limit) { return [&, limit] { return !stopping() && clock.steady() - began < limit; }; };
  RecordSpan span(store, request, most);
  const auto gathered = span.gather(until(kReplayTime / 2));
  if (!gathered) return refuse(gathered.error());
  routing::Replay replayed(*preview->view, moves);
  const auto walked = span.walk(until(kReplayTime), [&](const v1::RequestRecord& record) {
    if (const auto past = routing::past_request(record))
      replayed.add(*past);
    else
      replayed.skip();
  });
  if (!walked) return refuse(walked.error());
  if (stopping()) return refuse(Code::Unavailable, "the control plane is stopping");
  rpc::ReplayRoutesResponse response = replayed.result();
  response.set_complete(*gathered && *walked);
  response.set_seconds(std::chrono::duration<double>(clock.steady() - began).count());
  return response;
}

// Lets one caller in at a time.
class OneAtATime {
 public:
  explicit OneAtATime(std::atomic<bool>& busy) : busy_(busy), entered_(!busy.exchange(true)) {}
  ~OneAtATime() {
    if (entered_) busy_ = false;
  }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;
  bool entered() const noexcept { return entered_; }

 private:
  std::atomic<bool>& busy_;
  const bool entered_;
};

}  // namespace

void add_routing_methods(Dispatch& dispatch, const store::ConfigService& configs, const store::Store& store, const Clock& clock,
                         ConfigBounds bounds, std::function<bool()> stopping) {
  const auto previews = std::make_shared<Previews>(configs, bounds);
  const auto replaying = std::make_shared<std::atomic<bool>>(false);
  dispatch.add<rpc::ExplainRouteRequest, rpc::ExplainRouteResponse>(
      std::string(kService) + "ExplainRoute", Role::Viewer,
      [previews, &clock](const rpc::ExplainRouteRequest& r) { return explain(*previews, clock, r); });
  dispatch.add<rpc::ReplayRoutesRequest, rpc::ReplayRoutesResponse>(
      std::string(kService) + "ReplayRoutes", Role::Viewer,
      [previews, replaying, stopping = std::move(stopping), &store,
       &clock](const rpc::ReplayRoutesRequest& r) -> CallResult<rpc::ReplayRoutesResponse> {
        const OneAtATime turn(*replaying);
        if (!turn.entered()) return refuse(Code::ResourceExhausted, "another replay is running; try again when it is done");
        return replay(*previews, store, clock, stopping, r);
      });
}

}  // namespace smartroute::control::admin
