#include "controlplane/ingest/tail_hub.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace smartroute::control::ingest {
namespace {

using Filter = ::smartroute::admin::v1::RecordFilter;

v1::RequestRecord record(const std::string& id, const std::string& tier = "t1") {
  v1::RequestRecord record;
  record.set_request_id(id);
  record.set_tier(tier);
  record.set_endpoint("chat_completions");
  return record;
}

std::vector<v1::RequestRecord> numbered(std::size_t from, std::size_t to) {
  std::vector<v1::RequestRecord> records;
  for (std::size_t i = from; i < to; ++i) records.push_back(record(std::to_string(i)));
  return records;
}

Filter of_tier(const std::string& tier) {
  Filter filter;
  filter.add_tiers(tier);
  return filter;
}

class TailHubTest : public testing::Test {
 protected:
  std::unique_ptr<TailReader> open(const Filter& filter = {}) {
    auto reader = hub.open(filter, [this] { ++wakes; });
    EXPECT_TRUE(reader);
    return reader ? std::move(*reader) : nullptr;
  }
  static std::string next_id(TailReader& reader) {
    const auto piece = reader.next();
    return piece && piece->record ? piece->record->request_id() : "nothing";
  }
  TailHub hub;
  std::atomic<int> wakes{0};
};

TEST_F(TailHubTest, IsWantedOnlyWhileSomebodyReads) {
  EXPECT_FALSE(hub.wanted());
  auto first = open();
  auto second = open();
  EXPECT_TRUE(hub.wanted());
  first.reset();
  EXPECT_TRUE(hub.wanted());
  second.reset();
  EXPECT_FALSE(hub.wanted());
  hub.on_stored(numbered(0, 3));  // nobody is there
}

TEST_F(TailHubTest, GivesEachReaderWhatItsFilterMeansInOrder) {
  const auto all = open();
  const auto third = open(of_tier("t3"));
  const std::vector<v1::RequestRecord> records{record("a"), record("b", "t3"), record("c", "t3")};
  hub.on_stored(records);
  for (const char* id : {"a", "b", "c", "nothing"}) EXPECT_EQ(next_id(*all), id);
  for (const char* id : {"b", "c", "nothing"}) EXPECT_EQ(next_id(*third), id);
}

TEST_F(TailHubTest, ReadersShareOneCopy) {
  const auto one = open();
  const auto other = open();
  hub.on_stored(numbered(0, 1));
  EXPECT_EQ(one->next()->record, other->next()->record);
}

TEST_F(TailHubTest, WakesAReaderOnceUntilItHasSeenThatNothingIsLeft) {
  const auto reader = open();
  hub.on_stored(numbered(0, 2));
  hub.on_stored(numbered(2, 3));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(next_id(*reader), "0");
  hub.on_stored(numbered(3, 4));
  EXPECT_EQ(wakes, 1) << "it reads on by itself";
  for (const char* id : {"1", "2", "3", "nothing"}) EXPECT_EQ(next_id(*reader), id);
  hub.on_stored({});
  EXPECT_EQ(wakes, 1);
  hub.on_stored(numbered(4, 5));
  EXPECT_EQ(wakes, 2);
}

TEST_F(TailHubTest, DropsTheOldestOfTooManyAndTellsSo) {
  const auto slow = open();
  const auto quick = open();
  hub.on_stored(numbered(0, TailHub::kMaxWaiting + 5));
  EXPECT_EQ(hub.dropped_total(), 10u) << "five of each reader";
  const auto piece = slow->next();
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->dropped, 5u);
  EXPECT_EQ(piece->record->request_id(), "5");
  EXPECT_EQ(slow->next()->dropped, 0u) << "told once";
  hub.on_stored(numbered(0, 3));
  EXPECT_EQ(slow->next()->dropped, 1u) << "two places were free";
}

TEST_F(TailHubTest, DropsTheOldestOfTooMuch) {
  const auto reader = open();
  std::vector<v1::RequestRecord> records = numbered(0, 6);
  for (auto& large : records) large.set_error(std::string(1024 * 1024, 'x'));
  hub.on_stored(records);
  const auto piece = reader->next();
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->dropped, 3u) << "a little more than 1 MiB each";
  EXPECT_EQ(piece->record->request_id(), "3");
  records.resize(1);
  records[0].set_error(std::string(TailHub::kMaxWaitingBytes, 'x'));
  hub.on_stored(records);
  EXPECT_EQ(reader->next()->dropped, 2u);
  EXPECT_EQ(next_id(*reader), "nothing") << "one that is too large alone is given all the same";
}

TEST_F(TailHubTest, ANewFilterHoldsForWhatWaitsToo) {
  const auto reader = open();
  const std::vector<v1::RequestRecord> records{record("a"), record("b", "t3")};
  hub.on_stored(records);
  reader->refilter(of_tier("t3"));
  hub.on_stored(records);
  const auto piece = reader->next();
  EXPECT_EQ(piece->record->request_id(), "b");
  EXPECT_EQ(piece->dropped, 0u) << "what the filter leaves out is not lost";
  EXPECT_EQ(next_id(*reader), "b");
  EXPECT_EQ(next_id(*reader), "nothing");
}

TEST_F(TailHubTest, RefusesOneReaderTooMany) {
  std::vector<std::unique_ptr<TailReader>> readers;
  for (std::size_t i = 0; i < TailHub::kMaxReaders; ++i) readers.push_back(open());
  const auto refused = hub.open({}, [] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::Overloaded);
  readers.pop_back();
  EXPECT_TRUE(hub.open({}, [] {}));
}

TEST_F(TailHubTest, ShutDownEndsReadersBehindWhatWaits) {
  const auto reader = open();
  hub.on_stored(numbered(0, 1));
  hub.shut_down();
  EXPECT_EQ(next_id(*reader), "0");
  EXPECT_TRUE(reader->next()->ended);
  EXPECT_TRUE(reader->next()->ended) << "and stays ended";
  const auto idle = hub.open({}, [] {});
  EXPECT_FALSE(idle);
}

TEST_F(TailHubTest, ReadersComeAndGoWhileRecordsAreStored) {
  std::atomic<bool> stop{false};
  std::thread storing([&] {
    const auto records = numbered(0, 10);
    while (!stop) hub.on_stored(records);
  });
  for (int i = 0; i < 30; ++i) {
    const auto reader = open();
    while (!reader->next()) {
    }
  }
  stop = true;
  storing.join();
  EXPECT_FALSE(hub.wanted());
}

}  // namespace
}  // namespace smartroute::control::ingest
