#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "controlplane/store/config_service.hpp"
#include "controlplane/store/memory_store.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Store> open(const fs::path& state) {
  RocksStoreOptions options;
  options.state_dir = state;
  auto opened = open_rocks_store(options);
  EXPECT_TRUE(opened) << opened.error().text();
  if (!opened) return nullptr;
  EXPECT_TRUE(opened->notices.empty()) << opened->notices.front();
  return std::move(opened->store);
}

StoredRevision next_of(const Store& store, const std::string& config) {
  StoredRevision next;
  next.head.number = store.next_number();
  next.head.base = store.newest();
  next.head.author = "test";
  next.head.fingerprint = "f" + std::to_string(next.head.number.number);
  next.config = config;
  return next;
}

v1::ReportRequest records(std::uint64_t first, int count) {
  v1::ReportRequest batch;
  batch.set_boot_id("boot");
  batch.set_instance_id("proxy");
  batch.set_first_sequence(first);
  for (int i = 0; i < count; ++i) {
    auto& record = *batch.add_records();
    record.set_request_id("r" + std::to_string(first + static_cast<std::uint64_t>(i)));
    record.set_received_us(1'795'000'000'000'000 + static_cast<std::int64_t>(first) + i);
    record.set_request_body(std::string(2'000, static_cast<char>('a' + i % 26)));
  }
  return batch;
}

TEST(Checkpoint, OpensAsTheStoreStood) {
  const TestDir dir;
  auto store = open(dir.path() / "state");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store->append_revision(next_of(*store, "config-" + std::to_string(i))));
  ASSERT_TRUE(store->put_meta("name", "value"));
  ASSERT_TRUE(store->append_records(records(1, 500)));
  const auto facts = store->checkpoint(dir.path() / "copy", CheckpointScope::Everything);
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts->newest, store->newest());
  // What comes later is not in it.
  ASSERT_TRUE(store->append_revision(next_of(*store, "later")));
  ASSERT_TRUE(store->append_records(records(501, 500)));
  auto copy = open(dir.path() / "copy");
  EXPECT_EQ(copy->newest().number, 20u);
  EXPECT_EQ(copy->revision(Revision{20})->config, "config-19");
  EXPECT_EQ(copy->meta("name")->value(), "value");
  EXPECT_EQ(copy->record_count(), 500u);
  EXPECT_TRUE(copy->append_revision(next_of(*copy, "goes on")));
  EXPECT_EQ(store->revision(Revision{21})->config, "later");
}

TEST(Checkpoint, WithoutTheLogIsOfTheConfigurationAlone) {
  const TestDir dir;
  auto store = open(dir.path() / "state");
  ASSERT_TRUE(store->append_revision(next_of(*store, "config")));
  ASSERT_TRUE(store->append_records(records(1, 10)));
  ASSERT_TRUE(store->checkpoint(dir.path() / "copy", CheckpointScope::ConfigOnly));
  EXPECT_FALSE(fs::exists(dir.path() / "copy" / "logs.db"));
  auto copy = open(dir.path() / "copy");
  EXPECT_EQ(copy->newest().number, 1u);
  EXPECT_EQ(copy->record_count(), 0u);
}

TEST(Checkpoint, ThatCannotBeMadeLeavesTheStoreAsItWas) {
  const TestDir dir;
  auto store = open(dir.path() / "state");
  ASSERT_TRUE(store->append_revision(next_of(*store, "config")));
  EXPECT_FALSE(store->checkpoint(dir.path() / "no" / "such" / "folder", CheckpointScope::Everything));
  fs::create_directory(dir.path() / "there");
  EXPECT_FALSE(store->checkpoint(dir.path() / "there", CheckpointScope::Everything));
  EXPECT_FALSE(store->read_only_reason());
  EXPECT_TRUE(store->append_revision(next_of(*store, "goes on")));
}

// Under writes, each copy holds a beginning of them: all that were acknowledged before it began.
TEST(Checkpoint, IsABeginningOfTheWritesThatRunMeanwhile) {
  const TestDir dir;
  auto store = open(dir.path() / "state");
  ASSERT_TRUE(store->append_revision(next_of(*store, std::string(3'000, 'c'))));
  std::atomic<bool> ends{false};
  std::atomic<std::uint64_t> filed{0};
  std::jthread configs([&] {
    while (!ends) ASSERT_TRUE(store->append_revision(next_of(*store, std::string(3'000, 'c'))));
  });
  std::jthread logs([&] {
    for (std::uint64_t first = 1; !ends; first += 20) {
      ASSERT_TRUE(store->append_records(records(first, 20)));
      filed = first + 19;
    }
  });
  const auto stop = [&](int*) { ends = true; };  // before the threads are waited for, also when an assertion leaves
  int any = 0;
  const std::unique_ptr<int, decltype(stop)> at_the_end(&any, stop);
  for (int i = 0; i < 6; ++i) {
    const auto path = dir.path() / ("copy-" + std::to_string(i));
    const std::uint64_t revisions = store->newest().number, before = filed;
    const auto made = store->checkpoint(path, CheckpointScope::Everything);
    ASSERT_TRUE(made) << made.error().text();
    auto copy = open(path);
    ASSERT_NE(copy, nullptr);
    EXPECT_GE(copy->newest().number, revisions);
    EXPECT_GE(copy->record_count(), before);
    EXPECT_EQ(copy->record_count() % 20, 0u) << "a batch is there as a whole or not at all";
    const auto newest = copy->revision(copy->newest());
    ASSERT_TRUE(newest) << newest.error().text();
    EXPECT_EQ(newest->config, std::string(3'000, 'c'));
  }
}

TEST(SkippedNumbers, AreNeverUsedAgain) {
  const TestDir dir;
  auto store = open(dir.path() / "state");
  ASSERT_TRUE(store->append_revision(next_of(*store, "one")));
  ASSERT_TRUE(store->skip_numbers(Revision{17}));
  ASSERT_TRUE(store->skip_numbers(Revision{3}));
  EXPECT_EQ(store->next_number().number, 18u);
  store.reset();
  store = open(dir.path() / "state");
  EXPECT_EQ(store->newest().number, 1u);
  EXPECT_EQ(store->next_number().number, 18u);
  EXPECT_TRUE(store->append_revision(next_of(*store, "eighteen")));
  EXPECT_EQ(store->newest().number, 18u);
}

TEST(RepeatAbove, PutsTheNewestAboveWhatDataPlanesRun) {
  auto store = make_memory_store();
  const SystemClock clock;
  ConfigServiceOptions options;
  options.owned_by_file = "/some/file.yaml";
  auto service = ConfigService::open(*store, std::move(*Sealer::from_master(Secret("0123456789abcdef0123456789abcdef"))), clock, std::move(options));
  ASSERT_TRUE(service);
  EXPECT_EQ((*service)->repeat_above(Revision{5}).value(), false) << "there is nothing to repeat";
  ASSERT_TRUE((*service)->apply_file("providers: [{id: a, base_url: 'https://a.example/v1', api_key: sk-literal-1}]\ntiers: {t2: {models: [a/m]}}\n"));
  std::vector<std::uint64_t> told;
  const auto news = (*service)->on_new_revision([&](const Published& published) { told.push_back(published->head.number.number); });
  EXPECT_EQ((*service)->repeat_above(Revision{0}).value(), false);
  EXPECT_EQ((*service)->repeat_above(Revision{7}).value(), true);
  EXPECT_EQ((*service)->newest().number, 8u);
  EXPECT_EQ((*service)->repeat_above(Revision{7}).value(), false);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{8}));
  const auto published = (*service)->published();
  EXPECT_EQ(published->config.providers(0).api_key().value(), "sk-literal-1");
  EXPECT_EQ(published->head.rollback_of.number, 1u);
  EXPECT_TRUE((*service)->diff(Revision{1}, Revision{8})->changes.empty());
  EXPECT_FALSE((*service)->repeat_above(Revision{50'000'000}));
  EXPECT_EQ((*service)->newest().number, 8u);
}

}  // namespace
}  // namespace smartroute::store
