#include "controlplane/store/key_layout.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "contract/base/random.hpp"

namespace smartroute::store {
namespace {

using namespace std::string_literals;

StoredRevision sample() {
  StoredRevision revision;
  revision.head.number = Revision{258};
  revision.head.author = "ann";
  revision.head.note = "why\nand how";
  revision.head.fingerprint = "0123abcd";
  revision.head.created_at_ms = 1'700'000'000'123;
  revision.head.base = Revision{257};
  revision.head.rollback_of = Revision{12};
  revision.config = "bytes \0 of a config"s;
  return revision;
}

// These bytes are on people's disks. A change here needs a new layout version and a reader for the
// old one.
TEST(KeyLayout, IsThisOnDisk) {
  EXPECT_EQ(meta_key("admin_token_hash"),
            "m\x01"
            "admin_token_hash"s);
  EXPECT_EQ(state_key("commit"),
            "s\x01"
            "commit"s);
  EXPECT_EQ(revision_key(Revision{258}), "r\x01\x00\x00\x00\x00\x00\x00\x01\x02"s);
  EXPECT_EQ(record_key({1, 2, "boot"}),
            "l\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"
            "boot"s);
  EXPECT_EQ(encode_u64(0x0102030405060708), "\x01\x02\x03\x04\x05\x06\x07\x08"s);
  StoredRevision small;
  small.head.number = Revision{1};
  small.config = "C";
  EXPECT_EQ(encode_revision(small).substr(0, 8),
            "\x01\0\0\0\x02\x08\x01"
            "C"s);
}

control::SavedModel sample_model() {
  control::SavedModel model;
  model.standing.name.id = "p/x";
  model.standing.score = 2.5;
  model.standing.cooling = config::Millis(1'500);
  model.standing.cooling_reason = "rate_limited";
  model.standing.ejections = 2;
  model.standing.successes = 7;
  model.standing.failures[static_cast<std::size_t>(resilience::HealthKind::RateLimited)] = 3;
  model.standing.last_failure_ms = 9;
  model.saved_at_ms = 1'700'000'000'123;
  return model;
}

TEST(KeyLayout, HealthIsThisOnDisk) {
  EXPECT_EQ(health_key("p/x"), "h\x01p/x"s);
  EXPECT_EQ(encode_health(sample_model()).substr(0, 14),
            "\x01\x00\x00\x01\x8b\xcf\xe5\x68\x7b\x0a\x03p/x"s);
  EXPECT_EQ(report_key({"proxy", 258}), "q\x01\0\0\0\0\0\0\x01\x02proxy"s);
  EXPECT_EQ(encode_report({{"proxy", 258}, 5, 6}), "\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x06"s);
}

TEST(KeyLayout, HealthReadsBackAndTakesNothingElse) {
  const auto model = sample_model();
  const std::string key = health_key("p/x"), value = encode_health(model);
  EXPECT_EQ(decode_health(key, value), model);
  EXPECT_FALSE(decode_health(health_key("p/y"), value)) << "another model's";
  EXPECT_FALSE(decode_health(key, ""));
  EXPECT_FALSE(decode_health(key, value.substr(0, 9)));
  EXPECT_FALSE(decode_health(key, "\x02" + value.substr(1)));
  EXPECT_FALSE(decode_health("h\x02p/x", value));
  const control::SavedReporter reporter{{"proxy", -5}, ~0ull, 7};
  EXPECT_EQ(decode_report(report_key(reporter.reporter), encode_report(reporter)), reporter);
  EXPECT_FALSE(decode_report(report_key({"", 1}), encode_report(reporter)));
  EXPECT_FALSE(decode_report(report_key(reporter.reporter), encode_report(reporter) + "x"));
  EXPECT_FALSE(decode_report(report_key(reporter.reporter), "\x02" + encode_report(reporter).substr(1)));
}

TEST(KeyLayout, SortsAsNumbersDo) {
  EXPECT_LT(revision_key(Revision{255}), revision_key(Revision{256}));
  EXPECT_LT(revision_key(Revision{1}),
            revision_key(Revision{std::numeric_limits<std::uint64_t>::max()}));
  EXPECT_LT(record_key({9, 99, "z"}), record_key({10, 0, "a"}));
  EXPECT_LT(record_key({9, 9, "z"}), record_key({9, 10, "a"}));
  EXPECT_LT(kind_begin(kKindRecord), record_key({0, 0, "a"}));
  EXPECT_LT(record_key({~0ull, ~0ull, "\xff"}), kind_end(kKindRecord));
}

TEST(KeyLayout, ReadsBackWhatItWrote) {
  EXPECT_EQ(decode_revision_key(revision_key(Revision{77})), Revision{77});
  const RecordKey key{1'700'000'000'000'000, 42, std::string(kMaxBootIdBytes, 'b')};
  EXPECT_EQ(decode_record_key(record_key(key)), key);
  EXPECT_EQ(decode_cursor(encode_cursor(key)), key);
  EXPECT_EQ(decode_u64(encode_u64(~0ull)), ~0ull);
  const auto revision = decode_revision(encode_revision(sample()));
  ASSERT_TRUE(revision);
  EXPECT_EQ(*revision, sample());
  EXPECT_EQ(*decode_revision_head(encode_revision(sample())), sample().head);
  v1::RequestRecord record;
  record.set_request_id("r1");
  EXPECT_EQ(decode_record(encode_record(record))->request_id(), "r1");
}

TEST(KeyLayout, RefusesForeignKeys) {
  for (const std::string& key :
       {""s, "r"s, "r\x01"s, "r\x02\0\0\0\0\0\0\0\x01"s, "m\x01\0\0\0\0\0\0\0\x01"s,
        revision_key(Revision{1}) + "x", revision_key(Revision{1}).substr(0, 9)})
    EXPECT_FALSE(decode_revision_key(key)) << testing::PrintToString(key);
  for (const std::string& key :
       {""s, "l\x01"s, record_key({1, 2, ""}), record_key({1, 2, std::string(65, 'x')}),
        revision_key(Revision{1})})
    EXPECT_FALSE(decode_record_key(key)) << testing::PrintToString(key);
  for (const std::string& cursor : {"0"s, "zz"s, "6c01"s, "6C01"s, std::string(10'000, '0')})
    EXPECT_FALSE(decode_cursor(cursor)) << cursor;
  EXPECT_FALSE(decode_u64("1234567"));
  EXPECT_FALSE(decode_record(""));
  EXPECT_FALSE(decode_record("\x02"));
}

TEST(KeyLayout, NoticesEveryChangedByteOfARevision) {
  const std::string good = encode_revision(sample());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(decode_revision(bad)) << "byte " << i;
    EXPECT_FALSE(decode_revision(good.substr(0, i))) << "cut at " << i;
  }
}

TEST(KeyLayout, SurvivesAnyBytes) {
  SeededRandom random(20);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random.below(80), '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    if (!bytes.empty() && random.below(2) == 0) bytes[0] = "\x01rlmshq"[random.below(7)];
    (void)decode_revision(bytes);
    (void)decode_revision_head(bytes);
    (void)decode_record(bytes);
    (void)decode_record_key(bytes);
    (void)decode_revision_key(bytes);
    (void)decode_cursor(bytes);
    (void)decode_health(bytes, bytes);
    (void)decode_health(health_key("p/x"), bytes);
    (void)decode_report(bytes, bytes);
  }
}

}  // namespace
}  // namespace smartroute::store
