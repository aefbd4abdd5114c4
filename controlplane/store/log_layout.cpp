#include "controlplane/store/log_layout.hpp"

#include <limits>

#include "controlplane/core/varint.hpp"
#include "controlplane/core/wire.hpp"
#include "controlplane/store/record_row.hpp"

namespace smartroute::store {
namespace {

using control::Dimension;
using control::Resolution;
using control::WireField;
using control::WireFields;
using R = v1::RequestRecord;

constexpr char kRowLayout = 2;
constexpr char kRowVersion = 2;
constexpr char kPartVersion = 1;
constexpr char kBootVersion = 1;
constexpr std::size_t kPrefixBytes = 2;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kShortBytes = 4;
constexpr std::size_t kRowFixed = kPrefixBytes + 2 * kNumberBytes;
constexpr char kEscaped = '\xff';
constexpr char kEnd = '\x01';

template <class Number>
Number read(std::string_view bytes) noexcept {
  Number value = 0;
  for (const char c : bytes.substr(0, sizeof(Number))) value = static_cast<Number>((value << 8) | static_cast<unsigned char>(c));
  return value;
}

bool begins(std::string_view key, char kind, char layout) noexcept { return key.size() >= kPrefixBytes && key[0] == kind && key[1] == layout; }

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    out += c;
    if (c == '\0') out += kEscaped;
  }
  out += '\0';
  out += kEnd;
}

// Takes a value off the front of `in`.
std::optional<std::string> take_value(std::string_view& in) {
  std::string value;
  for (std::size_t i = 0; i + 1 < in.size(); ++i) {
    if (in[i] != '\0') {
      value += in[i];
    } else if (in[i + 1] == kEscaped) {
      value += in[i++];
    } else if (in[i + 1] == kEnd) {
      in.remove_prefix(i + 2);
      return value;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

void append_field(std::string& out, int number, std::string_view bytes) {
  constexpr std::uint64_t kBytesType = 2;
  control::put_varint(out, static_cast<std::uint64_t>(number) << 3 | kBytesType);
  control::put_varint(out, bytes.size());
  out.append(bytes);
}
void append_flag(std::string& out, int number) {
  control::put_varint(out, static_cast<std::uint64_t>(number) << 3);
  out += '\x01';
}

// What does not stay in the row. Empty views: nothing was moved.
struct Moved {
  std::string texts, bodies;
  bool dropped = false;
  void take(std::string& to, const WireField& field) {
    if (field.bytes.size() <= kMaxStoredBodyBytes)
      to.append(field.raw);
    else
      dropped = true;
  }
};

// `route` without the texts of its input.
std::string without_texts(std::string_view route, Moved& moved) {
  std::string kept;
  WireFields fields(route);
  for (WireField field; fields.next(field);) {
    if (field.number != v1::RouteDecision::kInputFieldNumber) {
      kept.append(field.raw);
      continue;
    }
    std::string input;
    WireFields inner(field.bytes);
    for (WireField part; inner.next(part);) {
      if (part.number == v1::RouteInput::kAskFieldNumber || part.number == v1::RouteInput::kSystemFieldNumber)
        moved.take(moved.texts, part);
      else
        input.append(part.raw);
    }
    append_field(kept, v1::RouteDecision::kInputFieldNumber, input);
  }
  return kept;
}

std::string part_value(std::string_view message) {
  std::string value(1, kPartVersion);
  return value.append(message);
}

}  // namespace

std::string rows_from(std::uint64_t received_us) {
  std::string key{kKindRecord, kRowLayout};
  append_u64(key, ~received_us);
  return key;
}

std::string rows_end() { return {kKindRecord, kRowLayout + 1}; }

std::string row_key(const RecordKey& key) {
  std::string bytes = rows_from(key.received_us);
  append_u64(bytes, ~key.sequence);
  return bytes.append(key.boot_id);
}

std::optional<std::uint64_t> row_time(std::string_view key) noexcept {
  if (!begins(key, kKindRecord, kRowLayout) || key.size() <= kRowFixed || key.size() > kRowFixed + kMaxBootIdBytes) return std::nullopt;
  return ~read<std::uint64_t>(key.substr(kPrefixBytes));
}

std::optional<RecordKey> decode_row_key(std::string_view key) {
  const auto received = row_time(key);
  if (!received) return std::nullopt;
  return RecordKey{*received, ~read<std::uint64_t>(key.substr(kPrefixBytes + kNumberBytes)), std::string(key.substr(kRowFixed))};
}

RecordParts split_record(const v1::RequestRecord& record, std::string_view instance_id) {
  const std::string whole = record.SerializeAsString();
  RecordParts parts;
  Moved moved;
  parts.row.reserve(512);
  parts.row += kRowVersion;
  WireFields fields(whole);
  for (WireField field; fields.next(field);) {
    if (field.number == R::kRequestBodyFieldNumber || field.number == R::kResponseBodyFieldNumber)
      moved.take(moved.bodies, field);
    else if (field.number == R::kRouteFieldNumber)
      append_field(parts.row, R::kRouteFieldNumber, without_texts(field.bytes, moved));
    else if (field.number != R::kRecordIdFieldNumber)
      parts.row.append(field.raw);
  }
  if (record.instance_id().empty() && !instance_id.empty()) append_field(parts.row, R::kInstanceIdFieldNumber, instance_id);
  if (moved.dropped && !record.bodies_dropped()) append_flag(parts.row, R::kBodiesDroppedFieldNumber);
  if (!moved.bodies.empty()) parts.bodies = part_value(moved.bodies);
  if (!moved.texts.empty()) {
    std::string input, route, message;
    append_field(input, v1::RouteDecision::kInputFieldNumber, moved.texts);
    append_field(message, R::kRouteFieldNumber, input);
    parts.texts = part_value(message);
  }
  return parts;
}

std::string_view row_message(std::string_view value) noexcept {
  return value.empty() || value[0] != kRowVersion ? std::string_view() : value.substr(1);
}

std::optional<v1::RequestRecord> decode_row(std::string_view value) {
  if (value.empty() || value[0] != kRowVersion) return std::nullopt;
  v1::RequestRecord record;
  if (!record.ParseFromArray(value.data() + 1, static_cast<int>(value.size() - 1))) return std::nullopt;
  return record;
}

v1::RequestRecord listed_record(const v1::ReportRequest& batch, int index) {
  const v1::RequestRecord& record = batch.records(index);
  v1::RequestRecord listed = decode_row(split_record(record, batch.instance_id()).row).value_or(v1::RequestRecord());
  listed.set_record_id(record_id_of(batch, index));
  return listed;
}

std::string record_id_of(const v1::ReportRequest& batch, int index) {
  return encode_cursor({filed_at(batch.records(index)), batch.first_sequence() + static_cast<std::uint64_t>(index), batch.boot_id()});
}

bool merge_part(std::string_view value, v1::RequestRecord& record) {
  if (value.empty() || value[0] != kPartVersion) return false;
  v1::RequestRecord part;
  if (!part.ParseFromArray(value.data() + 1, static_cast<int>(value.size() - 1))) return false;
  record.MergeFrom(part);
  return true;
}

std::string facet_prefix(Facet facet, std::string_view value) {
  std::string key{kKindFacet, kLayoutVersion, static_cast<char>(facet)};
  append_value(key, value);
  return key;
}

std::string facet_key(std::string_view prefix, std::uint64_t slot) {
  std::string key(prefix);
  append_u64(key, ~slot);
  return key;
}

std::optional<std::uint64_t> facet_slot(std::string_view key) noexcept {
  constexpr std::size_t kLeast = kPrefixBytes + 1 + 2 + kNumberBytes;
  if (!begins(key, kKindFacet, kLayoutVersion) || key.size() < kLeast) return std::nullopt;
  return ~read<std::uint64_t>(key.substr(key.size() - kNumberBytes));
}

std::string rollup_prefix(Resolution resolution, Dimension dimension) {
  return {kKindRollup, kLayoutVersion, static_cast<char>(resolution), static_cast<char>(dimension)};
}

std::string rollup_series(Resolution resolution, Dimension dimension, std::string_view value) {
  std::string key = rollup_prefix(resolution, dimension);
  append_value(key, value);
  return key;
}

std::string rollup_key(std::string_view series, std::uint32_t bucket) {
  std::string key(series);
  append_u32(key, bucket);
  return key;
}

std::optional<RollupKey> decode_rollup_key(std::string_view key) {
  if (!begins(key, kKindRollup, kLayoutVersion) || key.size() < kPrefixBytes + 2) return std::nullopt;
  const auto resolution = static_cast<std::uint8_t>(key[kPrefixBytes]);
  const auto dimension = static_cast<std::uint8_t>(key[kPrefixBytes + 1]);
  if (resolution < 1 || resolution > 3 || dimension < 1) return std::nullopt;
  std::string_view rest = key.substr(kPrefixBytes + 2);
  auto value = take_value(rest);
  if (!value || rest.size() != kShortBytes) return std::nullopt;
  return RollupKey{static_cast<Resolution>(resolution), static_cast<Dimension>(dimension), std::move(*value), read<std::uint32_t>(rest)};
}

std::string rollup_day_prefix(std::uint32_t day, Dimension dimension) {
  std::string key{kKindRollupValue, kLayoutVersion};
  append_u32(key, day);
  return key += static_cast<char>(dimension);
}

std::string rollup_day_key(std::uint32_t day, Dimension dimension, std::string_view value) {
  return rollup_day_prefix(day, dimension).append(value);
}

std::optional<std::uint32_t> rollup_day(std::string_view key) noexcept {
  if (!begins(key, kKindRollupValue, kLayoutVersion) || key.size() < kPrefixBytes + kShortBytes + 1) return std::nullopt;
  return read<std::uint32_t>(key.substr(kPrefixBytes));
}

std::optional<std::uint32_t> bucket_of(Resolution resolution, std::uint64_t received_us) noexcept {
  const std::uint64_t bucket = received_us / static_cast<std::uint64_t>(control::width_of(resolution));
  if (bucket >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(bucket);
}

std::string boot_key(std::string_view boot_id) { return std::string{kKindBoot, kLayoutVersion}.append(boot_id); }

std::string encode_boot(const BootState& state) {
  std::string value(1, kBootVersion);
  append_u64(value, state.next_sequence);
  append_u64(value, state.newest_us);
  return value;
}

std::optional<BootState> decode_boot(std::string_view value) noexcept {
  if (value.size() != 1 + 2 * kNumberBytes || value[0] != kBootVersion) return std::nullopt;
  return BootState{read<std::uint64_t>(value.substr(1)), read<std::uint64_t>(value.substr(1 + kNumberBytes))};
}

}  // namespace smartroute::store
