#include "dataplane/tracing/span_exporter.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::tracing {
namespace {

using namespace std::chrono_literals;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

// Answers as its script says, then takes everything; remembers what it was sent.
class Collector {
 public:
  TransportFactory factory() {
    return [this](const ExportSettings& settings) {
      const std::lock_guard lock(mutex_);
      opened.push_back(settings.host);
      return std::make_unique<Line>(*this);
    };
  }
  void say(Reply::Kind kind, std::optional<std::chrono::milliseconds> wait = std::nullopt, std::uint64_t rejected = 0) {
    const std::lock_guard lock(mutex_);
    Reply reply;
    reply.kind = kind;
    reply.wait = wait;
    reply.rejected = rejected;
    script_.push_back(reply);
  }
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void wait_for_requests(std::size_t n) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 30s, [&] { return requests_.size() >= n; })) << requests_.size();
  }
  std::size_t requests() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }
  // Names of the spans of one request, in order.
  std::vector<std::string> spans_of_request(std::size_t i) {
    const std::lock_guard lock(mutex_);
    ExportTraceServiceRequest request;
    EXPECT_TRUE(request.ParseFromString(requests_.at(i)));
    std::vector<std::string> names;
    for (const auto& span : request.resource_spans(0).scope_spans(0).spans()) names.push_back(span.name());
    return names;
  }
  std::vector<std::string> opened;

 private:
  class Line final : public Transport {
   public:
    explicit Line(Collector& collector) : collector_(collector) {}
    Reply send(const std::string& request, std::chrono::milliseconds) override {
      std::unique_lock lock(collector_.mutex_);
      collector_.requests_.push_back(request);
      collector_.changed_.notify_all();
      collector_.changed_.wait(lock, [this] { return !collector_.held_ || cancelled_; });
      Reply reply;
      if (cancelled_) return reply;
      reply.kind = Reply::Kind::Taken;
      if (collector_.script_.empty()) return reply;
      reply = collector_.script_.front();
      collector_.script_.pop_front();
      return reply;
    }
    void cancel() noexcept override {
      const std::lock_guard lock(collector_.mutex_);
      cancelled_ = true;
      collector_.changed_.notify_all();
    }

   private:
    Collector& collector_;
    bool cancelled_ = false;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Reply> script_;
  std::vector<std::string> requests_;
  bool held_ = false;
};

config::Config exporting(const std::string& host = "collector") {
  config::Config config;
  config.tracing.endpoint = host.empty() ? "" : "http://" + host + ":4318";
  return config;
}

class SpanExporting : public testing::Test {
 protected:
  SpanExporter& exporter(ExporterOptions options = quick()) {
    one_.emplace(options, "test-1", [](std::string_view) { return std::nullopt; }, std::make_unique<SeededRandom>(1), log_, collector_.factory());
    return *one_;
  }
  // Goes out at once, and is tried again at once.
  static ExporterOptions quick() {
    ExporterOptions options;
    options.batch_wait = 0ms;
    options.first_pause = options.longest_pause = 0ms;
    options.flush = 30s;
    return options;
  }
  // Two spans: the request and its one attempt.
  void ask(SpanExporter& to, const std::string& model, bool sampled = true) {
    v1::RequestRecord record;
    record.set_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
    record.set_span_id("00f067aa0ba902b7");
    record.set_endpoint("chat_completions");
    record.set_requested_model(model);
    record.add_attempts()->set_model("attempt");
    const auto bytes = record.SerializeAsString();
    accounting::Settled settled;
    settled.sampled = sampled;
    settled.record = bytes;
    to.settled(settled);
  }
  static std::uint64_t dropped(const SpanExporter& exporter) {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(SpanDrop::kCount); ++i) all += exporter.dropped(static_cast<SpanDrop>(i));
    return all;
  }

  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  Collector collector_;
  std::optional<SpanExporter> one_;  // dies first
};

TEST_F(SpanExporting, IsOffWithoutAnEndpoint) {
  auto& e = exporter();
  EXPECT_FALSE(e.enabled());
  e.configure(exporting(""));
  EXPECT_FALSE(e.enabled());
  ask(e, "a");
  e.stop();
  EXPECT_TRUE(collector_.opened.empty());
  EXPECT_EQ(e.exported() + dropped(e), 0u);
}

TEST_F(SpanExporting, SendsWhatIsSampledAndNothingElse) {
  auto& e = exporter();
  e.configure(exporting());
  EXPECT_TRUE(e.enabled());
  ask(e, "not this one", false);
  ask(e, "a");
  collector_.wait_for_requests(1);
  EXPECT_EQ(collector_.spans_of_request(0), (std::vector<std::string>{"chat a", "chat attempt"}));
  e.stop();
  EXPECT_EQ(e.exported(), 2u);
  EXPECT_EQ(dropped(e), 0u);
}

TEST_F(SpanExporting, WaitsForAFullBatchAndKeepsTheSpansOfARequestTogether) {
  auto options = quick();
  options.batch_wait = 1h;
  options.batch_spans = 5;
  auto& e = exporter(options);
  e.configure(exporting());
  for (const char* model : {"a", "b", "c"}) ask(e, model);  // six spans: the third request makes it full
  collector_.wait_for_requests(1);
  EXPECT_EQ(collector_.spans_of_request(0).size(), 4u);
  e.stop();
  ASSERT_EQ(collector_.requests(), 2u);
  EXPECT_EQ(collector_.spans_of_request(1).size(), 2u);
  EXPECT_EQ(e.exported(), 6u);
}

TEST_F(SpanExporting, DropsTheNewestWhenTheQueueIsFull) {
  auto options = quick();
  options.queue_spans = 4;
  auto& e = exporter(options);
  collector_.hold();
  e.configure(exporting());
  ask(e, "first");
  collector_.wait_for_requests(1);  // under way; the queue is empty again
  for (const char* model : {"a", "b", "c", "d"}) ask(e, model);
  EXPECT_EQ(e.dropped(SpanDrop::QueueFull), 4u);
  collector_.release();
  e.stop();
  EXPECT_EQ(e.exported(), 6u);
  EXPECT_EQ(dropped(e), 4u);
}

TEST_F(SpanExporting, DropsWhatIsTooMuchMemory) {
  auto options = quick();
  options.queue_bytes = 1'000;
  auto& e = exporter(options);
  e.configure(exporting());
  ask(e, std::string(2'000, 'x'));
  EXPECT_EQ(e.dropped(SpanDrop::QueueFull), 2u);
}

TEST_F(SpanExporting, TriesTheSameBatchAgainUntilItIsTaken) {
  auto& e = exporter();
  collector_.say(Reply::Kind::Again);
  collector_.say(Reply::Kind::Again, 0ms);
  e.configure(exporting());
  ask(e, "a");
  collector_.wait_for_requests(3);
  e.stop();
  EXPECT_EQ(collector_.requests(), 3u);
  EXPECT_EQ(collector_.spans_of_request(2), collector_.spans_of_request(0));
  EXPECT_EQ(e.exported(), 2u);
  EXPECT_EQ(dropped(e), 0u);
}

TEST_F(SpanExporting, WaitsAsLongAsItIsToldAndTriesOnceMoreWhenStopped) {
  auto options = quick();
  options.longest_asked = 1h;
  auto& e = exporter(options);
  collector_.say(Reply::Kind::Again, 1h);
  e.configure(exporting());
  ask(e, "a");
  collector_.wait_for_requests(1);
  e.stop();  // or this test would take an hour
  EXPECT_EQ(collector_.requests(), 2u);
  EXPECT_EQ(e.exported(), 2u);
}

TEST_F(SpanExporting, GivesABatchUpAfterSoManyTries) {
  auto& e = exporter();
  for (int i = 0; i < 5; ++i) collector_.say(Reply::Kind::Again);
  e.configure(exporting());
  ask(e, "a");
  collector_.wait_for_requests(5);
  ask(e, "b");
  collector_.wait_for_requests(6);
  e.stop();
  EXPECT_EQ(e.dropped(SpanDrop::GaveUp), 2u);
  EXPECT_EQ(e.exported(), 2u);
}

TEST_F(SpanExporting, CountsWhatTheCollectorWillNotHave) {
  auto& e = exporter();
  collector_.say(Reply::Kind::Refused);
  collector_.say(Reply::Kind::Taken, std::nullopt, 1);
  collector_.say(Reply::Kind::Taken, std::nullopt, 1'000);  // more than it was sent
  e.configure(exporting());
  for (std::size_t i = 1; i <= 3; ++i) {
    ask(e, "a");
    collector_.wait_for_requests(i);
  }
  e.stop();
  EXPECT_EQ(e.dropped(SpanDrop::Refused), 5u);
  EXPECT_EQ(e.exported(), 1u);
}

TEST_F(SpanExporting, EndsInTimeWhenTheCollectorHangs) {
  auto options = quick();
  options.flush = 10ms;
  auto& e = exporter(options);
  collector_.hold();
  e.configure(exporting());
  ask(e, "a");
  collector_.wait_for_requests(1);
  ask(e, "b");
  e.stop();
  EXPECT_EQ(e.dropped(SpanDrop::Off), 4u);
  ask(e, "after the end");
  e.configure(exporting());
  EXPECT_FALSE(e.enabled());
  EXPECT_EQ(dropped(e), 4u);
}

TEST_F(SpanExporting, MovesToAnotherCollectorAndKeepsTheOneItHas) {
  auto& e = exporter();
  e.configure(exporting("one"));
  ask(e, "a");
  collector_.wait_for_requests(1);
  auto unrelated = exporting("one");
  unrelated.providers.resize(1);
  unrelated.providers[0].id = ProviderId("p");
  e.configure(unrelated);
  ask(e, "b");
  collector_.wait_for_requests(2);
  e.configure(exporting("two"));
  ask(e, "c");
  collector_.wait_for_requests(3);
  e.configure(exporting(""));
  EXPECT_FALSE(e.enabled());
  ask(e, "d");
  e.configure(exporting("two"));
  ask(e, "e");
  collector_.wait_for_requests(4);
  e.stop();
  EXPECT_EQ(collector_.opened, (std::vector<std::string>{"one", "two", "two"}));
  EXPECT_EQ(collector_.spans_of_request(3).front(), "chat e");
}

TEST_F(SpanExporting, LeavesAPauseForAnotherCollector) {
  auto options = quick();
  options.longest_asked = 1h;
  auto& e = exporter(options);
  collector_.say(Reply::Kind::Again, 1h);
  e.configure(exporting("one"));
  ask(e, "a");
  collector_.wait_for_requests(1);
  e.configure(exporting("two"));
  collector_.wait_for_requests(2);
  e.stop();
  EXPECT_EQ(collector_.opened, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(e.exported(), 2u);
}

}  // namespace
}  // namespace smartroute::tracing
