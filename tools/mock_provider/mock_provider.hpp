// An OpenAI-compatible provider that does what it is told, right or wrong: for tests, the demo and
// benchmarks.
//
// Serves POST */chat/completions (streaming or not), GET */models, GET */models/{id} over HTTP/1.1,
// plain or TLS. What an answer looks like is decided by the first of these that is present, and by
// it alone:
//   1. request header `x-mock-script: {json}`
//   2. `[[mock: {json}]]` in the text of the last user message
//   3. the script's entry for the requested model
//   4. the script's fallback
// The fields of that JSON are listed in behaviour.hpp. A healthy answer depends on the request
// alone: same bytes in, same bytes out. With `tools` in the request, and a tool named in the last
// user text or `tool_choice` set, it calls one.
//
// Besides: GET /__mock/requests, DELETE /__mock/requests, GET /__mock/stats, PUT /__mock/script.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/result.hpp"
#include "tools/mock_provider/behaviour.hpp"

namespace smartroute::mock_provider {

enum class Recording : std::uint8_t { On, Off };

struct Options {
  std::string host = "127.0.0.1";  // a numeric address
  std::uint16_t port = 0;          // 0: a free one
  int threads = 1;
  Script script;
  // PEM files; both set: the provider speaks TLS.
  std::string tls_cert_file;
  std::string tls_key_file;
  Recording recording = Recording::On;
};

// A request as it arrived. At most 1,000 and 64 MiB of them are kept, the newest.
struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names as received
  std::string body;                                          // de-chunked; at most 1 MiB of it
  std::uint64_t body_bytes = 0;                              // all of it
};

struct Stats {
  std::uint64_t requests = 0;     // to provider paths; admin paths do not count
  std::uint64_t connections = 0;  // accepted so far
  std::uint64_t open_connections = 0;
  std::uint64_t active = 0;   // answers under way
  std::uint64_t aborted = 0;  // answers whose client went away before their end
  std::map<std::string, std::uint64_t> per_model;
};

// Runs on its own threads from start() to stop(). All methods may be called from any thread.
class MockProvider {
 public:
  MockProvider();
  ~MockProvider();  // stops
  MockProvider(const MockProvider&) = delete;
  MockProvider& operator=(const MockProvider&) = delete;

  // Fails when the address cannot be bound or the certificate cannot be read. At most once.
  Result<void> start(Options options);
  Result<void> start(std::string host, std::uint16_t port, Behaviour fallback = {});
  // Closes every connection and joins the threads. Safe to call twice.
  void stop();

  std::uint16_t port() const;
  std::uint64_t requests_seen() const;
  Stats stats() const;
  std::vector<SeenRequest> requests() const;
  void clear_requests();
  // Holds from the next request on.
  void set_script(Script script);

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace smartroute::mock_provider
