#include "tools/cli/logs_command.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include "contract/base/clock.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_stream.hpp"
#include "tools/cli/moment.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/record_text.hpp"
#include "tools/cli/stats_text.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;

constexpr std::chrono::seconds kSearchTime{20};  // over all pages of one query
constexpr std::chrono::minutes kPruneTime{10};
constexpr int kMaxPage = 1'000;

int complain(const Error& error, int code = kFailed) {
  std::fprintf(stderr, "smartroute: %s\n", error.text().c_str());
  return code;
}

std::int64_t now_us() { return micros_since_epoch(SystemClock().wall()); }

template <class Response, class Request>
Result<Response> ask(const AdminAccess& access, const std::string& method, const Request& request,
                     std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  const auto json = ask_admin(access, method, to_json(request), timeout);
  if (!json) return tl::unexpected(json.error());
  Response response;
  if (auto read = from_json(*json, response); !read) return tl::unexpected(read.error());
  return response;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

// Pages until there are as many as asked for, no more, or the time is over. The cursor in the result goes on from there.
Result<rpc::ListRecordsResponse> search(const AdminAccess& access, const rpc::RecordFilter& filter, const QueryOptions& options) {
  const SystemClock clock;
  const SteadyTime began = clock.steady();
  rpc::ListRecordsResponse found;
  rpc::ListRecordsRequest request;
  *request.mutable_filter() = filter;
  request.set_cursor(options.cursor);
  do {
    request.set_page_size(std::min(kMaxPage, options.limit - found.records_size()));
    auto page = ask<rpc::ListRecordsResponse>(access, "LogService/ListRecords", request);
    if (!page) return page;
    for (auto& record : *page->mutable_records()) *found.add_records() = std::move(record);
    found.set_next_cursor(page->next_cursor());
    found.set_searched_to_us(page->searched_to_us());
    request.set_cursor(page->next_cursor());
  } while (!found.next_cursor().empty() && found.records_size() < options.limit && clock.steady() - began < kSearchTime);
  return found;
}

}  // namespace

int query_logs(const AdminAccess& access, const QueryOptions& options) {
  const auto filter = filter_of(options.filter, now_us());
  if (!filter) return complain(filter.error(), kUsage);
  const auto found = search(access, *filter, options);
  if (!found) return complain(found.error());
  print(options.output == Output::Json ? to_json(*found) : records_text(found->records()));
  if (options.output == Output::Json || found->next_cursor().empty()) return kOk;
  if (found->records_size() < options.limit && found->searched_to_us() != 0)
    std::fprintf(stderr, "searched back to %s UTC; narrow it with --since, or go on", utc_text(found->searched_to_us()).c_str());
  else
    std::fprintf(stderr, "there are more");
  std::fprintf(stderr, ": --cursor %s\n", found->next_cursor().c_str());
  return kOk;
}

int follow_logs(const AdminAccess& access, const QueryOptions& options) {
  const auto filter = filter_of(options.filter, now_us());
  if (!filter) return complain(filter.error(), kUsage);
  std::string target = "/admin/v1/logs/tail?backlog=" + std::to_string(options.limit);
  if (const std::string query = query_of(*filter); !query.empty()) target += "&" + query;
  bool headed = options.output == Output::Json;
  const auto ended = listen(access, target, [&](std::string_view message) {
    rpc::TailRecordsResponse said;
    if (!from_json(std::string(message), said)) return true;
    if (said.dropped() > 0) std::fprintf(stderr, "... %llu records were left out: they came faster than they could be shown\n", static_cast<unsigned long long>(said.dropped()));
    if (said.has_record() && !headed) print(record_heading());
    headed = headed || said.has_record();
    if (said.has_record()) print(options.output == Output::Json ? to_json(said.record()) : record_line(said.record()));
    return std::fflush(stdout) == 0;
  });
  return ended ? kOk : complain(ended.error());
}

int show_log(const AdminAccess& access, const std::string& id, Output output) {
  rpc::GetRecordRequest request;
  request.set_signals(true);
  request.set_record_id(id);
  auto said = ask<rpc::GetRecordResponse>(access, "LogService/GetRecord", request);
  if (!said && said.error().kind() == ErrorKind::Invalid) {
    request.clear_record_id();
    request.set_request_id(id);
    said = ask<rpc::GetRecordResponse>(access, "LogService/GetRecord", request);
  }
  if (!said) return complain(said.error());
  print(output == Output::Json ? to_json(*said) : record_text(said->record()));
  if (output == Output::Text && !said->bodies_kept()) std::fputs("\nbodies are not kept: logs.bodies is off, or their time is over\n", stderr);
  return kOk;
}

int export_logs(const AdminAccess& access, const ExportOptions& options) {
  const auto filter = filter_of(options.filter, now_us());
  if (!filter) return complain(filter.error(), kUsage);
  if (options.bodies && options.format == "csv") return complain(Error(ErrorKind::Invalid, "csv has no room for bodies; take --format jsonl"), kUsage);
  std::string target = "/admin/v1/logs/export?format=" + options.format;
  if (options.bodies) target += "&bodies=true";
  if (const std::string query = query_of(*filter); !query.empty()) target += "&" + query;

  const auto close = [](std::FILE* file) {
    if (file != stdout) std::fclose(file);
  };
  std::unique_ptr<std::FILE, decltype(close)> file(stdout, close);
  const auto write = [&](std::string_view piece) -> Result<void> {
    // Not before there is something: a refused export leaves a former file alone.
    if (options.file != "-" && file.get() == stdout) {
      std::FILE* const opened = std::fopen(options.file.c_str(), "we");
      if (opened == nullptr) return fail(ErrorKind::Storage, options.file + " cannot be written; check the path and its permissions");
      file.reset(opened);
    }
    if (std::fwrite(piece.data(), 1, piece.size(), file.get()) == piece.size()) return {};
    return fail(ErrorKind::Storage, options.file + ": the disk takes no more, or nobody reads");
  };
  auto done = download(access, target, write);
  if (done && options.file != "-" && file.get() == stdout) done = write({});
  if (done && std::fflush(file.get()) != 0) done = fail(ErrorKind::Storage, options.file + " could not be written to its end");
  if (done) return kOk;
  complain(done.error());
  if (file.get() != stdout) std::fprintf(stderr, "smartroute: %s holds only a part\n", options.file.c_str());
  return kFailed;
}

int prune_logs(const AdminAccess& access, const PruneOptions& options) {
  const auto before = parse_moment_us(options.before, now_us());
  if (!before) return complain(Error(ErrorKind::Invalid, "--before: " + before.error().text()), kUsage);
  // 0 would mean all there is.
  if (*before == 0) return complain(Error(ErrorKind::Invalid, "--before: nothing is older than 1970"), kUsage);
  if (!options.yes) {
    if (::isatty(STDIN_FILENO) == 0) return complain(Error(ErrorKind::Invalid, "nobody is there to be asked; say --yes to prune all the same"), kUsage);
    std::fprintf(stderr, "Remove %s of requests received before %s UTC at %s, for good? Type yes: ", options.bodies_only ? "the bodies" : "all records",
                 utc_text(*before).c_str(), access.admin.c_str());
    std::string answer;
    if (!std::getline(std::cin, answer) || answer != "yes") return complain(Error(ErrorKind::Invalid, "nothing was removed"));
  }
  rpc::PruneRecordsRequest request;
  request.set_before_us(*before);
  request.set_bodies_only(options.bodies_only);
  const auto said = ask<rpc::PruneRecordsResponse>(access, "LogService/PruneRecords", request, kPruneTime);
  if (!said) return complain(said.error());
  if (options.output == Output::Json)
    print(to_json(*said));
  else if (options.bodies_only)
    std::printf("bodies removed, about %s bytes\n", grouped(said->bytes()).c_str());
  else
    std::printf("%s records removed, about %s bytes\n", grouped(said->records()).c_str(), grouped(said->bytes()).c_str());
  return kOk;
}

int show_log_storage(const AdminAccess& access, Output output) {
  const auto said = ask<rpc::LogStorage>(access, "LogService/GetLogStorage", rpc::GetLogStorageRequest());
  if (!said) return complain(said.error());
  if (output == Output::Json) {
    print(to_json(*said));
    return kOk;
  }
  LabelledRows rows(14);
  rows.row("records", grouped(said->records()) + ", received " + utc_text(said->oldest_us()) + " to " + utc_text(said->newest_us()) + " UTC");
  rows.row("on disk", grouped(said->bytes()) + " bytes of at most " + grouped(said->max_bytes()));
  rows.row("bodies", grouped(said->body_bytes()) + " bytes, since " + utc_text(said->oldest_body_us()) + " UTC");
  rows.row("statistics", grouped(said->rollup_bytes()) + " bytes");
  print(rows.take());
  return kOk;
}

int show_stats(const AdminAccess& access, const StatsOptions& options) {
  rpc::GetStatsRequest request;
  const std::int64_t now = now_us();
  for (const auto& [flag, text] : {std::pair("--since", options.since), std::pair("--until", options.until)}) {
    if (text.empty()) continue;
    const auto at = parse_moment_us(text, now);
    if (!at) return complain(Error(ErrorKind::Invalid, std::string(flag) + ": " + at.error().text()), kUsage);
    flag == std::string_view("--since") ? request.set_since_ms(*at / 1'000) : request.set_until_ms(*at / 1'000);
  }
  request.set_step_ms(-1);
  if (options.step == "auto") {
    request.set_step_ms(0);
  } else if (!options.step.empty()) {
    const auto step = parse_span_ms(options.step);
    if (!step) return complain(Error(ErrorKind::Invalid, "--step: " + step.error().text()), kUsage);
    if (*step == 0) return complain(Error(ErrorKind::Invalid, "--step must be at least 1m, or auto"), kUsage);
    request.set_step_ms(*step);
  }
  request.set_dimension(options.by);
  for (const auto& value : options.values) request.add_values(value);
  request.set_compare(options.compare);
  const auto said = ask<rpc::GetStatsResponse>(access, "StatsService/GetStats", request);
  if (!said) return complain(said.error());
  print(options.output == Output::Json ? to_json(*said) : stats_text(*said, options.by));
  return kOk;
}

}  // namespace smartroute::cli
