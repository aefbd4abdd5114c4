#include "tools/cli/record_text.hpp"

#include <gmock/gmock.h>

#include "smartroute/v1/admin.pb.h"

namespace smartroute::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::RequestRecord good_record() {
  v1::RequestRecord record;
  record.set_request_id("req_1");
  record.set_record_id("0abc");
  record.set_received_us(1'700'000'000'000'000);
  record.set_routed_us(1'700'000'000'000'400);
  record.set_upstream_called_us(1'700'000'000'000'500);
  record.set_first_byte_us(1'700'000'000'250'000);
  record.set_completed_us(1'700'000'001'234'567);
  record.set_endpoint("chat_completions");
  record.set_requested_model("auto");
  record.set_tier("t1");
  record.set_mode("keyword");
  record.set_reason("keyword:hello");
  record.set_confidence(0.9);
  record.set_model("p/good");
  record.set_status(200);
  record.set_ending("completed");
  record.set_key_id("cafe");
  record.set_key_name("the shop");
  record.set_category("chat");
  record.set_preview("hello\nthere");
  auto& failed = *record.add_attempts();
  failed.set_model("p/bad");
  failed.set_outcome("rate_limited");
  failed.set_status(429);
  failed.set_started_us(1'700'000'000'000'500);
  failed.set_duration_us(120'000);
  auto& answered = *record.add_attempts();
  answered.set_model("p/good");
  answered.set_outcome("answered");
  answered.set_waited_ms(100);
  record.mutable_prompt_tokens()->set_count(812);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_UPSTREAM);
  record.mutable_completion_tokens()->set_count(64);
  record.mutable_completion_tokens()->set_source(v1::TokenCount::SOURCE_ESTIMATE);
  record.mutable_token_details()->set_cached(512);
  record.mutable_cost()->set_nano_usd(160'400);
  record.mutable_cost()->set_t3_nano_usd(2'160'400);
  record.mutable_cost()->set_t3_model("p/large");
  record.mutable_cost()->mutable_price()->set_input(150'000'000);
  record.mutable_cost()->mutable_price()->set_source("config");
  record.set_request_body(R"({"model":"auto","messages":[]})");
  record.set_response_body("cut off {");
  record.set_response_cut(true);
  return record;
}

v1::RequestRecord failed_record() {
  v1::RequestRecord record;
  record.set_received_us(1'700'000'000'000'000);
  record.set_requested_model("gpt-x");
  record.set_status(502);
  record.set_error_kind("upstream_timeout");
  record.set_error("no \x1b[1manswer");
  record.mutable_prompt_tokens()->set_count(3);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_LOCAL);
  return record;
}

TEST(RecordsText, IsATableOfRequests) {
  admin::v1::ListRecordsResponse said;
  *said.add_records() = good_record();
  *said.add_records() = failed_record();
  EXPECT_EQ(records_text(said.records()),
            "TIME (UTC)      STATUS  TIER  MODEL                               MS         IN/OUT        COST  PREVIEW\n"
            "11-14 22:13:20     200  t1    p/good +1                         1235        812/~64  $0.0001604  hello there\n"
            "11-14 22:13:20     502  -     (gpt-x)                              -           3*/-           -  ! upstream_timeout: no  [1manswer\n" +
                std::string(kTokenLegend) + "\n");
  EXPECT_EQ(record_heading() + record_line(good_record()),
            "TIME (UTC)      STATUS  TIER  MODEL                               MS         IN/OUT        COST  PREVIEW\n"
            "11-14 22:13:20     200  t1    p/good +1                         1235        812/~64  $0.0001604  hello there\n");
}

TEST(RecordsText, SaysThatThereIsNothing) { EXPECT_EQ(records_text(admin::v1::ListRecordsResponse().records()), "no records\n"); }

TEST(RecordText, TellsARequestFromBeginningToEnd) {
  const std::string text = record_text(good_record());
  for (const char* part :
       {"req_1  (record 0abc)", "2023-11-14 22:13:20.000000 UTC", "auto, chat", "by p/good, status 200, completed", "the shop (cafe)",
        "t1 by keyword, confidence 0.90", "routed           +0.400 ms", "upstream called  +0.500 ms", "first byte       +250.000 ms",
        "completed        +1234.567 ms", "1. p/bad  rate_limited 429  at +0.5 ms  took 120 ms", "2. p/good  answered", "after a wait of 100 ms",
        "in 812 (said by the provider), out 64 (estimated)", "512 cached", "$0.15 in a million tokens, by config", "$0.0001604",
        "$0.0021604 by p/large, saved $0.002", "request body (30 bytes)\n{\n  \"model\"", "response body (9 bytes, cut)\ncut off {"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("error ")));
}

TEST(RecordText, SaysUnknownWhereNothingIsKnown) {
  v1::RequestRecord record = failed_record();
  record.mutable_cost();
  const std::string text = record_text(record);
  for (const char* part : {"by nobody, status 502", "upstream_timeout: no  [1manswer", "out unknown", "cost          unknown", "completed        -"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("body (")));
}

}  // namespace
}  // namespace smartroute::cli
