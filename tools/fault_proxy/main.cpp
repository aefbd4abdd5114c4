// smartroute-fault-proxy: the fault proxy as a program.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tools/fault_proxy/fault_proxy.hpp"

namespace {

using namespace smartroute;
using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(
Plans (JSON, all fields optional):
  {"accept": "serve|refuse|blackhole", "connect_ms": 0, "seed": 1, "request": FLOW, "response": FLOW}
FLOW, for one direction (request: client to upstream):
  delay_ms      before the first byte          write_size   bytes a write    sizes  fixed|random
  gap_us        pause after each write         bytes_per_s  bandwidth
  fault         none|cut|reset|half_close|stall|flip|insert|drop, once exactly `at` bytes have passed
  at, from      from: start|body (behind the head's blank line)
  stall_ms      0: until the client goes       mask         what a flipped byte is xored with
  bytes         text to insert, a byte a character           count        bytes to drop

Which connection gets which plan, --plan, a plan alone or:
  {"default": PLAN, "sequence": [PLAN], "repeat": true, "mix": "cut:20,clean:80", "seed": 1, "span": 4096}
With --scope request each HTTP/1.1 request and its response have a plan of their own, and one that
holds [[fault NAME: PLAN]] (quotes may be escaped) brings its own.

Control port (--control): PUT /plan DOCUMENT, GET /counters, POST /reset, POST /drop (RST to all),
PUT /listening true|false (false: connecting is refused, the port stays).

The same seed draws the same plan for the same number, whatever else happens: seeds replay.)";

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string upstream;
  std::string control;
  std::string plan;
  std::string mix;
  std::uint64_t seed = 1;
  std::uint64_t span = fault_proxy::Mix::kDefaultSpan;
  std::string scope = "connection";
  std::string name = "fault";
  std::string log;
  std::string ready_file;
  bool closed = false;
};

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "HOST:PORT, a numeric host; port 0 picks a free one")
      ->capture_default_str();
  app.add_option("--upstream", flags.upstream, "HOST:PORT, a numeric host")->required();
  app.add_option("--control", flags.control,
                 "PORT of the control port (0 picks one); none without");
  app.add_option("--plan", flags.plan, "JSON, or a file that holds it");
  app.add_option("--mix", flags.mix,
                 "Draw plans: KIND:WEIGHT,... of clean cut reset half_close stall split drip delay "
                 "corrupt refuse blackhole");
  app.add_option("--seed", flags.seed, "Of the draws")->capture_default_str();
  app.add_option("--span", flags.span, "Offsets are drawn from 0 to this")->capture_default_str();
  app.add_option("--scope", flags.scope, "What a plan holds for")
      ->check(CLI::IsMember({"connection", "request"}))
      ->capture_default_str();
  app.add_option("--name", flags.name, "NAME in directives")->capture_default_str();
  app.add_option("--log", flags.log, "File (- for standard output) for a JSON line per drawn plan");
  app.add_option(
      "--ready-file", flags.ready_file,
      "Written once it listens: {\"listen\": \"host:port\", \"control\": \"host:port\"}");
  app.add_flag("--closed", flags.closed, "Begin refusing connections");
  app.footer(kFooter);
}

Result<std::pair<std::string, std::uint16_t>> address_of(const std::string& flag,
                                                         const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return fail(ErrorKind::Invalid, flag + ": must be HOST:PORT");
  const int port = std::atoi(text.c_str() + colon + 1);
  if (port < 0 || port > 65535)
    return fail(ErrorKind::Invalid, flag + ": the port must lie between 0 and 65535");
  return std::pair(text.substr(0, colon), static_cast<std::uint16_t>(port));
}

Result<fault_proxy::PlanDocument> read_plan(const Flags& flags) {
  std::string text = flags.plan.empty() ? "{}" : flags.plan;
  if (text.front() != '{') {
    std::ifstream file(text);
    std::stringstream content;
    content << file.rdbuf();
    if (!file) return fail(ErrorKind::Invalid, text + ": cannot be read");
    text = content.str();
  }
  auto document = fault_proxy::parse_document(text);
  if (!document || flags.mix.empty()) return document;
  auto mix = fault_proxy::Mix::parse(flags.mix, flags.span);
  if (!mix) return fail(std::move(mix).error());
  document->mix = *std::move(mix);
  document->seed = flags.seed;
  return document;
}

Result<fault_proxy::Options> read_options(const Flags& flags) {
  fault_proxy::Options options;
  auto listen = address_of("--listen", flags.listen);
  if (!listen) return fail(std::move(listen).error());
  auto upstream = address_of("--upstream", flags.upstream);
  if (!upstream) return fail(std::move(upstream).error());
  std::tie(options.listen_host, options.listen_port) = *listen;
  std::tie(options.upstream_host, options.upstream_port) = *upstream;
  options.with_control = !flags.control.empty();
  options.control_port = static_cast<std::uint16_t>(std::atoi(flags.control.c_str()));
  options.name = flags.name;
  options.scope =
      flags.scope == "request" ? fault_proxy::Scope::Request : fault_proxy::Scope::Connection;
  options.listening = flags.closed ? fault_proxy::Listening::Closed : fault_proxy::Listening::Open;
  auto plan = read_plan(flags);
  if (!plan) return fail(std::move(plan).error());
  options.plan = *std::move(plan);
  if (flags.log == "-") {
    options.log = stdout;
  } else if (!flags.log.empty()) {
    options.log = std::fopen(flags.log.c_str(), "a");
    if (options.log == nullptr) return fail(ErrorKind::Invalid, flags.log + ": cannot be written");
  }
  return options;
}

// Whole or not at all: readers poll for it.
bool write_ready_file(const std::string& path, const Json& content) {
  const std::string draft = path + ".draft";
  {
    std::ofstream file(draft);
    file << content.dump() << '\n';
    if (!file) return false;
  }
  return std::rename(draft.c_str(), path.c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A TCP proxy that delays, splits, cuts, stalls and corrupts as it is told");
  Flags flags;
  add_flags(app, flags);
  CLI11_PARSE(app, argc, argv);
  signal(SIGPIPE, SIG_IGN);

  // Blocked before any thread exists, so that all inherit it and sigwait below is the one receiver.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto options = read_options(flags);
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().text().c_str());
    return 2;
  }
  const std::string host = options->listen_host;
  fault_proxy::FaultProxy proxy;
  if (auto started = proxy.start(*std::move(options)); !started) {
    std::fprintf(stderr, "%s\n", started.error().text().c_str());
    return 1;
  }
  Json ready = {{"listen", host + ":" + std::to_string(proxy.port())}};
  if (proxy.control_port() != 0)
    ready["control"] = host + ":" + std::to_string(proxy.control_port());
  std::fprintf(stderr, "listening: %s\n", ready.dump().c_str());
  if (!flags.ready_file.empty() && !write_ready_file(flags.ready_file, ready)) {
    std::fprintf(stderr, "%s: cannot be written\n", flags.ready_file.c_str());
    return 1;
  }
  int received = 0;
  sigwait(&signals, &received);
  proxy.stop();
  return 0;
}
