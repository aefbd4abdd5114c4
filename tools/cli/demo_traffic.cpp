#include "tools/cli/demo_traffic.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/cli/http_call.hpp"

namespace smartroute::cli {
namespace {

constexpr std::chrono::milliseconds kPause{1'000};
constexpr std::chrono::milliseconds kAnswerWithin{30'000};

constexpr std::array<const char*, kSampleRequests> kAsks{
    "hello",
    "Prove that there are infinitely many primes congruent to 3 modulo 4.",
    "把“早上好”翻译成英文。",
    "Write a short product description for a steel water bottle.",
    "What is the capital of Australia?",
    "设计一个支持十万并发长连接的消息推送系统，说明分片、背压、故障转移和消息不丢的办法，并分析各方案的取舍。",
    "Summarise the plot of Hamlet in three sentences.",
    "Find the race condition in a lock-free queue whose consumer reads the tail before the head, and prove that your fix is linearizable.",
    "你好，今天心情怎么样？",
    "Convert 72 degrees Fahrenheit to Celsius.",
    "写一个 Python 函数，统计一个文本文件里每个单词出现的次数。",
    "Derive the backpropagation equations of a transformer's attention layer, and give their complexity in time and memory.",
    "Thanks, that was helpful!",
    "Explain the difference between TCP and UDP to a junior developer.",
    "用一句话解释什么是光合作用。",
    "Our PostgreSQL query over 400 million rows slowed down after partitioning. Explain how you would find out why, step by step, and what each finding would mean.",
    "Give me three names for a coffee shop.",
    "证明：任意连续函数在闭区间上一致连续，并举例说明开区间上为何不成立。",
    "Rewrite this politely: send me the report now.",
    "Write a SQL query for the ten customers with the highest revenue in the last quarter.",
    "一公里等于多少米？",
    "Refactor a recursive descent parser into an iterative one with an explicit stack, keep its error recovery, and argue that both accept the same language.",
    "What day comes after Tuesday?",
    "比较 REST 和 GraphQL 的优缺点，并说明各自适合的场景。",
};

}  // namespace

std::string sample_request(std::size_t n) {
  const std::size_t at = n % kSampleRequests;
  const nlohmann::json message{{"role", "user"}, {"content", kAsks[at]}};
  const nlohmann::json body{{"model", "auto"},
                            {"stream", at % 2 == 1},
                            {"messages", nlohmann::json::array({message})}};
  return body.dump();
}

DemoTraffic::DemoTraffic(HostPort gateway, std::chrono::seconds time)
    : gateway_(std::move(gateway)), end_(std::chrono::steady_clock::now() + time) {
  for (std::size_t i = 0; i < kCallers; ++i) callers_.emplace_back([this, i] { send(i); });
}

DemoTraffic::~DemoTraffic() {
  stop();
  for (auto& caller : callers_) caller.join();
}

void DemoTraffic::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void DemoTraffic::send(std::size_t first) {
  for (std::size_t n = first;; n += kCallers) {
    HttpCall request;
    request.address = gateway_;
    request.method = "POST";
    request.target = "/v1/chat/completions";
    request.json_body = sample_request(n);
    request.timeout = kAnswerWithin;
    // A stream is read to its end, too, and then called unusable, which is nobody's concern here.
    (void)call(request);
    if (!pause()) return;
  }
}

bool DemoTraffic::pause() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPause, [this] { return stopped_; });
  return !stopped_ && std::chrono::steady_clock::now() < end_;
}

}  // namespace smartroute::cli
