#include "tools/load_generator/options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

namespace smartroute::load_generator {

void add_flags(CLI::App& app, Options& o) {
  app.add_option("--url", o.url, "http://HOST:PORT/path, a numeric host")->capture_default_str();
  app.add_option("--header", o.headers, "Extra request header, \"name: value\"; repeatable")
      ->take_all();
  app.add_option("--prompt", o.prompt, "Built-in chat request: 1k or 16k")
      ->check(CLI::IsMember({"1k", "16k"}));
  app.add_option("--body-file", o.body_file, "Send this body instead");
  app.add_option("--model", o.model, "The request's model")->capture_default_str();
  app.add_option("--mock", o.mock, "Behaviour JSON for the mock provider, put into the prompt");
  app.add_flag("--stream", o.stream, "Ask for a stream; its end is checked");
  app.add_flag("--include-usage", o.include_usage, "Ask for usage in the stream");
  app.add_option("--connections", o.connections, "Connections")->check(CLI::Range(1, 10000));
  app.add_option("--requests", o.requests, "Stop after that many");
  app.add_option("--duration", o.duration_s, "Stop after that many seconds");
  app.add_option("--warmup", o.warmup_s,
                 "First seconds of the duration that are not in the latencies");
  app.add_option("--rate", o.rate,
                 "Open loop: requests a second; latency counts from the intended time");
  app.add_flag("--poisson", o.poisson, "Open loop with exponential gaps");
  app.add_option("--seed", o.seed, "Of the gaps");
  app.add_option("--open-streams", o.open_streams, "Open that many streams and keep them open");
  app.add_option("--hold", o.hold_s,
                 "For that many seconds; when all are open {\"open\":N} is printed");
  app.add_option("--timeout", o.timeout_s, "Seconds until an answer counts as lost")
      ->capture_default_str();
  app.add_option("--expect-status", o.expect_status, "Any other is an error")
      ->capture_default_str();
  app.add_option("--min-events", o.min_events, "Fewer events in a stream are an error");
  app.add_option("--expect-bytes", o.expect_bytes, "Any other body size is an error");
  app.add_option("--sha256", o.sha256, "Of the body; \"same\": as the first one's");
  app.add_flag("--allow-errors", o.allow_errors, "Exit with 0 all the same");
  app.add_option("--out", o.out_file, "File for the JSON report");
}

Result<Target> parse_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) return fail(ErrorKind::Invalid, "--url: must begin with http://");
  rest.remove_prefix(kScheme.size());
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  Target target;
  target.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  const std::size_t colon = authority.rfind(':');
  target.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc() || end != port.data() + port.size()) {
      return fail(ErrorKind::Invalid, "--url: the port must be a number");
    }
  }
  return target;
}

}  // namespace smartroute::load_generator
