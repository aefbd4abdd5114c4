// CPU of the pure edge code: heads, chunk framing, event gate. Run: build/release/perf/core_bench
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "dataplane/core/http1/chunked.hpp"
#include "dataplane/core/http1/request_head.hpp"
#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/core/sse/event_gate.hpp"

namespace {

using namespace smartroute;

// What the official Python client sends, 400 to 500 bytes.
constexpr std::string_view kRequest =
    "POST /v1/chat/completions HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "User-Agent: OpenAI/Python 1.99.1\r\n"
    "X-Stainless-Lang: python\r\n"
    "X-Stainless-Retry-Count: 0\r\n"
    "X-Stainless-Read-Timeout: 600\r\n"
    "Authorization: Bearer sk-smartroute-0123456789abcdef0123456789abcdef\r\n"
    "Content-Length: 1043\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Date: Mon, 04 Mar 2024 10:11:12 GMT\r\n"
    "Content-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n"
    "Connection: keep-alive\r\n"
    "openai-processing-ms: 123\r\n"
    "x-ratelimit-remaining-tokens: 149999\r\n"
    "x-request-id: req_0123456789abcdef0123456789abcdef\r\n"
    "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n"
    "\r\n";

// About 200 bytes, as a provider streams them.
constexpr std::string_view kEvent =
    "data: "
    "{\"id\":\"chatcmpl-AbCdEfGhIj\",\"object\":\"chat.completion.chunk\",\"created\":1709546000,"
    "\"model\":\"gpt-4o\","
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" "
    "hello\"},\"finish_reason\":null}],\"usage\":null}\n\n";

constexpr int kEvents = 100;

std::string events() {
  std::string out;
  for (int i = 0; i < kEvents; ++i) out += kEvent;
  return out;
}

std::string chunks() {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", kEvent.size());
  std::string out;
  for (int i = 0; i < kEvents; ++i) out += size + std::string(kEvent) + "\r\n";
  return out + "0\r\n\r\n";
}

void request_head(benchmark::State& state) {
  const http1::HeadLimits limits;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http1::find_head_end(kRequest, 0));
    auto head = http1::parse_request_head(kRequest, limits);
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRequest.size()));
}
BENCHMARK(request_head);

void response_head(benchmark::State& state) {
  const http1::HeadLimits limits;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http1::find_head_end(kResponse, 0));
    auto head = http1::parse_response_head(kResponse, limits);
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kResponse.size()));
}
BENCHMARK(response_head);

void chunked_100_chunks(benchmark::State& state) {
  const std::string body = chunks();
  for (auto _ : state) {
    http1::ChunkedDecoder decoder(http1::ChunkedDecoder::Trailers::Skip);
    std::string_view rest = body;
    std::size_t payload = 0;
    while (true) {
      const auto step = decoder.step(rest);
      rest.remove_prefix(step.consumed);
      if (step.kind != http1::ChunkedDecoder::Step::Kind::Payload) break;
      payload += step.payload.size();
    }
    benchmark::DoNotOptimize(payload);
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(chunked_100_chunks);

// All events in one read.
void event_gate_100_events(benchmark::State& state) {
  const std::string stream = events();
  for (auto _ : state) {
    sse::EventGate gate;
    gate.push(stream);
    benchmark::DoNotOptimize(gate.ready_bytes());
    gate.settle();
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(event_gate_100_events);

// One event, one chunk, one read: how a paced stream comes.
void event_gate_one_a_read(benchmark::State& state) {
  sse::EventGate gate;
  for (auto _ : state) {
    gate.push(kEvent);
    benchmark::DoNotOptimize(gate.ready_bytes());
    gate.settle();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(event_gate_one_a_read);

// Reads that end inside events, so that every event is joined from two.
void event_gate_split_events(benchmark::State& state) {
  sse::EventGate gate;
  const std::string_view front = kEvent.substr(0, 77);
  const std::string_view back = kEvent.substr(77);
  for (auto _ : state) {
    gate.push(front);
    gate.settle();
    gate.push(back);
    benchmark::DoNotOptimize(gate.ready_bytes());
    gate.settle();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(event_gate_split_events);

}  // namespace

BENCHMARK_MAIN();
