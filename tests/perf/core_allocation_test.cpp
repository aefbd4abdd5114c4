// The promise of the hot path: once warm, no allocation. Counts every operator new of this program.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "dataplane/core/accounting/record_encoder.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/http1/chunked.hpp"
#include "dataplane/core/http1/request_head.hpp"
#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/core/sse/event_gate.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace smartroute {
namespace {

constexpr int kRounds = 100;

template <class Work>
std::size_t allocations_of(Work work) {
  const std::size_t before = allocations;
  for (int round = 0; round < kRounds; ++round) work();
  return allocations - before;
}

TEST(SteadyState, CountsAllocations) {
  EXPECT_GE(allocations_of([] { std::string(1000, 'x').push_back('y'); }),
            static_cast<std::size_t>(kRounds));
}

TEST(SteadyState, HeadsAreReadWithoutAllocation) {
  constexpr std::string_view kRequest =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Length: "
      "5\r\nConnection: keep-alive\r\n\r\n";
  constexpr std::string_view kResponse =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  const http1::HeadLimits limits;
  bool good = true;
  EXPECT_EQ(allocations_of([&] {
              good = good && parse_request_head(kRequest, limits).has_value() &&
                     parse_response_head(kResponse, limits).has_value();
            }),
            0u);
  EXPECT_TRUE(good);
}

TEST(SteadyState, ChunksAndEventsPassWithoutAllocation) {
  constexpr std::string_view kEvent =
      "data: {\"choices\":[{\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":1}}\n\n";
  const std::string chunk = "48\r\n" + std::string(kEvent) + "\r\n";
  ASSERT_EQ(kEvent.size(), 0x48u);
  http1::ChunkedDecoder decoder(http1::ChunkedDecoder::Trailers::Skip);
  sse::EventGate gate;
  const auto one_read = [&] {
    gate.push(decoder.step(chunk).payload);
    gate.settle();
  };
  // An event split over three pushes of two reads.
  const auto split_event = [&] {
    gate.push(kEvent.substr(0, 10));
    gate.settle();
    gate.push(kEvent.substr(10, 20));
    gate.push(kEvent.substr(30));
    gate.settle();
  };
  one_read();
  split_event();
  EXPECT_EQ(allocations_of(one_read), 0u);
  EXPECT_EQ(allocations_of(split_event), 0u);
  EXPECT_EQ(gate.facts().events, 2u * (kRounds + 1));
}

TEST(SteadyState, RecordsWithTheirDecisionAreWrittenWithoutAllocation) {
  std::string ask;  // both ends of a long one, beyond ASCII
  while (ask.size() < 8'000) ask += "证明这一点 ";
  accounting::RecordEncoder encoder;
  accounting::Record record;
  std::size_t bytes = 0;
  const auto one_record = [&] {
    record.restart();
    record.mode = "embedded";
    record.reason = "embedded:0.93";
    record.route.probability = {0.1f, 0.2f, 0.7f};
    record.route.rules.push_back("证明");
    for (const char* model : {"a/small", "a/medium", "a/large"}) record.route.candidates.emplace_back().model = model;
    record.route.ask = ask;
    bytes = encoder.encode(record).size();
  };
  one_record();
  one_record();  // the memory of the first is there
  EXPECT_EQ(allocations_of(one_record), 0u);
  EXPECT_GT(bytes, ask.size());
}

TEST(SteadyState, PromptsAreJudgedWithoutAllocation) {
  const auto classifier = classify::EmbeddedClassifier::load(classify::built_in_weights());
  const std::string text = "Explain why this deadlocks, 请逐步分析：\n" + std::string(6000, 'x') + "\n```\nlock(a); lock(b);\n```";
  classify::Subject subject;
  subject.ask = text;
  float sum = 0;
  EXPECT_EQ(allocations_of([&] { sum += classifier.value().classify(subject).confidence; }), 0u);
  EXPECT_GT(sum, 0.0f);
}

}  // namespace
}  // namespace smartroute
