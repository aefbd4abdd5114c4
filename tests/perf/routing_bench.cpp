// CPU of a decision by the embedded classifier. Run: build/release/perf/routing_bench
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/classify/embedded_classifier.hpp"

namespace {

using namespace smartroute::classify;

constexpr std::string_view kEnglish =
    "Our team runs a small online shop and last week the checkout began to fail for some customers in Canada. The logs show "
    "time-outs from the tax service, but only when the basket holds more than twelve items, and never at night. We tried a "
    "longer time-out and a retry; both made the queue worse. Could you explain what may be going on, which measurements would "
    "tell the hypotheses apart, and how you would fix it without touching the payment provider? ";
constexpr std::string_view kChinese =
    "我们公司最近在做一次数据库迁移，旧库是MySQL，新库打算用PostgreSQL，大约有两亿行订单数据，白天不能停机。请帮我分析一下双写、"
    "增量同步和回滚方案各自的风险，并给出一个可以在三周内完成的步骤，尤其是如何校验两边的数据一致，出了问题怎样在十分钟内切回去。";
constexpr std::string_view kCode =
    "def merge(a, b):\n    out = []\n    i = j = 0\n    while i < len(a) and j < len(b):\n        if a[i] <= b[j]:\n"
    "            out.append(a[i]); i += 1\n        else:\n            out.append(b[j]); j += 1\n    return out + a[i:]\n\n"
    "# fix the bug in `merge` above and add tests for empty lists\n";

std::string sized(std::string_view sample, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += sample;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

void judge(benchmark::State& state, std::string_view sample) {
  const auto classifier = EmbeddedClassifier::load(built_in_weights());
  const std::string text = sized(sample, static_cast<std::size_t>(state.range(0)));
  Subject subject;
  subject.ask = text;
  using Clock = std::chrono::steady_clock;
  std::vector<double> took;
  took.reserve(1 << 20);
  for (auto _ : state) {
    const auto begin = Clock::now();
    benchmark::DoNotOptimize(classifier.value().classify(subject));
    const std::chrono::duration<double, std::micro> one = Clock::now() - begin;
    if (took.size() < took.capacity()) took.push_back(one.count());
  }
  std::sort(took.begin(), took.end());
  state.counters["p50_us"] = took[took.size() / 2];
  state.counters["p99_us"] = took[took.size() * 99 / 100];
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

BENCHMARK_CAPTURE(judge, english, kEnglish)->Arg(100)->Arg(1024)->Arg(4096);
BENCHMARK_CAPTURE(judge, chinese, kChinese)->Arg(100)->Arg(1024)->Arg(4096);
BENCHMARK_CAPTURE(judge, code, kCode)->Arg(100)->Arg(1024)->Arg(4096);

void load_weights(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(EmbeddedClassifier::load(built_in_weights()));
}
BENCHMARK(load_weights);

}  // namespace

BENCHMARK_MAIN();
