#include "controlplane/terminal/hub.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "controlplane/store/record_row.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::terminal {
namespace {

class HubTest : public testing::Test {
 protected:
  void log(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) hub.add_log("info", 1, std::to_string(i));
  }
  std::unique_ptr<Hub::Reader> open(std::size_t backlog = 0) {
    auto reader = hub.open(backlog, [this] { ++wakes; });
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  static std::string texts(const std::optional<Batch>& batch) {
    if (!batch) return "nothing";
    std::string all;
    for (const auto& line : batch->lines) all += (all.empty() ? "" : " ") + line->text;
    return all;
  }
  Hub hub{std::nullopt};
  std::atomic<int> wakes{0};
};

TEST_F(HubTest, BeginsWithTheBacklogAndGoesOnAtItsPace) {
  log(0, 5);
  const auto reader = open(3);
  EXPECT_EQ(texts(reader->next()), "2 3 4");
  log(5, 7);
  EXPECT_EQ(texts(reader->next()), "nothing") << "not yet";
  EXPECT_EQ(wakes, 0);
  hub.grant();
  EXPECT_EQ(wakes, 1);
  hub.grant();
  EXPECT_EQ(wakes, 1) << "it was told already";
  EXPECT_EQ(texts(reader->next()), "5 6");
  hub.grant();
  EXPECT_EQ(wakes, 1) << "there is nothing";
  EXPECT_EQ(open(100)->next()->lines.size(), 7u);
  EXPECT_EQ(texts(open()->next()), "nothing");
}

TEST_F(HubTest, ABatchIsBounded) {
  log(0, Hub::kMaxBatchLines + 1);
  const auto reader = open(Hub::kMaxLines);
  EXPECT_EQ(reader->next()->lines.size(), Hub::kMaxBatchLines);
  hub.grant();
  EXPECT_EQ(reader->next()->lines.size(), 1u);

  const auto other = open();
  other->next();
  for (int i = 0; i < 300; ++i) hub.add_log("info", 1, std::string(kMaxTextBytes, 'x'));
  hub.grant();
  std::size_t bytes = 0;
  const auto batch = other->next();
  ASSERT_TRUE(batch);
  for (const auto& line : batch->lines) bytes += line->bytes();
  EXPECT_LE(bytes, Hub::kMaxBatchBytes);
  EXPECT_GT(bytes, Hub::kMaxBatchBytes / 2);
}

TEST_F(HubTest, AReaderThatIsOvertakenIsToldHowManyItLost) {
  const auto reader = open();
  reader->next();
  log(0, Hub::kMaxLines + 7);
  hub.grant();
  const auto batch = reader->next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->dropped, 7u);
  EXPECT_EQ(batch->lines.front()->text, "7");
  hub.grant();
  EXPECT_EQ(reader->next()->dropped, 0u) << "told once";
}

TEST_F(HubTest, LargeLinesTakeThePlaceOfMany) {
  for (int i = 0; i < 5'000; ++i) hub.add_log("info", 1, std::string(kMaxTextBytes, 'x'));
  const auto reader = open(Hub::kMaxLines);
  std::size_t lines = 0;
  for (auto batch = reader->next(); batch; hub.grant(), batch = reader->next())
    lines += batch->lines.size();
  EXPECT_LT(lines, 4'500u);
  EXPECT_GT(lines, 3'000u);
}

TEST_F(HubTest, AReportGivesALineForEachNewRecordAndEachLogLine) {
  v1::ReportRequest report;
  report.set_instance_id("proxy-1");
  report.set_boot_id("boot");
  report.set_first_sequence(10);
  for (const char* id : {"a", "b", "c"}) {
    auto* record = report.add_records();
    record->set_request_id(id);
    record->set_received_us(1'700'000'000'000'000);
  }
  auto* logged = report.add_log_lines();
  logged->set_at_us(42);
  logged->set_level("warn");
  logged->set_text("two\nlines");
  report.set_log_lines_dropped(3);
  const auto reader = open();
  reader->next();
  const int fresh[] = {0, 2};
  hub.add_report(report, fresh);
  hub.grant();
  const auto batch = reader->next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->dropped, 3u);
  ASSERT_EQ(batch->lines.size(), 3u);
  EXPECT_EQ(batch->lines[0]->request_id, "a");
  EXPECT_EQ(batch->lines[1]->request_id, "c");
  EXPECT_EQ(batch->lines[1]->record_id, store::listed_record(report, 2).record_id());
  const Line& line = *batch->lines[2];
  EXPECT_EQ(line.source, "proxy-1");
  EXPECT_EQ(line.level, "warn");
  EXPECT_EQ(line.at_us, 42);
  EXPECT_EQ(line.text, "two lines");
  EXPECT_FALSE(line.request);
}

TEST_F(HubTest, TooManyLogLinesOfAReportAreLost) {
  v1::ReportRequest report;
  for (int i = 0; i < Hub::kMaxReportLines + 2; ++i) report.add_log_lines()->set_text("x");
  const auto reader = open();
  reader->next();
  hub.add_report(report, {});
  hub.grant();
  EXPECT_EQ(reader->next()->dropped, 2u);
}

TEST_F(HubTest, ReadersAreBoundedAndEnd) {
  std::vector<std::unique_ptr<Hub::Reader>> readers;
  for (std::size_t i = 0; i < Hub::kMaxReaders; ++i) readers.push_back(open());
  EXPECT_EQ(hub.open(0, [] {}).error().kind(), ErrorKind::Overloaded);
  readers.pop_back();
  EXPECT_EQ(hub.readers(), Hub::kMaxReaders - 1);
  EXPECT_TRUE(hub.open(0, [] {}));
  readers[0]->next();
  log(0, 1);
  hub.shut_down();
  const auto last = readers[0]->next();
  ASSERT_TRUE(last);
  EXPECT_EQ(texts(last), "0");
  EXPECT_TRUE(last->ended);
  EXPECT_EQ(hub.open(0, [] {}).error().kind(), ErrorKind::Draining);
}

TEST(Hub, WakesReadersByItself) {
  Hub hub(std::chrono::milliseconds(1));
  std::promise<void> woken;
  std::atomic<bool> told{false};
  auto reader = hub.open(0, [&] {
    if (!told.exchange(true)) woken.set_value();
  });
  ASSERT_TRUE(reader);
  EXPECT_FALSE((*reader)->next());
  hub.add_log("info", 1, "a line");
  ASSERT_EQ(woken.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  const auto batch = (*reader)->next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->lines.size(), 1u);
  reader->reset();
}

}  // namespace
}  // namespace smartroute::control::terminal
