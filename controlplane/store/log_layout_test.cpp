#include "controlplane/store/log_layout.hpp"

#include <gtest/gtest.h>

#include <google/protobuf/stubs/logging.h>

#include "contract/base/random.hpp"
#include "controlplane/core/record_match.hpp"

namespace smartroute::store {
namespace {

using namespace std::string_literals;
using control::Dimension;
using control::Resolution;

// These bytes are on people's disks. A change here needs a new layout version and a reader for the old one.
TEST(LogLayout, IsThisOnDisk) {
  EXPECT_EQ(row_key({1, 2, "boot"}), "l\x02\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xfd"
                                     "boot"s);
  EXPECT_EQ(facet_key(facet_prefix(Facet::Model, "p/x"), 258), "f\x01\x02p/x\x00\x01\xff\xff\xff\xff\xff\xff\xfe\xfd"s);
  EXPECT_EQ(facet_prefix(Facet::Instance, "a\0b"s), "f\x01\x0f"
                                                    "a\x00\xff"
                                                    "b\x00\x01"s);
  EXPECT_EQ(rollup_key(rollup_series(Resolution::Hour, Dimension::Tier, "t1"), 258), "u\x01\x02\x02t1\x00\x01\x00\x00\x01\x02"s);
  EXPECT_EQ(rollup_day_key(258, Dimension::Key, "k"), "v\x01\x00\x00\x01\x02\x05k"s);
  EXPECT_EQ(boot_key("boot"), "b\x01"
                              "boot"s);
  EXPECT_EQ(encode_boot({1, 2}), "\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"s);
  v1::RequestRecord record;
  record.set_request_id("r");
  record.set_request_body("q");
  record.mutable_route()->mutable_input()->set_ask("a");
  const RecordParts parts = split_record(record, "i");
  EXPECT_EQ(parts.row, "\x02\x0a\x01r\xe2\x01\x02\x6a\x00\x82\x03\x01i"s);
  EXPECT_EQ(parts.texts, "\x01\xe2\x01\x05\x6a\x03\x0a\x01"
                         "a"s);
  EXPECT_EQ(parts.bodies, "\x01\xb2\x02\x01q"s);
}

TEST(LogLayout, SortsNewestFirst) {
  EXPECT_LT(row_key({10, 0, "a"}), row_key({9, 99, "z"}));
  EXPECT_LT(row_key({9, 10, "a"}), row_key({9, 9, "z"}));
  EXPECT_LT(row_key({9, 9, "a"}), row_key({9, 9, "b"}));
  EXPECT_LT(row_key({10, 0, "a"}), rows_from(9));
  EXPECT_LT(rows_from(9), row_key({9, ~0ull, "a"}));
  EXPECT_LT(row_key({0, 0, "\xff"}), rows_end());
  const std::string prefix = facet_prefix(Facet::Tier, "t1");
  EXPECT_LT(facet_key(prefix, 10), facet_key(prefix, 9));
  EXPECT_LT(facet_key(prefix, 0), facet_prefix(Facet::Tier, "t1a"));
  EXPECT_LT(rollup_key(rollup_series(Resolution::Day, Dimension::Model, "a"), ~0u), rollup_series(Resolution::Day, Dimension::Model, "a\0"s));
}

TEST(LogLayout, ReadsBackWhatItWrote) {
  const RecordKey key{1'700'000'000'000'000, 42, std::string(kMaxBootIdBytes, 'b')};
  EXPECT_EQ(decode_row_key(row_key(key)), key);
  EXPECT_EQ(row_time(row_key(key)), key.received_us);
  EXPECT_EQ(facet_slot(facet_key(facet_prefix(Facet::RequestId, "\0\x01\0\xff"s), 77)), 77u);
  for (const std::string& value : {""s, "t1"s, "\0"s, "a\0\x01z"s, "\0\xff"s}) {
    const auto row = decode_rollup_key(rollup_key(rollup_series(Resolution::Minute, Dimension::Attempt, value), 9));
    ASSERT_TRUE(row) << testing::PrintToString(value);
    EXPECT_EQ(row->value, value);
    EXPECT_EQ(row->bucket, 9u);
    EXPECT_EQ(row->dimension, Dimension::Attempt);
  }
  EXPECT_EQ(rollup_day(rollup_day_key(5, Dimension::All, "")), 5u);
  EXPECT_EQ(decode_boot(encode_boot({3, 4}))->newest_us, 4u);
  EXPECT_EQ(slot_begin(slot_of(1'000'000)), 999'424u);
  EXPECT_EQ(slot_last(slot_of(1'000'000)), 1'015'807u);
}

TEST(LogLayout, LeavesOutBodiesThatNobodyMaySend) {
  v1::RequestRecord record;
  record.set_request_body(std::string(kMaxStoredBodyBytes + 1, 'x'));
  record.set_response_body("small");
  const RecordParts parts = split_record(record, "");
  auto stored = decode_row(parts.row);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->bodies_dropped());
  ASSERT_TRUE(merge_part(parts.bodies, *stored));
  EXPECT_EQ(stored->request_body(), "");
  EXPECT_EQ(stored->response_body(), "small");
}

// Cheap reading and parsing must agree, whatever the bytes.
TEST(LogLayout, SurvivesAnyBytes) {
  const google::protobuf::LogSilencer no_words_about_bad_utf8;
  SeededRandom random(20);
  v1::RequestRecord sample;
  sample.set_request_id("r");
  sample.set_received_us(1'700'000'000'000'000);
  sample.set_status(200);
  sample.add_attempts()->set_model("m");
  sample.mutable_route()->mutable_input()->set_ask("ask");
  const std::string good = split_record(sample, "i").row;
  int parsed = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string bytes(random.below(80), '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    if (i % 2 == 0) {
      bytes = good;
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    } else if (!bytes.empty() && random.below(2) == 0) {
      bytes[0] = "\x01\x02lfuvb"[random.below(7)];
    }
    (void)decode_row_key(bytes);
    (void)row_time(bytes);
    (void)facet_slot(bytes);
    (void)decode_rollup_key(bytes);
    (void)rollup_day(bytes);
    (void)decode_boot(bytes);
    v1::RequestRecord merged;
    (void)merge_part(bytes, merged);
    const auto record = decode_row(bytes);
    if (!record) continue;
    ++parsed;
    const auto cheap = control::facts_of_wire(row_message(bytes));
    if (!cheap) continue;  // an old-style group: parsed as unknown, never written by us
    const auto facts = control::facts_of(*record);
    if (record->GetReflection()->GetUnknownFields(*record).empty()) {
      EXPECT_EQ(cheap->request_id, facts.request_id);
      EXPECT_EQ(cheap->received_us, facts.received_us);
      EXPECT_EQ(cheap->status, facts.status);
      EXPECT_EQ(cheap->attempts, facts.attempts);
    }
  }
  EXPECT_GT(parsed, 1'000);
}

}  // namespace
}  // namespace smartroute::store
