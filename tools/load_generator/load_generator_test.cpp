#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/load_generator/histogram.hpp"
#include "tools/load_generator/load_run.hpp"
#include "tools/load_generator/response_reader.hpp"
#include "tools/mock_provider/mock_provider.hpp"

namespace smartroute::load_generator {
namespace {

TEST(Histogram, GivesQuantilesWithinOnePercentAndTheExactMaximum) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 100'000; ++i) histogram.add(i * 100);
  EXPECT_EQ(histogram.count(), 100'000u);
  EXPECT_NEAR(histogram.quantile(0.5), 5'000'000, 50'000);
  EXPECT_NEAR(histogram.quantile(0.99), 9'900'000, 99'000);
  EXPECT_NEAR(histogram.quantile(0.00001), 100, 1);
  EXPECT_EQ(histogram.max(), 10'000'000);
  EXPECT_EQ(histogram.quantile(1), 10'000'000);
  EXPECT_NEAR(histogram.mean(), 5'000'050, 1);
}

TEST(Histogram, ShowsASecondMode) {
  Histogram histogram;
  for (int i = 0; i < 90; ++i) histogram.add(200'000);
  for (int i = 0; i < 10; ++i) histogram.add(40'500'000);
  EXPECT_EQ(histogram.between(38'000'000, 48'000'000), 10u);
  const auto coarse = histogram.coarse();
  ASSERT_EQ(coarse.size(), 2u);
  EXPECT_EQ(coarse[0].second, 90u);
  EXPECT_GE(coarse[1].first, 40'500'000);
}

TEST(Histogram, TakesEveryValue) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  for (const std::int64_t value :
       {std::int64_t{-5}, std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, INT64_MAX})
    histogram.add(value);
  EXPECT_EQ(histogram.count(), 5u);
  EXPECT_EQ(histogram.max(), INT64_MAX);
}

constexpr std::string_view kStream =
    "HTTP/1.1 100 Continue\r\n\r\n"
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: "
    "chunked\r\nx-mock-recv-ns: 77\r\n\r\n"
    "c\r\ndata: {\"a\":1\r\n"
    "5;x=y\r\n}\n\nda\r\n"
    "e\r\nta: {\"t\":90}\n\n\r\n"
    "e\r\ndata: [DONE]\n\n\r\n"
    "0\r\nx-t: 1\r\n\r\n";

TEST(ResponseReader, CountsTheSameForEverySplitInTwo) {
  for (std::size_t cut = 0; cut <= kStream.size(); ++cut) {
    ResponseReader reader(Digest::Sha256);
    Histogram delays;
    const ReadState first = reader.feed(kStream.substr(0, cut), 100, &delays);
    EXPECT_EQ(first, cut == kStream.size() ? ReadState::Complete : ReadState::NeedMore) << cut;
    EXPECT_EQ(reader.feed(kStream.substr(cut), 100, &delays), ReadState::Complete) << cut;
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.events(), 3u) << cut;
    EXPECT_EQ(reader.body_bytes(), 12u + 5 + 14 + 14);
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.provider_received_ns(), 77);
    EXPECT_EQ(reader.sha256().substr(0, 16), "3e69f29253b25546") << cut;
    EXPECT_LE(delays.count(), 1u);
  }
}

TEST(ResponseReader, ReadsByteByByte) {
  ResponseReader reader;
  for (std::size_t i = 0; i < kStream.size(); ++i) {
    EXPECT_EQ(reader.feed(kStream.substr(i, 1), 100),
              i + 1 == kStream.size() ? ReadState::Complete : ReadState::NeedMore)
        << i;
  }
  EXPECT_EQ(reader.events(), 3u);
  EXPECT_TRUE(reader.done());
}

struct BadRow {
  const char* name;
  const char* bytes;
  const char* problem;
};

TEST(ResponseReader, NamesWhatIsWrong) {
  const BadRow rows[] = {
      {"bytes behind the end", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc",
       "bytes_after_end"},
      {"no chunk size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
       "bad_chunk"},
      {"chunk without end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabXX\r\n",
       "bad_chunk"},
      {"not HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "bad_head"},
  };
  for (const BadRow& row : rows) {
    ResponseReader reader;
    EXPECT_EQ(reader.feed(row.bytes, 0), ReadState::Broken) << row.name;
    EXPECT_STREQ(reader.problem(), row.problem) << row.name;
  }
  ResponseReader cut;
  cut.feed("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", 0);
  EXPECT_EQ(cut.end(), ReadState::Broken);
  EXPECT_STREQ(cut.problem(), "cut");
  ResponseReader until_close;
  EXPECT_EQ(until_close.feed("HTTP/1.1 200 OK\r\n\r\nabc", 0), ReadState::NeedMore);
  EXPECT_EQ(until_close.end(), ReadState::Complete);
  EXPECT_FALSE(until_close.keep_alive());
}

TEST(ReportJson, TellsABumpAtFortyMillisecondsFromAWideTail) {
  const auto share = [](const Report& report) {
    return nlohmann::json::parse(to_json(report, {}))["latency_us"]["share_40ms"].get<double>();
  };
  Report wide;
  for (int ms = 1; ms <= 100; ++ms) wide.latency.add(ms * 1'000'000);
  EXPECT_LT(share(wide), 0.03);
  Report bump;
  for (int i = 0; i < 95; ++i) bump.latency.add(300'000);
  for (int i = 0; i < 5; ++i) bump.latency.add(40'700'000);
  EXPECT_NEAR(share(bump), 0.05, 1e-9);
}

TEST(Request, HasTheSizeOfItsName) {
  for (const auto& [prompt, size] :
       {std::pair<std::string, std::size_t>{"1k", 1024}, {"16k", 16384}}) {
    Options options;
    options.prompt = prompt;
    options.stream = true;
    options.mock = R"({"events":100})";
    const auto request = build_request(options, {"127.0.0.1", 80, "/v1/chat/completions"});
    ASSERT_TRUE(request);
    const std::string body = request->substr(request->find("\r\n\r\n") + 4);
    EXPECT_NEAR(static_cast<double>(body.size()), static_cast<double>(size),
                static_cast<double>(size) / 32);
    const auto json = nlohmann::json::parse(body);
    EXPECT_EQ(json["model"], "auto");
    EXPECT_THAT(json["messages"][1]["content"].get<std::string>(),
                ::testing::EndsWith(R"([[mock: {"events":100}]])"));
  }
}

TEST(Request, RefusesBadUrlsAndHeaders) {
  EXPECT_FALSE(parse_url("https://127.0.0.1/"));
  EXPECT_FALSE(parse_url("http://127.0.0.1:x/"));
  EXPECT_EQ(parse_url("http://127.0.0.1:81/a/b")->path, "/a/b");
  Options options;
  options.headers = {"no colon"};
  EXPECT_FALSE(build_request(options, {}));
}

class LoadRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(provider_.start("127.0.0.1", 0));
    options_.url = "http://127.0.0.1:" + std::to_string(provider_.port()) + "/v1/chat/completions";
    options_.connections = 4;
  }
  Report run() {
    auto report = LoadRun(options_, [this](int count) { opened_ = count; }).run();
    EXPECT_TRUE(report);
    return report ? *report : Report();
  }
  mock_provider::MockProvider provider_;
  Options options_;
  int opened_ = 0;
};

TEST_F(LoadRunTest, SendsExactlyTheRequestsOfAClosedLoop) {
  options_.requests = 200;
  const Report report = run();
  EXPECT_EQ(report.completed, 200u);
  EXPECT_EQ(report.failed(), 0u);
  EXPECT_EQ(report.latency.count(), 200u);
  EXPECT_EQ(report.connects, 4u);
  EXPECT_EQ(provider_.requests_seen(), 200u);
  const auto json = nlohmann::json::parse(to_json(report, options_));
  EXPECT_EQ(json["completed"], 200);
  EXPECT_GT(json["latency_us"]["p99"], 0);
}

TEST_F(LoadRunTest, ReadsStreamsToTheirEnd) {
  options_.requests = 20;
  options_.stream = true;
  options_.mock = R"({"events":100,"write_size":1000,"stamp":true})";
  options_.min_events = 103;
  const Report report = run();
  EXPECT_EQ(report.completed, 20u) << report.first_error;
  EXPECT_EQ(report.events, 20u * 103);
  EXPECT_GT(report.event_delay.count(), 100u);
  EXPECT_EQ(report.request_path.count(), 20u);
}

TEST_F(LoadRunTest, KeepsAnOpenLoopsNumberOfRequests) {
  options_.rate = 2000;
  options_.requests = 100;
  options_.poisson = true;
  options_.sha256 = "same";
  const Report report = run();
  EXPECT_EQ(report.completed, 100u) << report.first_error;
}

struct FaultRow {
  const char* mock;
  const char* kind;
};

TEST_F(LoadRunTest, CountsFailuresByKind) {
  const FaultRow rows[] = {
      {R"({"status":503})", "status_503"},
      {R"({"events":3,"no_done":true})", "no_done"},
      {R"({"events":3,"cut_at_byte":99})", "cut"},
      {R"({"cut_before_head":true})", "closed_before_response"},
      {R"({"framing":"bad_chunk"})", "bad_chunk"},
      {R"({"framing":"extra_bytes"})", "bytes_after_end"},
      {R"({"framing":"no_last_chunk"})", "cut"},
      {R"({"events":3})", "too_few_events"},
      {R"({"stall_before_head":true})", "timeout"},
  };
  options_.requests = 3;
  options_.connections = 1;
  options_.stream = true;
  options_.timeout_s = 0.2;
  for (const FaultRow& row : rows) {
    options_.mock = row.mock;
    options_.min_events = std::string_view(row.kind) == "too_few_events" ? 7 : 0;
    const Report report = run();
    EXPECT_EQ(report.failed(), 3u) << row.mock;
    EXPECT_EQ(report.errors.count(row.kind), 1u) << row.mock << " gave " << report.first_error;
  }
}

TEST_F(LoadRunTest, OpensStreamsAndKeepsThem) {
  options_.open_streams = 20;
  options_.hold_s = 0.05;
  options_.stream = true;
  options_.mock = R"({"events":-1,"pace_ms":1000})";
  const Report report = run();
  EXPECT_EQ(opened_, 20);
  EXPECT_EQ(report.completed, 20u);
  EXPECT_EQ(report.failed(), 0u) << report.first_error;
}

TEST(LoadRun, SaysThatNobodyListens) {
  Options options;
  options.url = "http://127.0.0.1:1/";
  options.requests = 1;
  EXPECT_FALSE(LoadRun(options, nullptr).run());
}

}  // namespace
}  // namespace smartroute::load_generator
