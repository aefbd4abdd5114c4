#include "dataplane/core/admission/load_gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "dataplane/core/admission/key_ring.hpp"

namespace smartroute::admission {
namespace {

using namespace std::chrono_literals;

class LoadGateTest : public ::testing::Test {
 protected:
  std::optional<Refusal> enter(KeyLoad& key, std::uint64_t bytes = 0) {
    LoadTicket ticket;
    const auto why = gate.enter(key, bytes, now, limits, ticket);
    if (!why) inside.push_back(std::move(ticket));
    return why;
  }
  // How many of `wanted` got in.
  int fill(KeyLoad& key, int wanted, std::uint64_t bytes = 0) {
    int got = 0;
    for (int i = 0; i < wanted; ++i) got += enter(key, bytes) ? 0 : 1;
    return got;
  }
  void expect_empty() {
    inside.clear();
    EXPECT_EQ(gate.streams(), 0);
    EXPECT_EQ(gate.body_bytes(), 0);
    EXPECT_EQ(gate.answer_bytes(), 0);
    EXPECT_EQ(gate.copied_bytes(), 0);
    EXPECT_EQ(gate.active_keys(), 0);
    for (const KeyLoad* key : {&a, &b, &c}) {
      EXPECT_EQ(key->streams(), 0);
      EXPECT_EQ(key->body_bytes(), 0);
    }
  }

  MemoryPressure pressure;
  LoadGate gate{pressure};
  KeyLoad a, b, c;
  SteadyTime now{1h};
  config::Limits limits;
  std::vector<LoadTicket> inside;
};

TEST_F(LoadGateTest, TakesNoMoreStreamsThanTheWholeMayHave) {
  limits.max_streams = 10;
  EXPECT_EQ(fill(a, 20), 10) << "a key alone may use all";
  EXPECT_EQ(enter(b), Refusal::Streams);
  EXPECT_EQ(gate.streams(), 10);
  inside.pop_back();
  EXPECT_FALSE(enter(b));
  expect_empty();
}

TEST_F(LoadGateTest, TakesNoMoreStreamsThanAKeyMayHave) {
  limits.max_streams = 10;
  limits.max_streams_per_key = 3;
  EXPECT_EQ(fill(a, 5), 3);
  EXPECT_EQ(enter(a), Refusal::KeyStreams);
  EXPECT_EQ(fill(b, 5), 3) << "a cap of the key does not touch another";
  inside.erase(inside.begin());
  EXPECT_FALSE(enter(a));
  expect_empty();
}

TEST_F(LoadGateTest, LetsNobodyHaveMoreThanItsShareOnceItIsNearlyFull) {
  limits.max_streams = 100;
  ASSERT_EQ(fill(b, 1), 1);
  EXPECT_EQ(fill(a, 200), 74) << "three quarters are anybody's";
  EXPECT_EQ(enter(a), Refusal::KeyStreams);
  EXPECT_EQ(fill(b, 200), 25) << "what is left is for the other";
  EXPECT_EQ(enter(b), Refusal::Streams);
  expect_empty();
}

TEST_F(LoadGateTest, SharesAmongAllKeysThatHaveSomethingInFlight) {
  limits.max_streams = 100;
  ASSERT_EQ(fill(b, 1) + fill(c, 1), 2);
  EXPECT_EQ(fill(a, 100), 73);
  EXPECT_EQ(fill(b, 100), 25);
  EXPECT_EQ(enter(c), Refusal::Streams) << "full";
  inside.pop_back();                       // one of b's
  EXPECT_FALSE(enter(c)) << "below its third";
  EXPECT_EQ(enter(a), Refusal::KeyStreams);
  expect_empty();
}

TEST_F(LoadGateTest, KeepsWhatComesFreeForAKeyThatFoundNoRoom) {
  limits.max_streams = 10;
  ASSERT_EQ(fill(a, 10), 10);
  ASSERT_EQ(enter(b), Refusal::Streams);
  inside.pop_back();
  EXPECT_EQ(enter(a), Refusal::KeyStreams) << "it has more than half, and somebody waits";
  EXPECT_FALSE(enter(b));
  inside.pop_back();
  EXPECT_FALSE(enter(a)) << "it came and went";
  // Who never comes back is not waited for.
  ASSERT_EQ(enter(b), Refusal::Streams);
  inside.pop_back();
  EXPECT_EQ(enter(a), Refusal::KeyStreams);
  now += LoadGate::kContends;
  EXPECT_FALSE(enter(a));
  expect_empty();
}

TEST_F(LoadGateTest, TakesNoMoreBodyBytesThanTheWholeMayHave) {
  limits.max_inflight_body_bytes = 1'000;
  EXPECT_FALSE(enter(a, 600));
  EXPECT_EQ(enter(a, 401), Refusal::BodyBytes);
  EXPECT_EQ(gate.streams(), 1) << "who was refused for its body has no stream either";
  EXPECT_FALSE(enter(a, 400));
  EXPECT_EQ(enter(b, 1), Refusal::BodyBytes);
  EXPECT_FALSE(enter(b, 0)) << "its length is not known yet";
  EXPECT_EQ(inside.back().add_body(1, now, limits), Refusal::BodyBytes);
  EXPECT_EQ(inside.back().body_bytes(), 0u);
  expect_empty();
}

TEST_F(LoadGateTest, TakesNoMoreBodyBytesThanAKeyMayHave) {
  limits.max_inflight_body_bytes = 1'000;
  limits.max_inflight_body_bytes_per_key = 300;
  EXPECT_FALSE(enter(a, 300));
  EXPECT_EQ(enter(a, 1), Refusal::KeyBodyBytes);
  EXPECT_FALSE(enter(b, 200));
  EXPECT_EQ(inside.back().add_body(101, now, limits), Refusal::KeyBodyBytes);
  EXPECT_FALSE(inside.back().add_body(100, now, limits));
  EXPECT_EQ(b.body_bytes(), 300);
  expect_empty();
}

TEST_F(LoadGateTest, RefusesAKeyWithItsShareOfBytesButNotOneWithNone) {
  limits.max_inflight_body_bytes = 1'000;
  ASSERT_FALSE(enter(b, 10));
  EXPECT_EQ(fill(a, 10, 100), 7) << "up to three quarters of the whole";
  EXPECT_EQ(enter(a, 100), Refusal::KeyBodyBytes);
  EXPECT_FALSE(enter(c, 150)) << "however large, while the whole has room";
  expect_empty();
}

TEST_F(LoadGateTest, RefusesEverybodyWhileMemoryIsCritical) {
  pressure.take(96, 100);
  EXPECT_FALSE(enter(a)) << "tight is not critical";
  pressure.take(98, 100);
  EXPECT_EQ(enter(a), Refusal::Memory);
  EXPECT_EQ(gate.streams(), 1);
  pressure.take(50, 100);
  EXPECT_FALSE(enter(a));
  expect_empty();
}

TEST_F(LoadGateTest, HoldsAnswersUpToTheLimitOfBodies) {
  limits.max_inflight_body_bytes = 1'000;
  ASSERT_FALSE(enter(a, 900));
  ASSERT_FALSE(enter(b));
  EXPECT_TRUE(inside[0].hold_answer(600, limits)) << "answers and bodies are counted apart";
  EXPECT_TRUE(inside[0].hold_answer(200, limits));
  EXPECT_FALSE(inside[1].hold_answer(201, limits));
  EXPECT_EQ(inside[1].answer_bytes(), 0u);
  inside[0].release_answer();
  EXPECT_TRUE(inside[1].hold_answer(1'000, limits));
  EXPECT_EQ(gate.answer_bytes(), 1'000);
  EXPECT_EQ(inside[0].body_bytes(), 900u);
  LoadTicket none;
  EXPECT_FALSE(none.hold_answer(1, limits));
  expect_empty();
}

TEST_F(LoadGateTest, CopiesForTheLogHaveAShareAndAreNotMadeInNeed) {
  limits.max_inflight_body_bytes = 1'000;
  ASSERT_FALSE(enter(a, 900));
  ASSERT_FALSE(enter(b));
  EXPECT_TRUE(inside[0].hold_copy(200, limits)) << "bodies are counted apart";
  EXPECT_FALSE(inside[1].hold_copy(51, limits));
  EXPECT_TRUE(inside[1].hold_copy(50, limits));
  inside[0].release_body();
  EXPECT_EQ(gate.copied_bytes(), 250) << "they stay to the end of the request";
  inside[0].release();
  EXPECT_EQ(gate.copied_bytes(), 50);
  (void)pressure.take(96, 100);
  EXPECT_FALSE(inside[1].hold_copy(1, limits));
  LoadTicket none;
  EXPECT_FALSE(none.hold_copy(1, limits));
  expect_empty();
}

TEST_F(LoadGateTest, TicketsGiveBackOnceWhateverBecomesOfThem) {
  ASSERT_FALSE(enter(a, 5));
  ASSERT_FALSE(enter(b, 7));
  ASSERT_TRUE(inside[0].hold_copy(3, limits));
  LoadTicket moved = std::move(inside[0]);
  EXPECT_FALSE(inside[0].holds());
  EXPECT_EQ(gate.streams(), 2);
  moved.release_body();
  moved.release_body();
  EXPECT_EQ(gate.body_bytes(), 7);
  moved.release();
  moved.release();
  EXPECT_EQ(gate.streams(), 1);
  moved = std::move(inside[1]);
  moved = LoadTicket();
  EXPECT_EQ(gate.streams(), 0);
  EXPECT_FALSE(moved.add_body(5, now, limits)) << "nothing to count for, nothing counted";
  expect_empty();
}

TEST_F(LoadGateTest, IsNeverOverFullAndEndsAtZeroUnderManyThreads) {
  limits.max_streams = 8;
  limits.max_inflight_body_bytes = 1'000;
  std::atomic<std::int64_t> now_in{0}, worst{0};
  std::vector<std::thread> threads;
  for (KeyLoad* key : {&a, &a, &b, &c})
    threads.emplace_back([&, key] {
      for (int i = 0; i < 20'000; ++i) {
        LoadTicket ticket;
        if (gate.enter(*key, 100, now, limits, ticket)) continue;
        const auto in = now_in.fetch_add(1) + 1;
        if (in > worst.load()) worst.store(in);
        (void)ticket.add_body(50, now, limits);
        (void)ticket.hold_answer(10, limits);
        (void)ticket.hold_copy(10, limits);
        now_in.fetch_sub(1);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_GT(worst.load(), 0);
  EXPECT_LE(worst.load(), 8);
  expect_empty();
}

TEST(KeyLoads, KeepWhatIsInUseAndForgetTheRest) {
  KeyLoads loads;
  std::array<std::uint8_t, 16> seed{};
  std::vector<Secret> one, two;
  one.emplace_back("sk-one");
  two.emplace_back("sk-one");
  two.emplace_back("sk-two");
  auto before = std::make_unique<KeyRing>(one, seed, &loads);
  auto after = std::make_unique<KeyRing>(two, seed, &loads);
  EXPECT_EQ(before->find("sk-one")->load, after->find("sk-one")->load) << "a config change forgets nothing";
  EXPECT_NE(after->find("sk-one")->load, after->find("sk-two")->load);
  EXPECT_EQ(&before->keyless(), &after->keyless());
  EXPECT_EQ(loads.size(), 3u);
  after.reset();
  loads.forget_unused();
  EXPECT_EQ(loads.size(), 2u);
  // Without a registry each ring has its own.
  const KeyRing alone(one, seed);
  EXPECT_NE(alone.find("sk-one")->load, before->find("sk-one")->load);
}

}  // namespace
}  // namespace smartroute::admission
