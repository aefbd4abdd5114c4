#include "controlplane/terminal/request_line.hpp"

#include <gtest/gtest.h>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::terminal {
namespace {

v1::RequestRecord answered() {
  v1::RequestRecord record;
  record.set_request_id("r1");
  record.set_received_us(1'000'000);
  record.set_completed_us(2'234'000);
  record.set_endpoint("chat_completions");
  record.set_tier("t2");
  record.set_model("openai/gpt-4.1");
  record.set_status(200);
  record.set_ending("completed");
  record.mutable_prompt_tokens()->set_count(153);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_completion_tokens()->set_count(402);
  record.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_cost()->set_nano_usd(3'100'000);
  record.set_preview("how do I\nwrite a test");
  record.add_attempts()->set_outcome("ok");
  return record;
}

TEST(RequestLine, SaysWhatWasAskedAndWhatCameOfIt) {
  const Line line = line_of(answered());
  EXPECT_EQ(line.text,
            "1.2 s 153+402 tokens $0.0031 \"how do I write a test\"");
  EXPECT_EQ(line.level, "info");
  EXPECT_EQ(line.at_us, 2'234'000);
  EXPECT_TRUE(line.request);
  EXPECT_EQ(line.tier, "t2");
  EXPECT_EQ(line.model, "openai/gpt-4.1");
  EXPECT_EQ(line.status, 200);
  EXPECT_EQ(line.request_id, "r1");
}

TEST(RequestLine, NamesWhyOthersWereTriedFirst) {
  auto record = answered();
  record.clear_attempts();
  for (const char* outcome : {"rate_limited", "timeout", "rate_limited", "ok"})
    record.add_attempts()->set_outcome(outcome);
  const Line line = line_of(record);
  EXPECT_NE(line.text.find("after 3 retries (rate_limited, timeout) \"how"), std::string::npos)
      << line.text;
  EXPECT_EQ(line.level, "warn");
}

TEST(RequestLine, WhatIsUnknownIsNotMadeUp) {
  v1::RequestRecord record;
  record.set_endpoint("other");
  record.set_received_us(5);
  const Line line = line_of(record);
  EXPECT_EQ(line.text, "other");
  EXPECT_EQ(line.at_us, 5);
  auto estimated = answered();
  estimated.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_ESTIMATE);
  estimated.clear_completion_tokens();
  estimated.clear_cost();
  EXPECT_NE(line_of(estimated).text.find(" ~153+? tokens \""), std::string::npos);
}

TEST(RequestLine, Levels) {
  const struct {
    const char* name;
    int status;
    const char* error_kind;
    const char* ending;
    int attempts;
    std::uint32_t restarts;
    const char* level;
  } rows[] = {{"success", 200, "", "completed", 1, 0, "info"},
              {"without [DONE]", 200, "", "completed_no_done", 1, 0, "info"},
              {"retried", 200, "", "completed", 2, 0, "warn"},
              {"began anew", 200, "", "completed", 1, 1, "warn"},
              {"broken", 200, "broken_stream", "broken_stream", 1, 0, "warn"},
              {"client left", 200, "", "client_gone", 1, 0, "warn"},
              {"client left early", 0, "client_gone", "client_gone", 0, 0, "warn"},
              {"refused", 401, "invalid_api_key", "rejected_by_gateway", 0, 0, "warn"},
              {"nobody answered", 502, "upstream", "upstream_error", 3, 0, "error"},
              {"nothing sent", 0, "timeout", "upstream_error", 1, 0, "error"}};
  for (const auto& row : rows) {
    auto record = answered();
    record.set_status(row.status);
    record.set_error_kind(row.error_kind);
    record.set_ending(row.ending);
    record.clear_attempts();
    for (int i = 0; i < row.attempts; ++i) record.add_attempts();
    record.set_restarts(row.restarts);
    EXPECT_EQ(line_of(record).level, row.level) << row.name;
  }
}

TEST(RequestLine, ErrorsAndTimesAndCosts) {
  auto record = answered();
  record.set_error_kind("no_healthy_upstream");
  record.set_error("nobody\x1b answered");
  record.set_status(503);
  record.clear_model();
  record.set_requested_model("auto");
  record.set_completed_us(record.received_us() + 4'321);
  record.mutable_cost()->set_nano_usd(2'000'000'000);
  record.clear_preview();
  EXPECT_EQ(line_of(record).text,
            "(auto) 4.3 ms 153+402 tokens $2.00 no_healthy_upstream: "
            "nobody  answered");
}

}  // namespace
}  // namespace smartroute::control::terminal
