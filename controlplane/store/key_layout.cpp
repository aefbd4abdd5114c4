#include "controlplane/store/key_layout.hpp"

#include <algorithm>

#include "contract/base/crc32c.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::store {
namespace {

constexpr std::size_t kPrefixBytes = 2;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kShortBytes = 4;
constexpr char kRevisionValueVersion = 1;
constexpr char kRecordValueVersion = 1;
constexpr char kHealthValueVersion = 1;
constexpr char kReportValueVersion = 1;
constexpr char kAccountVersion = 1;

std::string prefix(char kind) { return {kind, kLayoutVersion}; }

bool has_prefix(std::string_view key, char kind) noexcept {
  return key.size() >= kPrefixBytes && key[0] == kind && key[1] == kLayoutVersion;
}

template <class Number>
Number read_number(std::string_view bytes) noexcept {
  Number value = 0;
  for (const char c : bytes.substr(0, sizeof(Number)))
    value = static_cast<Number>((value << 8) | static_cast<unsigned char>(c));
  return value;
}

auto damaged(std::string what) {
  return fail(ErrorKind::Storage, "a stored configuration revision is damaged: " + std::move(what));
}

admin::v1::Revision to_message(const control::RevisionHead& head) {
  admin::v1::Revision message;
  message.set_number(head.number.number);
  message.set_author(head.author);
  message.set_note(head.note);
  message.set_fingerprint(head.fingerprint);
  message.set_created_at_ms(head.created_at_ms);
  message.set_base(head.base.number);
  message.set_rollback_of(head.rollback_of.number);
  return message;
}

control::RevisionHead from_message(const admin::v1::Revision& message) {
  control::RevisionHead head;
  head.number = Revision{message.number()};
  head.author = message.author();
  head.note = message.note();
  head.fingerprint = message.fingerprint();
  head.created_at_ms = message.created_at_ms();
  head.base = Revision{message.base()};
  head.rollback_of = Revision{message.rollback_of()};
  return head;
}

// The parts of a revision value, still bytes.
struct RevisionParts {
  std::string_view head;
  std::string_view config;
};

Result<RevisionParts> split_revision(std::string_view value) {
  constexpr std::size_t kFixed = 1 + kShortBytes + kShortBytes;
  if (value.size() < kFixed) return damaged("it is cut off");
  if (value[0] != kRevisionValueVersion)
    return damaged("its version byte is " + std::to_string(static_cast<unsigned char>(value[0])));
  const std::string_view covered = value.substr(0, value.size() - kShortBytes);
  if (crc32c(covered) != read_number<std::uint32_t>(value.substr(covered.size())))
    return damaged("its checksum does not match");
  const std::size_t head_bytes = read_number<std::uint32_t>(covered.substr(1));
  const std::string_view rest = covered.substr(1 + kShortBytes);
  if (head_bytes > rest.size()) return damaged("its head is longer than it");
  return RevisionParts{rest.substr(0, head_bytes), rest.substr(head_bytes)};
}

Result<control::RevisionHead> parse_head(std::string_view bytes) {
  admin::v1::Revision message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return damaged("its head is no message");
  return from_message(message);
}

std::optional<unsigned char> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned char>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

std::string encode_u64(std::uint64_t value) {
  std::string out;
  append_u64(out, value);
  return out;
}

std::optional<std::uint64_t> decode_u64(std::string_view bytes) noexcept {
  if (bytes.size() != kNumberBytes) return std::nullopt;
  return read_number<std::uint64_t>(bytes);
}

std::string kind_begin(char kind) { return prefix(kind); }

std::string kind_end(char kind) { return {kind, static_cast<char>(kLayoutVersion + 1)}; }

std::string meta_key(std::string_view name) { return prefix(kKindMeta).append(name); }

std::string state_key(std::string_view name) { return prefix(kKindState).append(name); }

char kind_of(AccountTable table) noexcept {
  switch (table) {
    case AccountTable::Users:
      return kKindUser;
    case AccountTable::Sessions:
      return kKindSession;
    case AccountTable::ApiTokens:
      return kKindApiToken;
  }
  return 0;
}

std::string account_key(AccountTable table, std::string_view key) { return prefix(kind_of(table)).append(key); }

std::string encode_account(std::string_view message) { return std::string(1, kAccountVersion).append(message); }

std::optional<std::string_view> decode_account(std::string_view value) noexcept {
  if (value.empty() || value.front() != kAccountVersion) return std::nullopt;
  return value.substr(1);
}

std::string revision_key(Revision number) {
  std::string key = prefix(kKindRevision);
  append_u64(key, number.number);
  return key;
}

std::optional<Revision> decode_revision_key(std::string_view key) noexcept {
  if (!has_prefix(key, kKindRevision) || key.size() != kPrefixBytes + kNumberBytes)
    return std::nullopt;
  return Revision{read_number<std::uint64_t>(key.substr(kPrefixBytes))};
}

std::string record_key(const RecordKey& key) {
  std::string bytes = prefix(kKindRecord);
  append_u64(bytes, key.received_us);
  append_u64(bytes, key.sequence);
  return bytes.append(key.boot_id);
}

std::optional<RecordKey> decode_record_key(std::string_view key) {
  constexpr std::size_t kFixed = kPrefixBytes + 2 * kNumberBytes;
  if (!has_prefix(key, kKindRecord) || key.size() <= kFixed ||
      key.size() > kFixed + kMaxBootIdBytes)
    return std::nullopt;
  RecordKey result;
  result.received_us = read_number<std::uint64_t>(key.substr(kPrefixBytes));
  result.sequence = read_number<std::uint64_t>(key.substr(kPrefixBytes + kNumberBytes));
  result.boot_id = std::string(key.substr(kFixed));
  return result;
}

std::uint64_t filed_at(const v1::RequestRecord& record) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(record.received_us(), 0));
}

std::string encode_revision(const StoredRevision& revision) {
  const std::string head = to_message(revision.head).SerializeAsString();
  std::string value(1, kRevisionValueVersion);
  append_u32(value, static_cast<std::uint32_t>(head.size()));
  value += head;
  value += revision.config;
  append_u32(value, crc32c(value));
  return value;
}

Result<StoredRevision> decode_revision(std::string_view value) {
  const auto parts = split_revision(value);
  if (!parts) return fail(parts.error());
  auto head = parse_head(parts->head);
  if (!head) return fail(head.error());
  return StoredRevision{std::move(*head), std::string(parts->config)};
}

Result<control::RevisionHead> decode_revision_head(std::string_view value) {
  const auto parts = split_revision(value);
  if (!parts) return fail(parts.error());
  return parse_head(parts->head);
}

std::string encode_record(const v1::RequestRecord& record) {
  std::string value(1, kRecordValueVersion);
  record.AppendToString(&value);
  return value;
}

std::optional<v1::RequestRecord> decode_record(std::string_view value) {
  v1::RequestRecord record;
  if (value.empty() || value[0] != kRecordValueVersion) return std::nullopt;
  if (!record.ParseFromArray(value.data() + 1, static_cast<int>(value.size() - 1)))
    return std::nullopt;
  return record;
}

std::string health_key(std::string_view model) { return prefix(kKindHealth).append(model); }

std::string encode_health(const control::SavedModel& model) {
  std::string value(1, kHealthValueVersion);
  append_u64(value, static_cast<std::uint64_t>(model.saved_at_ms));
  control::to_message(model.standing).AppendToString(&value);
  return value;
}

std::optional<control::SavedModel> decode_health(std::string_view key, std::string_view value) {
  constexpr std::size_t kFixed = 1 + kNumberBytes;
  if (!has_prefix(key, kKindHealth) || value.size() < kFixed || value[0] != kHealthValueVersion)
    return std::nullopt;
  admin::v1::ModelHealth message;
  if (!message.ParseFromArray(value.data() + kFixed, static_cast<int>(value.size() - kFixed)))
    return std::nullopt;
  // The key is the identity: a value that is of another model is not one of ours.
  if (message.model().empty() || message.model() != key.substr(kPrefixBytes)) return std::nullopt;
  control::SavedModel model;
  model.standing = control::from_message(message);
  model.standing.name.provider.clear();
  model.saved_at_ms = static_cast<std::int64_t>(read_number<std::uint64_t>(value.substr(1)));
  return model;
}

std::string report_key(const control::Reporter& reporter) {
  std::string key = prefix(kKindReport);
  append_u64(key, static_cast<std::uint64_t>(reporter.started_at_ms));
  return key.append(reporter.instance);
}

std::string encode_report(const control::SavedReporter& reporter) {
  std::string value(1, kReportValueVersion);
  append_u64(value, reporter.sequence);
  append_u64(value, static_cast<std::uint64_t>(reporter.heard_at_ms));
  return value;
}

std::optional<control::SavedReporter> decode_report(std::string_view key, std::string_view value) {
  constexpr std::size_t kKeyFixed = kPrefixBytes + kNumberBytes;
  if (!has_prefix(key, kKindReport) || key.size() <= kKeyFixed) return std::nullopt;
  if (value.size() != 1 + 2 * kNumberBytes || value[0] != kReportValueVersion) return std::nullopt;
  control::SavedReporter reporter;
  reporter.reporter.started_at_ms =
      static_cast<std::int64_t>(read_number<std::uint64_t>(key.substr(kPrefixBytes)));
  reporter.reporter.instance = std::string(key.substr(kKeyFixed));
  reporter.sequence = read_number<std::uint64_t>(value.substr(1));
  reporter.heard_at_ms =
      static_cast<std::int64_t>(read_number<std::uint64_t>(value.substr(1 + kNumberBytes)));
  return reporter;
}

std::string encode_cursor(const RecordKey& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string cursor;
  for (const char c : record_key(key)) {
    cursor += kDigits[static_cast<unsigned char>(c) >> 4];
    cursor += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return cursor;
}

std::optional<RecordKey> decode_cursor(std::string_view cursor) {
  constexpr std::size_t kLongest = 2 * (kPrefixBytes + 2 * kNumberBytes + kMaxBootIdBytes);
  if (cursor.size() % 2 != 0 || cursor.size() > kLongest) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < cursor.size(); i += 2) {
    const auto high = hex_digit(cursor[i]);
    const auto low = hex_digit(cursor[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return decode_record_key(bytes);
}

}  // namespace smartroute::store
