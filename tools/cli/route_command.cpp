#include "tools/cli/route_command.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "contract/config/duration_text.hpp"
#include "dataplane/core/routing/explain.hpp"
#include "dataplane/core/routing/replay.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/preview.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;

constexpr int kMaxShownLines = 5;  // of a JSONL file that cannot be read
constexpr std::chrono::seconds kReplayTimeout{60};

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "smartroute: %s\n", text.c_str());
  return code;
}

// Of a call that failed: what is wrong with the request is the caller's mistake.
int complain(const Error& error) {
  std::string text = error.text();
  if (error.kind() == ErrorKind::UpstreamUnreachable)
    text += "; without a running gateway, give the configuration with --config FILE";
  return complain(text, error.kind() == ErrorKind::Invalid ? kProblems : kFailed);
}

Result<std::string> request_of(const ExplainOptions& options) {
  if (options.request_file.empty()) {
    nlohmann::json body;
    body["messages"] = nlohmann::json::array({{{"role", "user"}, {"content", options.text}}});
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return read_input(options.request_file);
}

int print(const rpc::ExplainRouteResponse& said, Output output) {
  std::fputs((output == Output::Json ? to_json(said) : explain_text(said)).c_str(), stdout);
  return kOk;
}

int print(const rpc::ReplayRoutesResponse& said, Output output) {
  std::fputs((output == Output::Json ? to_json(said) : replay_text(said)).c_str(), stdout);
  return kOk;
}

template <class Request, class Response>
Result<Response> ask(const AdminAccess& access, const char* method, const Request& request, std::chrono::milliseconds timeout) {
  const auto json = ask_admin(access, std::string("RoutingService/") + method, to_json(request), timeout);
  if (!json) return tl::unexpected(json.error());
  Response response;
  if (auto read = from_json(*json, response); !read) return tl::unexpected(read.error());
  return response;
}

// Lines that cannot be read are shown and left out; a file of which none can be read is an error.
int replay_lines(const ReplayOptions& options, const routing::View& view, const std::string& text) {
  const SystemClock clock;
  const SteadyTime began = clock.steady();
  routing::PastRequestReader reader;
  routing::Replay replay(view, static_cast<std::size_t>(options.moves));
  std::uint64_t number = 0, bad = 0, good = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto past = reader.read(line);
    if (!past) {
      if (++bad <= kMaxShownLines)
        std::fprintf(stderr, "%s:%llu: %s\n", options.input.c_str(), static_cast<unsigned long long>(number), past.error().text().c_str());
      continue;
    }
    const std::string label = "line " + std::to_string(number);
    if (past->id.empty()) past->id = label;
    replay.add(*past);
    ++good;
  }
  if (bad > 0)
    std::fprintf(stderr, "smartroute: %s: %llu of %llu lines were left out\n", options.input.c_str(), static_cast<unsigned long long>(bad),
                 static_cast<unsigned long long>(bad + good));
  if (good == 0)
    return complain(options.input + ": no line to replay; each needs {\"text\": ...} or the body of a chat completion", kUsage);
  rpc::ReplayRoutesResponse said = replay.result();
  said.set_complete(true);
  said.set_seconds(std::chrono::duration<double>(clock.steady() - began).count());
  return print(said, options.output);
}

}  // namespace

Result<std::int64_t> parse_moment(const std::string& text, std::int64_t now_ms) {
  if (const auto ago = config::parse_duration(text)) return std::max<std::int64_t>(0, now_ms - ago->count());
  std::tm parts{};
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    parts = {};
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end != nullptr && (*end == '\0' || (*end == 'Z' && end[1] == '\0'))) return std::int64_t{::timegm(&parts)} * 1'000;
  }
  return fail(ErrorKind::Invalid, "'" + text + "' is no moment: write how long ago, as 24h or 30m, or a date in UTC, as 2026-01-31 or 2026-01-31T08:00:00");
}

int explain_route(const AdminAccess& access, const ExplainOptions& options) {
  if (options.request_file.empty() == options.text.empty())
    return complain("give either a request with -f FILE or a prompt with --text TEXT", kUsage);
  if (options.request_file == "-" && options.config == "-")
    return complain("only one of -f and --config can be standard input", kUsage);
  auto body = request_of(options);
  if (!body) return complain(body.error().text(), kUsage);
  if (options.config.empty()) {
    rpc::ExplainRouteRequest request;
    request.set_request_json(std::move(*body));
    request.set_model(options.model);
    const auto said = ask<rpc::ExplainRouteRequest, rpc::ExplainRouteResponse>(access, "ExplainRoute", request, std::chrono::seconds(30));
    return said ? print(*said, options.output) : complain(said.error());
  }
  const auto text = read_input(options.config);
  if (!text) return complain(text.error().text(), kUsage);
  const auto view = view_of(*text, options.config);
  if (!view) return kProblems;
  const SystemClock clock;
  SeededRandom random(static_cast<std::uint64_t>(micros_since_epoch(clock.wall())));
  auto said = routing::explain(*view, {*body, options.model}, clock, random);
  if (said) return print(*said, options.output);
  const std::string where = options.request_file.empty() ? "" : options.request_file + ": ";
  return complain(where + said.error().text(), kProblems);
}

int replay_routes(const AdminAccess& access, const ReplayOptions& options) {
  std::string candidate;
  if (!options.config.empty()) {
    auto text = read_input(options.config);
    if (!text) return complain(text.error().text(), kUsage);
    candidate = std::move(*text);
  }
  if (!options.input.empty()) {
    if (options.config.empty()) return complain("--input needs the configuration to decide with: --config FILE", kUsage);
    if (options.config == "-" && options.input == "-") return complain("only one of --config and --input can be standard input", kUsage);
    const auto lines = read_input(options.input);
    if (!lines) return complain(lines.error().text(), kUsage);
    const auto view = view_of(candidate, options.config);
    return view ? replay_lines(options, *view, *lines) : kProblems;
  }
  const std::int64_t now_ms = micros_since_epoch(SystemClock().wall()) / 1'000;
  rpc::ReplayRoutesRequest request;
  for (const auto& [text, until] : {std::pair(options.since, false), std::pair(options.until, true)}) {
    if (text.empty()) continue;
    const auto moment = parse_moment(text, now_ms);
    if (!moment) return complain(std::string(until ? "--until: " : "--since: ") + moment.error().text(), kUsage);
    until ? request.set_until_ms(*moment) : request.set_since_ms(*moment);
  }
  if (!options.config.empty()) request.mutable_candidate()->set_text(std::move(candidate));
  request.set_max_moves(options.moves);
  const auto said = ask<rpc::ReplayRoutesRequest, rpc::ReplayRoutesResponse>(access, "ReplayRoutes", request, kReplayTimeout);
  return said ? print(*said, options.output) : complain(said.error());
}

}  // namespace smartroute::cli
