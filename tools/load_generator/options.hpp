// What to send, how fast, and what counts as failure. The program's flags are this, field by field.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace CLI {
class App;
}

namespace smartroute::load_generator {

struct Options {
  // where
  std::string url = "http://127.0.0.1:8080/v1/chat/completions";  // plain HTTP, numeric host
  std::vector<std::string> headers;                               // "name: value"

  // what
  std::string prompt = "1k";  // built-in request of about that size: 1k or 16k
  std::string body_file;      // instead of a built-in one
  std::string model = "auto";
  std::string mock;  // behaviour JSON, put into the prompt as [[mock: ...]]
  bool stream = false;
  bool include_usage = false;

  // how much: a closed loop of `connections`, unless `rate` is given (open loop)
  int connections = 16;
  std::uint64_t requests = 0;  // 0: until `duration` is over
  double duration_s = 0;
  double warmup_s = 0;   // of the duration; not in the latencies
  double rate = 0;       // requests a second
  bool poisson = false;  // exponential gaps instead of equal ones
  std::uint64_t seed = 1;
  int open_streams = 0;  // open that many streams instead, and keep them
  double hold_s = 1;
  double timeout_s = 30;

  // what is right
  int expect_status = 200;
  std::uint64_t min_events = 0;
  std::optional<std::uint64_t> expect_bytes;  // of the body, de-chunked
  std::string sha256;                         // of the body; "same": that of the first response
  bool allow_errors = false;

  std::string out_file;  // the report; default stdout
};

void add_flags(CLI::App& app, Options& options);

struct Target {
  std::string host;
  std::uint16_t port = 80;
  std::string path;
};
Result<Target> parse_url(const std::string& url);

// The whole request, head and body.
Result<std::string> build_request(const Options& options, const Target& target);

}  // namespace smartroute::load_generator
