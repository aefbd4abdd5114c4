// Sends the load from one thread over epoll and collects what came back.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "tools/load_generator/histogram.hpp"
#include "tools/load_generator/options.hpp"

namespace smartroute::load_generator {

struct Report {
  std::uint64_t sent = 0;
  std::uint64_t completed = 0;  // right in every way that was asked for
  std::uint64_t events = 0;     // of completed streams
  std::uint64_t body_bytes = 0;
  std::uint64_t connects = 0;
  std::map<std::string, std::uint64_t> errors;  // by kind
  std::string first_error;                      // of it, a few words

  double elapsed_s = 0;        // first send to last answer
  std::uint64_t measured = 0;  // requests whose latency counts (after the warm-up)
  Histogram latency;           // intended time to last byte
  Histogram first_byte;        // intended time to first byte
  Histogram event_delay;       // provider's stamp to reading, per event
  Histogram request_path;      // our send to the provider's stamp in the head
  double own_cpu_s = 0;

  std::uint64_t failed() const;
};

class LoadRun {
 public:
  // `on_open` is called once all open_streams have had their first bytes.
  LoadRun(Options options, std::function<void(int)> on_open);
  ~LoadRun();
  // Fails only when it cannot begin: bad options, nobody listens.
  Result<Report> run();

 private:
  struct Engine;
  Options options_;
  std::function<void(int)> on_open_;
};

// The report as a JSON object, times in microseconds.
std::string to_json(const Report& report, const Options& options);

}  // namespace smartroute::load_generator
