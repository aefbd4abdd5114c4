// What counting one ended request costs a worker.
#include <benchmark/benchmark.h>

#include "dataplane/ops/metrics.hpp"

namespace {

using smartroute::ops::Metrics;

smartroute::accounting::Record record_of(int i) {
  smartroute::accounting::Record record;
  record.endpoint = "chat_completions";
  record.requested_model = "auto";
  record.tier = "t2";
  record.mode = "keyword";
  record.strategy = "sequential";
  record.received_us = 1'000'000;
  record.upstream_called_us = 1'000'100;
  record.first_byte_us = 1'030'000;
  record.completed_us = 1'500'000;
  record.streaming = true;
  smartroute::accounting::Attempt attempt;
  attempt.provider = "provider-" + std::to_string(i % 4);
  attempt.model = attempt.provider + "/a-model-of-usual-length-" + std::to_string(i);
  attempt.outcome =
      smartroute::resilience::name_of(smartroute::resilience::AttemptOutcome::Answered);
  record.provider = attempt.provider;
  record.model = attempt.model;
  record.attempts.push_back(std::move(attempt));
  record.status = 200;
  record.ending = smartroute::accounting::Ending::Completed;
  record.chunks = 200;
  record.overhead_us = 80;
  return record;
}

// Argument: how many different models are in use.
void CountOneRequest(benchmark::State& state) {
  Metrics metrics(1);
  std::vector<smartroute::accounting::Record> records;
  for (int i = 0; i < state.range(0); ++i) records.push_back(record_of(i));
  std::size_t next = 0;
  for (auto _ : state) {
    metrics.worker(0).begin();
    metrics.worker(0).end(records[next]);
    if (++next == records.size()) next = 0;
  }
}
BENCHMARK(CountOneRequest)->Arg(1)->Arg(20)->Arg(800);

void Scrape(benchmark::State& state) {
  Metrics metrics(2);
  for (int i = 0; i < state.range(0); ++i) metrics.worker(0).end(record_of(i));
  for (auto _ : state) benchmark::DoNotOptimize(metrics.text());
}
BENCHMARK(Scrape)->Arg(20)->Arg(800)->Unit(benchmark::kMillisecond);

}  // namespace
