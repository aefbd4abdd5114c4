// The two answers about the log that do not fit into a call, over HTTP:
//
//   GET /admin/v1/logs/export?format=csv|jsonl&filter=JSON&bodies=true&max_records=N
//     All records that the filter (RecordFilter as JSON; none: all) means, newest first, streamed.
//     JSON lines are RequestRecord in the protobuf mapping, with their bodies if `bodies` says so.
//   GET /admin/v1/logs/tail?filter=JSON&backlog=N, as a WebSocket
//     Each message is {"record":{...}}, or {"dropped":N} for records that the reader was too slow
//     for. A text from the client is a RecordFilter that replaces the one before; if it is none, it
//     is answered {"error":"..."} and the old one stays.
#pragma once
#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/http_routes.hpp"
#include "controlplane/core/record_tail.hpp"
#include "controlplane/http/message.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::admin {

constexpr std::string_view kExportPath = "/admin/v1/logs/export";
constexpr std::string_view kTailPath = "/admin/v1/logs/tail";
// Under these names the streams stand in the table of methods, whatever carries them.
constexpr std::string_view kExportMethod = "smartroute.admin.v1.LogService/ExportRecords";
constexpr std::string_view kTailMethod = "smartroute.admin.v1.LogService/TailRecords";

// Where records come from.
struct LogSource {
  const store::Store& store;
  const OpenTail open_tail;
};

// Declares both, for Viewer.
void add_log_streams(Dispatch& dispatch);
// Their paths, after add_log_streams().
void add_log_routes(HttpRoutes& routes, LogSource logs);

// For callers that were let through. Thread rule: any thread. What they return may outlive neither
// argument.
http::Response export_records(const LogSource& logs, const http::Head& head);
http::WebSocketAnswer tail_records(const LogSource& logs, const http::Head& head);

}  // namespace smartroute::control::admin
