#include "dataplane/core/accounting/record.hpp"

#include <gtest/gtest.h>

#include <set>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

Record full_record() {
  Record record;
  record.request_id = "req-1";
  record.received_us = 1;
  record.routed_us = 2;
  record.upstream_called_us = 3;
  record.first_byte_us = 4;
  record.completed_us = 5;
  record.endpoint = "chat_completions";
  record.requested_model = "auto";
  record.streaming = true;
  record.tier = "t2";
  record.mode = "keyword";
  record.reason = "keyword:prove";
  record.confidence = 0.75;
  record.attempts.push_back(
      {"openai", "openai/gpt-4o", "connect_failed", 0, "refused", 6, 7, false});
  record.attempts.push_back({"deepseek", "deepseek/chat", "answered", 200, "", 8, 9, true});
  record.model = "deepseek/chat";
  record.provider = "deepseek";
  record.status = 200;
  record.ending = Ending::Completed;
  record.error = "none";
  record.tokens = TokenUse{10, 11};
  record.key_id = "01234567";
  record.config_revision = 12;
  record.request_bytes = 13;
  record.response_bytes = 14;
  record.overhead_us = 15;
  record.client_address = "127.0.0.1";
  return record;
}

TEST(Ending, NamesAreUnique) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Ending::kCount); ++i)
    EXPECT_TRUE(names.insert(name_of(static_cast<Ending>(i))).second);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(ToMessage, CarriesEveryField) {
  v1::RequestRecord message;
  to_message(full_record(), message);
  // A field that is added to the message and forgotten here shows up as unset.
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    EXPECT_TRUE(field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                     : reflection->HasField(message, field))
        << field->name();
  }
  EXPECT_EQ(message.ending(), "completed");
  EXPECT_EQ(message.tier(), "t2");
  EXPECT_EQ(message.endpoint(), "chat_completions");
  EXPECT_EQ(message.completed_us(), 5);
  ASSERT_EQ(message.attempts_size(), 2);
  EXPECT_EQ(message.attempts(0).outcome(), "connect_failed");
  EXPECT_EQ(message.attempts(0).reason(), "refused");
  EXPECT_EQ(message.attempts(0).started_us(), 6);
  EXPECT_EQ(message.attempts(1).status(), 200);
  EXPECT_EQ(message.attempts(1).duration_us(), 9u);
  EXPECT_TRUE(message.attempts(1).reused_connection());
  EXPECT_EQ(message.prompt_tokens().count(), 10u);
  EXPECT_EQ(message.completion_tokens().count(), 11u);
  EXPECT_EQ(message.completion_tokens().source(), v1::TokenCount::SOURCE_UPSTREAM);
}

TEST(ToMessage, UnknownTokensAreAbsentAndZeroTokensArePresent) {
  Record record = full_record();
  record.tokens.reset();
  v1::RequestRecord message;
  to_message(record, message);
  EXPECT_FALSE(message.has_prompt_tokens());
  EXPECT_FALSE(message.has_completion_tokens());
  record.tokens = TokenUse{0, 0};
  to_message(record, message);
  EXPECT_TRUE(message.has_prompt_tokens());
  EXPECT_EQ(message.prompt_tokens().source(), v1::TokenCount::SOURCE_UPSTREAM);
}

TEST(ToMessage, LeavesNothingOfTheRecordBefore) {
  v1::RequestRecord message;
  to_message(full_record(), message);
  to_message(Record{}, message);
  EXPECT_EQ(message.attempts_size(), 0);
  EXPECT_TRUE(message.request_id().empty());
  EXPECT_EQ(message.ending(), "rejected_by_gateway");
}

}  // namespace
}  // namespace smartroute::accounting
