// Keys and values as they lie on disk. Treat this like a file format: what is written here is read
// by every later version. All numbers are big-endian, so that RocksDB's byte order is numeric
// order. The first byte of every key is the kind, the second the layout version of that kind
// (kLayoutVersion). Unknown kinds and versions are not touched.
//
// config.db
//   'm' 1 <name, 1..64 bytes>   -> metadata value, as given
//   'r' 1 <revision u64>        -> revision value
//   't' 1 <SHA-256 of the token>   -> account value: accounts.v1.StoredApiToken
//   'u' 1 <id of the user>         -> account value: accounts.v1.StoredUser
//   'w' 1 <SHA-256 of the token>   -> account value: accounts.v1.StoredSession
//   's' 1 "commit"              -> u64, writes since the database was made
//   's' 1 "floor"               -> u64, no new revision gets a number up to this one
//   's' 1 "id"                  -> 32 hex digits, identity of the database
//
// account value
//   <version u8 = 1> <message, to the end; its TOTP secret sealed>
//
// revision value
//   <version u8 = 1>
//   <length of head u32> <head: admin.v1.Revision>
//   <v1.Config, literal secrets sealed, up to the last four bytes>
//   <CRC-32C u32 of all bytes before it>
//
// logs.db
//   'l' 1 <received_us u64> <sequence u64> <boot_id, 1..64 bytes>   -> record value
//   's' 1 "count"                                                   -> u64, number of 'l' keys
//   'h' 1 <model, "provider/model">                                 -> health value
//   'q' 1 <started_at_ms u64> <instance id>                         -> report value
//
// A received_us below 0 is filed as 0. The key is a function of the record's identity: storing a
// record twice is storing it once.
//
// record value
//   <version u8 = 1> <v1.RequestRecord, to the end>
//
// health value: the fleet's view of a model, one key a model of the configuration
//   <version u8 = 1> <saved at, milliseconds since 1970, u64>
//   <admin.v1.ModelHealth, to the end; its score and cooling_ms are as of saved at>
//
// report value: the newest health report of one start of a data plane that is in the health values
//   <version u8 = 1> <sequence u64> <heard at, milliseconds since 1970, u64>
//
// Both change in one write batch, so that a report counts once whatever dies. A value of another version or that cannot be read is left
// out when the database is opened, and overwritten with the next news of its model.
//
// decode_* never asserts: any bytes may come from a damaged disk. nullopt or an Error says "not
// one of ours".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/ids.hpp"
#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {

constexpr char kLayoutVersion = 1;
constexpr char kKindMeta = 'm';
constexpr char kKindRevision = 'r';
constexpr char kKindState = 's';
constexpr char kKindRecord = 'l';
constexpr char kKindHealth = 'h';
constexpr char kKindReport = 'q';
constexpr char kKindUser = 'u';
constexpr char kKindSession = 'w';
constexpr char kKindApiToken = 't';

void append_u32(std::string& out, std::uint32_t value);
void append_u64(std::string& out, std::uint64_t value);
std::string encode_u64(std::uint64_t value);
std::optional<std::uint64_t> decode_u64(std::string_view bytes) noexcept;

// First key of a kind, and the first key after its last.
std::string kind_begin(char kind);
std::string kind_end(char kind);

std::string meta_key(std::string_view name);
std::string state_key(std::string_view name);
char kind_of(AccountTable table) noexcept;
std::string account_key(AccountTable table, std::string_view key);
std::string encode_account(std::string_view message);
// Nullopt: of another version, or nothing.
std::optional<std::string_view> decode_account(std::string_view value) noexcept;
std::string revision_key(Revision number);
std::optional<Revision> decode_revision_key(std::string_view key) noexcept;

struct RecordKey {
  std::uint64_t received_us = 0;
  std::uint64_t sequence = 0;
  std::string boot_id;
  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
};
std::string record_key(const RecordKey& key);
std::optional<RecordKey> decode_record_key(std::string_view key);
// When a record is filed: received_us, or 0 if that is negative.
std::uint64_t filed_at(const v1::RequestRecord& record) noexcept;

std::string encode_revision(const StoredRevision& revision);
// ErrorKind::Storage, saying what is wrong.
Result<StoredRevision> decode_revision(std::string_view value);
// Head only: the config stays unread (its checksum is verified).
Result<control::RevisionHead> decode_revision_head(std::string_view value);

std::string encode_record(const v1::RequestRecord& record);
std::optional<v1::RequestRecord> decode_record(std::string_view value);

std::string health_key(std::string_view model);
std::string encode_health(const control::SavedModel& model);
std::optional<control::SavedModel> decode_health(std::string_view key, std::string_view value);

std::string report_key(const control::Reporter& reporter);
std::string encode_report(const control::SavedReporter& reporter);
std::optional<control::SavedReporter> decode_report(std::string_view key, std::string_view value);

// Cursors of record pages: the key in hex.
std::string encode_cursor(const RecordKey& key);
std::optional<RecordKey> decode_cursor(std::string_view cursor);

}  // namespace smartroute::store
