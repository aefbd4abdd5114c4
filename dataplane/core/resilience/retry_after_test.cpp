#include "dataplane/core/resilience/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace smartroute::resilience {
namespace {

using namespace std::chrono_literals;
using config::Millis;

// Wed, 15 Nov 2023 22:13:20 UTC is 1'700'086'400 seconds after 1970.
const WallTime kNow{std::chrono::seconds(1'700'086'400)};
const std::optional<Millis> kNothing = std::nullopt;

std::optional<Millis> after_ms(std::string_view value) { return asked_wait({.retry_after_ms = value}, kNow); }
std::optional<Millis> after(std::string_view value) { return asked_wait({.retry_after = value}, kNow); }
std::optional<Millis> reset(std::string_view value) { return asked_wait({.reset = value}, kNow); }

TEST(RetryAfter, ReadsMilliseconds) {
  struct Row {
    const char* value;
    std::optional<Millis> wait;
  };
  const Row rows[] = {
      {"1500", 1500ms},  {"0", 0ms},          {"0.0", 0ms},        {"1500.5", 1501ms},   {" 7\t", 7ms},        {"", kNothing},
      {"-1", kNothing},  {"1e3", kNothing},   {"0x10", kNothing},  {"NaN", kNothing},    {"inf", kNothing},    {"soon", kNothing},
      {"1,5", kNothing}, {"1500ms", kNothing}, {"1 500", kNothing}, {".5", kNothing},     {"5.", kNothing},     {"+5", kNothing},
      {"315360000000", Millis(315'360'000'000)},                    {"315360000001", kNothing},
      {"9999999999999999999999999", kNothing},
  };
  for (const Row& row : rows) EXPECT_EQ(after_ms(row.value), row.wait) << '"' << row.value << '"';
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  struct Row {
    const char* value;
    std::optional<Millis> wait;
  };
  const Row rows[] = {
      {"2", 2s},
      {"0", 0ms},
      {"0.5", 500ms},
      {"0.0001", 1ms},  // rounded up
      {"1.0000000000000000000001", 1s},
      {"120", 120s},
      {" 3 ", 3s},
      {"000000000000002", 2s},
      {"315360000", Millis(315'360'000'000)},
      {"315360001", kNothing},
      {"999999999", kNothing},
      {"1700086410", 10s},    // a time since 1970
      {"1700086399", 0ms},    // ... that has passed
      {"1700086410500", 10'500ms},
      {"99999999999", kNothing},  // the year 5138
      {"9999999999999999", kNothing},
      {"Wed, 15 Nov 2023 22:14:20 GMT", 60s},
      {"Wednesday, 15-Nov-23 22:14:20 GMT", 60s},
      {"Wed Nov 15 22:14:20 2023", 60s},
      {"Wed, 15 Nov 2023 22:13:20 GMT", 0ms},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 0ms},
      {"Wed, 15 Nov 2034 22:14:20 GMT", kNothing},
      {"Fri, 31 Dec 9999 23:59:59 GMT", kNothing},
      {"Wed, 31 Nov 2023 22:14:20 GMT", kNothing},
      {"-2", kNothing},
      {"2s", kNothing},  // no such form of this header
      {"NaN", kNothing},
      {"Infinity", kNothing},
      {"1e400", kNothing},
      {"soon", kNothing},
      {"2, 3", kNothing},
      {"\xff\xfe", kNothing},
      {"", kNothing},
  };
  for (const Row& row : rows) EXPECT_EQ(after(row.value), row.wait) << '"' << row.value << '"';
}

TEST(RetryAfter, ReadsResetsAsDurationsSecondsOrTimesSince1970) {
  struct Row {
    const char* value;
    std::optional<Millis> wait;
  };
  const Row rows[] = {
      {"1s", 1s},
      {"6m0s", 6min},
      {"250ms", 250ms},
      {"8.64s", 8640ms},
      {"1h2m3.5s", 1h + 2min + 3500ms},
      {"1d", 24h},
      {"2m59.56s", 2min + 59'560ms},
      {"0s", 0ms},
      {"500us", 1ms},
      {"500\xc2\xb5s", 1ms},
      {"1ns", 1ms},
      {"33", 33s},
      {"33.0", 33s},
      {"1700086460", 60s},
      {"1700086460000", 60s},
      {"0s1m", kNothing},  // units from long to short
      {"1s1s", kNothing},
      {"1s2", kNothing},
      {"1x", kNothing},
      {"s", kNothing},
      {"1.s", kNothing},
      {"-1s", kNothing},
      {"1h-2m", kNothing},
      {"1 s", kNothing},
      {"999999999999999d", kNothing},
      {"9999999999999999s", kNothing},
      {"87600h", Millis(315'360'000'000)},
      {"87600h1ms", kNothing},
      {"Wed, 15 Nov 2023 22:14:20 GMT", kNothing},
  };
  for (const Row& row : rows) EXPECT_EQ(reset(row.value), row.wait) << '"' << row.value << '"';
}

TEST(RetryAfter, LooksWhereTheSdksLookInTheirOrder) {
  RetryHeaders headers{.retry_after_ms = "100", .retry_after = "2", .reset = "3s"};
  EXPECT_EQ(asked_wait(headers, kNow), Millis(100));
  headers.retry_after_ms = "never";
  EXPECT_EQ(asked_wait(headers, kNow), Millis(2s));
  headers.retry_after = "-1";
  EXPECT_EQ(asked_wait(headers, kNow), Millis(3s));
  headers.reset = {};
  EXPECT_EQ(asked_wait(headers, kNow), kNothing);
  EXPECT_EQ(asked_wait({}, kNow), kNothing);
}

TEST(RetryAfter, OfSeveralResetsThoseOfUsedUpLimitsCount) {
  struct Row {
    const char* name;
    RetryHeaders headers;
    std::optional<Millis> wait;
  };
  const Row rows[] = {
      {"the longest of what is used up",
       {.reset_requests = "1s", .reset_tokens = "6m0s", .remaining_requests = "0", .remaining_tokens = "0"}, 6min},
      {"tokens are used up, requests are not",
       {.reset_requests = "1h", .reset_tokens = "6s", .remaining_requests = "99", .remaining_tokens = "0"}, 6s},
      {"requests are used up, tokens unknown", {.reset_requests = "1h", .reset_tokens = "6s", .remaining_requests = "0"}, 1h},
      {"nothing is known: the shortest", {.reset_requests = "1h", .reset_tokens = "6s", .reset = "5m"}, 6s},
      {"nothing is used up", {.reset_requests = "1h", .reset_tokens = "6s", .remaining_requests = "9", .remaining_tokens = "1"}, kNothing},
      {"nothing is used up but of another limit",
       {.reset_requests = "1h", .reset_tokens = "6s", .reset = "7s", .remaining_requests = "9", .remaining_tokens = "1"}, 7s},
      {"overdrawn", {.reset_tokens = "6s", .reset = "1s", .remaining_tokens = "-250"}, 6s},
      {"remaining in words", {.reset_tokens = "6s", .remaining_tokens = "none"}, 6s},
      {"a reset that cannot be read", {.reset_requests = "later", .reset_tokens = "6s", .remaining_requests = "0"}, 6s},
      {"zero with a point", {.reset_tokens = "6s", .reset = "1s", .remaining_tokens = "0.0"}, 6s},
  };
  for (const Row& row : rows) EXPECT_EQ(asked_wait(row.headers, kNow), row.wait) << row.name;
}

}  // namespace
}  // namespace smartroute::resilience
