// Keys and values of the column families of logs.db, as they lie on disk; the rules of key_layout.hpp hold here too. What sorts by time sorts newest
// first (~x is the bitwise complement), so that reading the newest is reading forwards.
//
// records, texts, bodies: one key for each record
//   'l' 2 <~received_us u64> <~sequence u64> <boot_id, 1..64 bytes>
//     records  -> <version u8 = 2> <v1.RequestRecord without what the other two hold, to the end>
//     texts    -> <version u8 = 1> <v1.RequestRecord of route.input.ask and .system>           only if there are any
//     bodies   -> <version u8 = 1> <v1.RequestRecord of request_body and response_body>        only if there are any
//   The three merge into the record as it was sent.
//
// facets: which slots of time (kSlotBits) hold a record with a value
//   'f' 1 <facet u8> <value> <~slot u64>                                                      -> (nothing)
//
// rollups
//   'u' 1 <resolution u8> <dimension u8> <value> <bucket u32, number of widths since 1970>    -> RollupRow (core/rollup.hpp)
//   'v' 1 <day u32> <dimension u8> <value>                                                    -> (nothing): has a row of its own on that day
//
// default, beside key_layout.hpp's
//   'b' 1 <boot_id>              -> <version u8 = 1> <u64: sequences from here on are new> <u64: newest received_us>
//   's' 1 "floor.records"        -> u64, records received before have been removed
//   's' 1 "floor.bodies"         -> u64, texts and bodies likewise
//
// <value> is bytes in which 00 is written as 00 ff, ended by 00 01: it sorts as the bytes do, and none is another's beginning.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/core/rollup.hpp"
#include "controlplane/store/key_layout.hpp"

namespace smartroute::store {

constexpr char kKindFacet = 'f';
constexpr char kKindRollup = 'u';
constexpr char kKindRollupValue = 'v';
constexpr char kKindBoot = 'b';
constexpr std::string_view kFloorRecords = "floor.records";
constexpr std::string_view kFloorBodies = "floor.bodies";

// --- records, texts, bodies ---
std::string row_key(const RecordKey& key);
std::optional<RecordKey> decode_row_key(std::string_view key);
// received_us of a row key, without reading the rest; nullopt: it is none.
std::optional<std::uint64_t> row_time(std::string_view key) noexcept;
// Every row received at `received_us` or before lies at or behind this key; every later one before it.
std::string rows_from(std::uint64_t received_us);
// First key behind all rows.
std::string rows_end();

// A record in the three places where it lies; values, empty where there is nothing to keep.
struct RecordParts {
  std::string row, texts, bodies;
};
// `instance_id` is filled in where the record names none. Texts and bodies above kMaxStoredBodyBytes are left out, and the row says bodies_dropped.
RecordParts split_record(const v1::RequestRecord& record, std::string_view instance_id);
// The serialised message in a row; empty: not one of ours.
std::string_view row_message(std::string_view value) noexcept;
std::optional<v1::RequestRecord> decode_row(std::string_view value);
// Merges texts or bodies into their record; false and unchanged: they are none.
bool merge_part(std::string_view value, v1::RequestRecord& record);

// --- facets ---
// 2^14 us, a sixtieth of a second: few records to read for one that is wanted, however many there are a second.
constexpr int kSlotBits = 14;
constexpr std::uint64_t slot_of(std::uint64_t received_us) noexcept { return received_us >> kSlotBits; }
constexpr std::uint64_t slot_begin(std::uint64_t slot) noexcept { return slot << kSlotBits; }
constexpr std::uint64_t slot_last(std::uint64_t slot) noexcept { return slot_begin(slot) | ((1ULL << kSlotBits) - 1); }
// On disk: never renumber.
enum class Facet : std::uint8_t {
  Tier = 1, Model, Provider, Key, Ending, Status, StatusClass, ErrorKind, AnyError, Category, Duration, Retries, Streaming, RequestId, Instance,
};
std::string facet_prefix(Facet facet, std::string_view value);
std::string facet_key(std::string_view prefix, std::uint64_t slot);
// Of any facet key; nullopt: it is none.
std::optional<std::uint64_t> facet_slot(std::string_view key) noexcept;

// --- rollups ---
struct RollupKey {
  control::Resolution resolution;
  control::Dimension dimension;
  std::string value;
  std::uint32_t bucket = 0;
};
// Longer values are cut to this.
constexpr std::size_t kMaxRollupValue = 128;
std::string rollup_prefix(control::Resolution resolution, control::Dimension dimension);
std::string rollup_series(control::Resolution resolution, control::Dimension dimension, std::string_view value);
std::string rollup_key(std::string_view series, std::uint32_t bucket);
std::optional<RollupKey> decode_rollup_key(std::string_view key);
std::string rollup_day_prefix(std::uint32_t day, control::Dimension dimension);
std::string rollup_day_key(std::uint32_t day, control::Dimension dimension, std::string_view value);
// Of a 'v' key; nullopt: it is none.
std::optional<std::uint32_t> rollup_day(std::string_view key) noexcept;
// Bucket in which a moment lies; nullopt: beyond what a key can say.
std::optional<std::uint32_t> bucket_of(control::Resolution resolution, std::uint64_t received_us) noexcept;

// --- boots ---
struct BootState {
  std::uint64_t next_sequence = 0, newest_us = 0;
};
std::string boot_key(std::string_view boot_id);
std::string encode_boot(const BootState& state);
std::optional<BootState> decode_boot(std::string_view value) noexcept;

}  // namespace smartroute::store
