#include "dataplane/core/accounting/record_redaction.hpp"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>

#include "dataplane/core/accounting/key_samples.hpp"
#include "dataplane/core/accounting/record_encoder.hpp"
#include "dataplane/core/classify/ask_ends.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

v1::RequestRecord cleaned(const v1::RequestRecord& record, const Redactor& redactor = Redactor()) {
  const std::string bytes = record.SerializeAsString();
  std::string room;
  const auto clean = clean_record(bytes, redactor, room);
  v1::RequestRecord out;
  EXPECT_TRUE(out.ParseFromArray(clean.text.data(), static_cast<int>(clean.text.size())));
  return out;
}

// `text` in every string of the message, one in each list.
void fill(google::protobuf::Message& message, const std::string& text) {
  const auto& fields = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto* field = fields.field(i);
    if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
      field->is_repeated() ? reflection.AddString(&message, field, text) : reflection.SetString(&message, field, text);
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      fill(*(field->is_repeated() ? reflection.AddMessage(&message, field) : reflection.MutableMessage(&message, field)), text);
    }
  }
}

TEST(RecordRedaction, NoKeyOfAnyShapeStaysInAnyField) {
  for (const KeySample& sample : key_samples()) {
    v1::RequestRecord record;
    fill(record, "before " + sample.key + " after");
    record.mutable_cost()->Clear();   // names of the configuration
    v1::RequestRecord expected = record;
    const v1::RequestRecord out = cleaned(record);
    EXPECT_EQ(out.SerializeAsString().find(sample.key), std::string::npos) << sample.name;
    EXPECT_EQ(out.route().input().ask(), "before [redacted] after") << sample.name;
    EXPECT_EQ(out.attempts(0).reason(), "before [redacted] after") << sample.name;
  }
}

TEST(RecordRedaction, FindsAKeyInEachFieldByItself) {
  const std::string key = key_samples()[0].key;
  v1::RequestRecord fields;
  const auto put = [&key](std::string* text) { *text = "x " + key; };
  const std::pair<const char*, std::function<void(v1::RequestRecord&)>> rows[] = {
      {"error", [&](auto& r) { put(r.mutable_error()); }},
      {"reason", [&](auto& r) { put(r.mutable_reason()); }},
      {"preview", [&](auto& r) { put(r.mutable_preview()); }},
      {"requested_model", [&](auto& r) { put(r.mutable_requested_model()); }},
      {"request_id", [&](auto& r) { put(r.mutable_request_id()); }},
      {"attempt reason", [&](auto& r) { r.add_attempts(); put(r.add_attempts()->mutable_reason()); }},
      {"ask", [&](auto& r) { put(r.mutable_route()->mutable_input()->mutable_ask()); }},
      {"system", [&](auto& r) { put(r.mutable_route()->mutable_input()->mutable_system()); }},
      {"rule", [&](auto& r) { put(r.mutable_route()->add_rules()); }},
      {"note", [&](auto& r) { put(r.mutable_route()->add_candidates()->mutable_note()); }},
      {"answered_as", [&](auto& r) { put(r.mutable_answered_as()); }}};
  for (const auto& [name, set] : rows) {
    v1::RequestRecord record;
    set(record);
    EXPECT_EQ(cleaned(record).SerializeAsString().find(key.substr(0, 12)), std::string::npos) << name;
  }
}

TEST(RecordRedaction, LeavesARecordWithNothingInItAsItIs) {
  v1::RequestRecord record;
  fill(record, "nothing to see");
  record.set_confidence(0.5);
  record.mutable_route()->add_probabilities(0.5f);
  const std::string bytes = record.SerializeAsString();
  std::string room;
  const auto clean = clean_record(bytes, Redactor(), room);
  EXPECT_EQ(clean.text.data(), bytes.data());
  EXPECT_EQ(clean.taken_out, 0u);
}

TEST(RecordRedaction, PatternsAreForWhatWasWritten) {
  const Redactor redactor({}, {"\\d{4}"});
  v1::RequestRecord record;
  fill(record, "in 2024");
  const v1::RequestRecord out = cleaned(record, redactor);
  for (const std::string& text : {out.preview(), out.error(), out.reason(), out.attempts(0).reason(), out.route().input().ask(),
                                  out.route().input().system()})
    EXPECT_EQ(text, "in [redacted]");
  for (const std::string& text : {out.requested_model(), out.trace_id(), out.client_address(), out.attempts(0).model()})
    EXPECT_EQ(text, "in 2024");
}

TEST(RecordRedaction, KnowsKeysThatCutsTookInTwo) {
  const std::string key = key_samples()[1].key;
  v1::RequestRecord record;
  const std::string before(kMaxPreviewBytes - 30, 'a');
  record.set_preview((before + " " + key).substr(0, kMaxPreviewBytes));
  std::string ask = std::string(classify::kEndBytes - 20, 'a') + " " + key + std::string(20'000, 'b') + " " + key + " ";
  ask += std::string(classify::kEndBytes - 50, 'c');
  classify::keep_ends(ask);
  record.mutable_route()->mutable_input()->set_ask(ask);
  record.set_error("the provider says: " + key.substr(0, 20));
  const v1::RequestRecord out = cleaned(record);
  EXPECT_EQ(out.preview(), before + " [redacted]");
  EXPECT_EQ(out.error(), "the provider says: [redacted]");
  EXPECT_NE(out.route().input().ask().find(" [redacted]\n[redacted] ccc"), std::string::npos);
}

TEST(RecordRedaction, ABrokenRecordIsLeftOutWhole) {
  v1::RequestRecord record;
  fill(record, "text");
  const std::string bytes = record.SerializeAsString();
  std::string room;
  EXPECT_TRUE(clean_record(std::string_view(bytes).substr(0, bytes.size() - 2), Redactor(), room).text.empty());
}

}  // namespace
}  // namespace smartroute::accounting
