#include "controlplane/admin/log_streams.hpp"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "controlplane/admin/connect.hpp"
#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/record_csv.hpp"
#include "controlplane/admin/record_run.hpp"
#include "controlplane/admin/tail_feed.hpp"
#include "controlplane/core/record_match.hpp"
#include "controlplane/http/query.hpp"

namespace smartroute::control::admin {
namespace {

enum class Format { Csv, JsonLines };

// False: it has no JSON form.
bool append_json(const v1::RequestRecord& record, std::string& out) {
  std::string json;
  const google::protobuf::util::JsonPrintOptions options;
  if (!google::protobuf::util::MessageToJsonString(record, &json, options).ok()) return false;
  out += json;
  return true;
}

class ExportBody final : public http::BodySource {
 public:
  ExportBody(RecordRun run, Format format) : run_(std::move(run)), format_(format) {}

  Piece next(std::string& out) override {
    if (format_ == Format::Csv && std::exchange(first_, false)) append_csv_header(out);
    auto page = run_.next();
    if (!page) return Piece::Broken;
    if (!*page) return Piece::Last;
    for (const auto& record : **page) {
      if (format_ == Format::Csv) {
        append_csv_row(record, out);
        continue;
      }
      if (!append_json(record, out)) return Piece::Broken;
      out += '\n';
    }
    return Piece::More;
  }

 private:
  RecordRun run_;
  const Format format_;
  bool first_ = true;
};

// What the query of both addresses may say.
struct Parameters {
  Format format = Format::Csv;
  rpc::RecordFilter filter;
  bool bodies = false;
  std::uint64_t max_records = 0;
  std::uint32_t backlog = 0;
};

CallResult<void> read_filter(std::string_view json, rpc::RecordFilter& out) {
  auto decoded = decode_message(Encoding::Json, json, out);
  if (!decoded) return refuse(Code::InvalidArgument, "filter: " + decoded.error().message);
  return {};
}

CallResult<void> read_format(std::string_view text, Format& out) {
  if (text != "csv" && text != "jsonl")
    return refuse(Code::InvalidArgument, "format must be csv or jsonl");
  out = text == "csv" ? Format::Csv : Format::JsonLines;
  return {};
}

CallResult<void> read_flag(std::string_view name, std::string_view text, bool& out) {
  if (text != "true" && text != "false")
    return refuse(Code::InvalidArgument, std::string(name) + " must be true or false");
  out = text == "true";
  return {};
}

// A parameter that is not known is refused, because a misspelt one must not be read as absent.
CallResult<Parameters> read_parameters(std::string_view query, std::string_view path) {
  const auto pairs = http::parse_query(query);
  if (!pairs) return refuse(pairs.error());
  Parameters parameters;
  const bool exports = path == kExportPath;
  for (const auto& [name, value] : *pairs) {
    CallResult<void> read;
    if (name == "filter") {
      read = read_filter(value, parameters.filter);
    } else if (exports && name == "format") {
      read = read_format(value, parameters.format);
    } else if (exports && name == "bodies") {
      read = read_flag(name, value, parameters.bodies);
    } else if (exports && name == "max_records") {
      if (!http::read_number(value, parameters.max_records))
        read = refuse(Code::InvalidArgument, "max_records must be a number");
    } else if (!exports && name == "backlog") {
      if (!http::read_number(value, parameters.backlog))
        read = refuse(Code::InvalidArgument, "backlog must be a number");
    } else {
      read = refuse(Code::InvalidArgument, "there is no parameter '" + name + "' here");
    }
    if (!read) return tl::unexpected<CallError>(std::move(read.error()));
  }
  return parameters;
}

class TailSession final : public http::WebSocketSession {
 public:
  TailSession(const LogSource& logs, rpc::TailRecordsRequest request)
      : logs_(logs), request_(std::move(request)) {}

  void on_open(std::shared_ptr<http::WebSocketPeer> peer) override {
    peer_ = std::move(peer);
    auto feed =
        TailFeed::open(logs_.open_tail, logs_.store, request_, [peer = peer_] { peer->wake(); });
    if (!feed) return give_up(feed.error());
    feed_ = std::move(*feed);
    pump();
  }

  void on_text(std::string_view text) override {
    if (!feed_) return;
    rpc::RecordFilter filter;
    auto taken = read_filter(text, filter);
    if (taken) taken = feed_->refilter(filter);
    if (!taken) peer_->send(error_json(taken.error().message));
    pump();
  }

  void on_ready() override {
    if (feed_) pump();
  }

  void on_closed() override { feed_.reset(); }

 private:
  static constexpr std::uint16_t kGoingAway = 1001, kTryAgainLater = 1013;
  // Then others of this thread have a turn.
  static constexpr int kTurn = 200;
  // Far above what a record without bodies has, and below what a socket's queue takes.
  static constexpr std::size_t kMaxMessage = 512 * 1024;

  static std::string error_json(const std::string& text) {
    nlohmann::json message;
    message["error"] = text;
    return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void give_up(const CallError& error) {
    peer_->send(error_json(error.message));
    peer_->close(kTryAgainLater, error.message);
  }

  // Sends what there is until nothing is left or the socket's queue is full; in both cases the
  // session is called when that changes.
  void pump() {
    for (int sent = 0; sent < kTurn; ++sent) {
      if (unsent_.empty() && !take_next()) return;
      if (!unsent_.empty() && !peer_->send(unsent_)) return;
      unsent_.clear();
    }
    peer_->wake();
  }

  // Makes unsent_ of the next piece. False: there is none.
  bool take_next() {
    if (!held_) held_ = feed_->next();
    if (!held_) return false;
    if (held_->dropped > 0) {
      unsent_ = "{\"dropped\":" + std::to_string(std::exchange(held_->dropped, 0)) + "}";
      if (!held_->record && !held_->ended) held_.reset();
      return true;
    }
    if (held_->ended) {
      peer_->close(kGoingAway, "the control plane stops");
      return false;
    }
    if (held_->record) {
      unsent_ = "{\"record\":";
      const bool written = append_json(*held_->record, unsent_);
      unsent_ += '}';
      if (!written || unsent_.size() > kMaxMessage) unsent_ = "{\"dropped\":1}";
    }
    held_.reset();
    return true;
  }

  const LogSource& logs_;
  const rpc::TailRecordsRequest request_;
  std::shared_ptr<http::WebSocketPeer> peer_;
  std::unique_ptr<TailFeed> feed_;
  std::optional<TailPiece> held_;  // of which not everything is said
  std::string unsent_;
};

}  // namespace

void add_log_streams(Dispatch& dispatch) {
  dispatch.declare_stream<rpc::ExportRecordsRequest, rpc::ExportRecordsResponse>(
      std::string(kExportMethod), Role::Viewer);
  dispatch.declare_stream<rpc::TailRecordsRequest, rpc::TailRecordsResponse>(
      std::string(kTailMethod), Role::Viewer);
}

void add_log_routes(HttpRoutes& routes, LogSource logs) {
  const auto shared = std::make_shared<const LogSource>(std::move(logs));
  routes.get(
      std::string(kExportPath), Role::Viewer,
      [shared](const http::Request& request, const Caller&) { return export_records(*shared, request.head); },
      kExportMethod);
  routes.websocket(
      std::string(kTailPath), Role::Viewer,
      [shared](const http::Head& head, const Caller&) { return tail_records(*shared, head); }, kTailMethod);
}

http::Response export_records(const LogSource& logs, const http::Head& head) {
  auto parameters = read_parameters(head.query, head.path);
  if (!parameters) return error_response(parameters.error());
  const bool csv = parameters->format == Format::Csv;
  rpc::ExportRecordsRequest request;
  *request.mutable_filter() = std::move(parameters->filter);
  request.set_bodies(parameters->bodies && !csv);
  request.set_max_records(parameters->max_records);
  auto run = RecordRun::start(logs.store, request);
  if (!run) return error_response(run.error());
  http::Response response;
  response.content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
  response.headers.emplace_back(
      "content-disposition",
      std::string("attachment; filename=\"smartroute-records.") + (csv ? "csv" : "jsonl") + "\"");
  response.stream = std::make_shared<ExportBody>(std::move(*run), parameters->format);
  return response;
}

http::WebSocketAnswer tail_records(const LogSource& logs, const http::Head& head) {
  auto parameters = read_parameters(head.query, head.path);
  if (!parameters) return error_response(parameters.error());
  if (parameters->backlog > TailFeed::kMaxBacklog) {
    return error_response(
        CallError{Code::InvalidArgument,
                  "backlog may be " + std::to_string(TailFeed::kMaxBacklog) + " at most",
                  {}});
  }
  rpc::TailRecordsRequest request;
  *request.mutable_filter() = std::move(parameters->filter);
  request.set_backlog(parameters->backlog);
  if (std::string wrong = complaint_about(request.filter()); !wrong.empty())
    return error_response(CallError{Code::InvalidArgument, std::move(wrong), {}});
  return std::make_shared<TailSession>(logs, std::move(request));
}

}  // namespace smartroute::control::admin
