// smartroute-mock-provider: the scripted provider as a program.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tools/mock_provider/mock_provider.hpp"

namespace {

using namespace smartroute;
using Json = nlohmann::ordered_json;

struct Flags {
  std::string listen = "127.0.0.1:9100";
  std::string tls_cert;
  std::string tls_key;
  std::string ready_file;
  std::string script_file;
  std::string behaviour = "{}";
  int threads = 1;
  bool no_record = false;
  Json quick = Json::object();  // behaviour fields given as flags of their own
};

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "HOST:PORT, a numeric host; port 0 picks a free one")
      ->capture_default_str();
  app.add_option("--tls-cert", flags.tls_cert, "PEM file; with --tls-key the provider speaks TLS");
  app.add_option("--tls-key", flags.tls_key, "PEM file");
  app.add_option("--threads", flags.threads, "Worker threads")->check(CLI::Range(1, 64));
  app.add_option("--ready-file", flags.ready_file,
                 "Written once it listens: {\"listen\": \"host:port\"}");
  app.add_option("--script", flags.script_file,
                 "JSON file: {\"default\": behaviour, \"models\": {name: behaviour}}");
  app.add_option("--behaviour", flags.behaviour,
                 "Default behaviour as JSON; fields: tools/mock_provider/behaviour.hpp");
  app.add_flag("--no-record", flags.no_record, "Keep no requests (for benchmarks)");
  const auto number = [&](const char* flag, const char* field, const char* what) {
    app.add_option_function<double>(
        flag, [&flags, field](const double& value) { flags.quick[field] = value; }, what);
  };
  number("--latency-ms", "latency_ms", "Wait before the head");
  number("--first-token-ms", "first_token_ms", "Wait before the first body byte");
  number("--pace-ms", "pace_ms", "Wait between stream events");
  number("--chunk-bytes", "chunk_bytes", "Payload bytes of a stream event");
  number("--content-bytes", "content_bytes", "Size of the answer text");
  number("--status", "status", "Status of every answer, or of the failing ones");
  number("--fail-every", "fail_every", "Every Nth request fails");
  number("--fail-ratio", "fail_ratio", "Share of requests that fail, 0 to 1");
  number("--seed", "seed", "Which ones");
  number("--retry-after", "retry_after", "Seconds, as a response header");
  app.add_option_function<std::int64_t>(
      "--events", [&flags](const std::int64_t& n) { flags.quick["events"] = n; },
      "Content events of a stream, -1: endless");
}

// Flags win over --behaviour, that over the script's default.
Result<mock_provider::Script> read_script(const Flags& flags) {
  mock_provider::Script script;
  Json fallback = Json::object();
  if (!flags.script_file.empty()) {
    std::ifstream file(flags.script_file);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::Invalid, flags.script_file + ": cannot be read");
    auto parsed = mock_provider::parse_script(text.str());
    if (!parsed) return parsed;
    script = *std::move(parsed);
    fallback = Json::parse(text.str()).value("default", Json::object());
  }
  const Json given = Json::parse(flags.behaviour, nullptr, false);
  if (!given.is_object()) return fail(ErrorKind::Invalid, "--behaviour: must be a JSON object");
  fallback.update(given);
  fallback.update(flags.quick);
  auto behaviour = mock_provider::parse_behaviour(fallback.dump());
  if (!behaviour) return fail(std::move(behaviour).error());
  script.fallback = *std::move(behaviour);
  return script;
}

Result<mock_provider::Options> read_options(const Flags& flags) {
  mock_provider::Options options;
  const auto colon = flags.listen.rfind(':');
  if (colon == std::string::npos) return fail(ErrorKind::Invalid, "--listen: must be HOST:PORT");
  options.host = flags.listen.substr(0, colon);
  const int port = std::atoi(flags.listen.c_str() + colon + 1);
  if (port < 0 || port > 65535)
    return fail(ErrorKind::Invalid, "--listen: the port must lie between 0 and 65535");
  options.port = static_cast<std::uint16_t>(port);
  options.threads = flags.threads;
  options.tls_cert_file = flags.tls_cert;
  options.tls_key_file = flags.tls_key;
  options.recording =
      flags.no_record ? mock_provider::Recording::Off : mock_provider::Recording::On;
  auto script = read_script(flags);
  if (!script) return fail(std::move(script).error());
  options.script = *std::move(script);
  return options;
}

// Whole or not at all: readers poll for it.
bool write_ready_file(const std::string& path, const std::string& listen) {
  const std::string draft = path + ".draft";
  {
    std::ofstream file(draft);
    file << Json{{"listen", listen}}.dump() << '\n';
    if (!file) return false;
  }
  return std::rename(draft.c_str(), path.c_str()) == 0;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An OpenAI-compatible provider that answers from a script");
  Flags flags;
  add_flags(app, flags);
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
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
  mock_provider::MockProvider provider;
  const std::string host = options->host;
  if (auto started = provider.start(*std::move(options)); !started) {
    std::fprintf(stderr, "%s\n", started.error().text().c_str());
    return 1;
  }
  const std::string listen = host + ":" + std::to_string(provider.port());
  std::printf("listening on %s\n", listen.c_str());
  std::fflush(stdout);
  if (!flags.ready_file.empty() && !write_ready_file(flags.ready_file, listen)) {
    std::fprintf(stderr, "%s: cannot be written\n", flags.ready_file.c_str());
    return 1;
  }
  int received = 0;
  sigwait(&signals, &received);
  provider.stop();
  return 0;
}
