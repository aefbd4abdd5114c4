// The small parts: ring, backoff, wire text.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "dataplane/sync/backoff.hpp"
#include "dataplane/sync/spsc_ring.hpp"
#include "dataplane/sync/wire_text.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::sync {
namespace {

TEST(SpscRing, HoldsItsCapacityAndNoMore) {
  SpscRing<std::unique_ptr<int>> ring(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.push(std::make_unique<int>(i)));
  auto extra = std::make_unique<int>(9);
  EXPECT_FALSE(ring.push(std::move(extra)));
  EXPECT_NE(extra, nullptr) << "a refused value stays with its owner";
  int sum = 0;
  EXPECT_EQ(ring.pop_each(2, [&](std::unique_ptr<int>&& value) { sum += *value; }), 2u);
  EXPECT_EQ(sum, 1);
  EXPECT_TRUE(ring.push(std::move(extra)));
  EXPECT_EQ(ring.pop_each(10, [&](std::unique_ptr<int>&& value) { sum += *value; }), 2u);
  EXPECT_EQ(sum, 12);
}

TEST(SpscRing, DestroysWhatIsLeftInIt) {
  const auto watched = std::make_shared<int>(1);
  {
    SpscRing<std::shared_ptr<int>> ring(4);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ring.push(std::shared_ptr<int>(watched)));
    ring.pop_each(1, [](std::shared_ptr<int>&&) {});  // not even moved out
    EXPECT_EQ(watched.use_count(), 3);
  }
  EXPECT_EQ(watched.use_count(), 1);
}

TEST(SpscRing, KeepsOrderBetweenTwoThreads) {
  constexpr int kCount = 200'000;
  SpscRing<std::string> ring(7);
  std::thread producer([&] {
    for (int i = 0; i < kCount;) {
      if (ring.push(std::to_string(i))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  int next = 0;
  bool ordered = true;
  while (next < kCount) {
    if (ring.pop_each(3, [&](std::string&& value) {
          ordered = ordered && value == std::to_string(next++);
        }) == 0)
      std::this_thread::yield();
  }
  producer.join();
  EXPECT_TRUE(ordered);
}

class HighestRandom final : public Random {
 public:
  std::uint64_t next() noexcept override { return ~std::uint64_t{0}; }
};

TEST(Backoff, DoublesItsCeilingUpToTheMost) {
  HighestRandom random;
  Backoff backoff(BackoffLimits(), random);
  using std::chrono::milliseconds;
  for (const int ceiling : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
    const auto wait = backoff.next();
    EXPECT_LE(wait, milliseconds(ceiling));
    EXPECT_GT(wait, milliseconds(ceiling) - milliseconds(1));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  SeededRandom random(3);
  BackoffLimits limits;
  limits.first = limits.most = std::chrono::milliseconds(1'000);
  Backoff backoff(limits, random);
  int low = 0, high = 0;
  for (int i = 0; i < 200; ++i) {
    const auto wait = backoff.next();
    low += wait < std::chrono::milliseconds(250);
    high += wait >= std::chrono::milliseconds(750);
  }
  EXPECT_GT(low, 20);
  EXPECT_GT(high, 20);
}

TEST(WireText, LeavesGoodTextAlone) {
  v1::RequestRecord record;
  record.set_requested_model("gpt-4o \xe4\xbd\xa0\xe5\xa5\xbd");
  record.add_attempts()->set_reason("connect");
  const auto before = record.SerializeAsString();
  make_wire_safe(record);
  EXPECT_EQ(record.SerializeAsString(), before);
}

TEST(WireText, CutsBetweenCharacters) {
  v1::RequestRecord record;
  std::string text(kMaxTextBytes - 1, 'a');
  record.set_error(text + "\xe4\xbd\xa0 and more");
  make_wire_safe(record);
  EXPECT_EQ(record.error(), text);
}

}  // namespace
}  // namespace smartroute::sync
