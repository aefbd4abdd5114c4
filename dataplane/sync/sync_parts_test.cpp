// The small parts: queue, backoff, wake-up, checksum.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "dataplane/sync/backoff.hpp"
#include "dataplane/sync/telemetry_queue.hpp"
#include "dataplane/sync/wake_up.hpp"

namespace smartroute::sync {
namespace {

std::string text_of(int i, std::size_t size) {
  return std::string(size, static_cast<char>('a' + i));
}

TEST(TelemetryQueue, HoldsItsCountAndNoMore) {
  TelemetryQueue queue(3, 1'024);
  EXPECT_FALSE(queue.front());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(text_of(i, 5)));
  EXPECT_FALSE(queue.push("x"));
  EXPECT_EQ(queue.front(), "aaaaa");
  EXPECT_EQ(queue.front(), "aaaaa") << "until it is popped";
  queue.pop();
  EXPECT_TRUE(queue.push(""));
  for (const char* expected : {"bbbbb", "ccccc", ""}) {
    EXPECT_EQ(queue.front(), expected);
    queue.pop();
  }
  EXPECT_FALSE(queue.front());
}

TEST(TelemetryQueue, HoldsItsBytesAndNoMore) {
  TelemetryQueue queue(1'000, 256);
  EXPECT_FALSE(queue.push(std::string(257, 'x')));
  EXPECT_FALSE(queue.push(std::string(253, 'x'))) << "with its size it does not fit";
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(text_of(i, 60))) << i;
  EXPECT_FALSE(queue.push("")) << "exactly full";
  queue.pop();
  EXPECT_FALSE(queue.push(std::string(61, 'x'))) << "one byte too many";
  EXPECT_TRUE(queue.push(std::string(60, 'x')));
}

// Every size against every place in the ring, which includes each way of not fitting at its end.
TEST(TelemetryQueue, GivesBackWhatWentInAtEveryPlace) {
  for (std::size_t size = 0; size <= 60; ++size) {
    TelemetryQueue queue(100, 256);
    for (int i = 0; i < 26; ++i) {
      ASSERT_TRUE(queue.push(text_of(i, size)));
      ASSERT_TRUE(queue.push(text_of(i, static_cast<std::size_t>(i)))) << size;
      ASSERT_EQ(queue.front(), text_of(i, size));
      queue.pop();
      ASSERT_EQ(queue.front(), text_of(i, static_cast<std::size_t>(i)));
      queue.pop();
      ASSERT_FALSE(queue.front());
    }
  }
}

TEST(TelemetryQueue, JoinsPartsAndLeavesRoom) {
  TelemetryQueue queue(100, 256);
  const std::string_view parts[] = {"ab", "", "cde"};
  EXPECT_TRUE(queue.push(parts));
  EXPECT_EQ(queue.front(), "abcde");
  EXPECT_FALSE(queue.push(parts, 240)) << "16 of 256 are taken, 16 more would leave 224";
  EXPECT_TRUE(queue.push(parts, 224));
  queue.pop();
  EXPECT_EQ(queue.front(), "abcde");
}

TEST(TelemetryQueue, SaysWhenAQuarterIsTaken) {
  TelemetryQueue bytes(1'000, 256), records(8, 1'024 * 1'024);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(bytes.is_filling()) << i;
    ASSERT_TRUE(bytes.push("twelve bytes"));
  }
  EXPECT_FALSE(bytes.is_filling());
  ASSERT_TRUE(bytes.push(""));
  EXPECT_TRUE(bytes.is_filling());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(records.is_filling());
    ASSERT_TRUE(records.push("x"));
  }
  EXPECT_TRUE(records.is_filling());
  ASSERT_TRUE(records.front());
  records.pop();
  EXPECT_FALSE(records.is_filling());
}

TEST(WakeUp, EndsTheRestThatFollowsACall) {
  WakeUp wake_up;
  wake_up.call();
  wake_up.call();
  wake_up.rest(std::chrono::hours(1));
  wake_up.rest(std::chrono::milliseconds(0));  // one ring for all calls
  std::thread caller([&] { wake_up.call(); });
  wake_up.rest(std::chrono::hours(1));
  caller.join();
}

TEST(TelemetryQueue, KeepsOrderBetweenTwoThreads) {
  constexpr int kCount = 200'000;
  TelemetryQueue queue(7, 128);
  std::thread producer([&] {
    for (int i = 0; i < kCount;) {
      if (queue.push(std::to_string(i) + std::string(static_cast<std::size_t>(i % 40), '.'))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  int next = 0;
  bool ordered = true;
  while (next < kCount) {
    if (const auto text = queue.front()) {
      ordered = ordered && *text == std::to_string(next) +
                                        std::string(static_cast<std::size_t>(next % 40), '.');
      ++next;
      queue.pop();
    } else {
      std::this_thread::yield();
    }
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

}  // namespace
}  // namespace smartroute::sync
