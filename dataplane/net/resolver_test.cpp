#include "dataplane/net/resolver.hpp"

#include <gtest/gtest.h>

#include <future>

namespace smartroute::net {
namespace {

Result<Addresses> ask(Resolver& resolver, const std::string& host) {
  std::promise<Result<Addresses>> promise;
  resolver.resolve(host, [&promise](Result<Addresses> answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

TEST(CaresResolver, KnowsLocalhostAndRemembersItForItsTime) {
  FakeClock clock;
  const auto resolver = make_cares_resolver(clock);
  EXPECT_FALSE(resolver->cached("localhost").has_value());
  const auto answer = ask(*resolver, "localhost");
  ASSERT_TRUE(answer.has_value());
  ASSERT_FALSE((*answer)->empty());
  for (const auto& address : **answer) EXPECT_TRUE(address.is_loopback());
  EXPECT_TRUE(resolver->cached("localhost").has_value());
  clock.advance(std::chrono::hours(2));
  EXPECT_FALSE(resolver->cached("localhost").has_value());
}

TEST(CaresResolver, ServesAStaleAnswerWhileItAsksAgain) {
  FakeClock clock;
  const auto resolver = make_cares_resolver(clock);
  ASSERT_TRUE(ask(*resolver, "localhost").has_value());
  clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(resolver->cached("localhost").has_value());
}

TEST(CaresResolver, StopsPromptlyWithQuestionsOpen) {
  FakeClock clock;
  auto resolver = make_cares_resolver(clock);
  for (int i = 0; i < 20; ++i) resolver->resolve("name" + std::to_string(i) + ".invalid", [](Result<Addresses>) {});
  resolver.reset();
  SUCCEED();
}

}  // namespace
}  // namespace smartroute::net
