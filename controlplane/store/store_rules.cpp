#include "controlplane/store/store_rules.hpp"

#include <limits>

namespace smartroute::store {
namespace {

// The fingerprint is a word of the high-water file.
bool is_word(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  return text.size() <= kLongest && std::all_of(text.begin(), text.end(), printable);
}

}  // namespace

Result<void> check_revision(const StoredRevision& revision, Revision newest, Revision next) {
  const auto& head = revision.head;
  if (head.base != newest || head.number != next)
    return fail(ErrorKind::Conflict, "revision " + std::to_string(newest.number) +
                                         " is the newest, not " + std::to_string(head.base.number) +
                                         ", which this change was made against");
  if (!is_word(head.fingerprint))
    return fail(ErrorKind::Invalid, "a fingerprint is at most 256 printable characters");
  if (revision.config.size() > kMaxConfigBytes)
    return fail(ErrorKind::Invalid, "the configuration is larger than " +
                                        std::to_string(kMaxConfigBytes >> 20) + " MiB");
  return {};
}

Result<void> check_meta(std::string_view name, std::string_view value) {
  if (name.empty() || name.size() > kMaxMetaNameBytes)
    return fail(ErrorKind::Invalid, "the name of a metadata value has 1 to 64 bytes");
  if (value.size() > kMaxMetaBytes)
    return fail(ErrorKind::Invalid, "the metadata value '" + std::string(name) + "' is too large");
  return {};
}

Result<void> check_accounts(const std::vector<AccountWrite>& writes) {
  for (const auto& write : writes) {
    if (write.key.empty() || write.key.size() > kMaxAccountKeyBytes)
      return fail(ErrorKind::Invalid, "the key of an account row has 1 to 64 bytes");
    if (write.message && write.message->size() > kMaxAccountBytes)
      return fail(ErrorKind::Invalid, "the account row is too large");
  }
  return {};
}

Result<void> check_batch(const v1::ReportRequest& batch) {
  if (batch.boot_id().empty() || batch.boot_id().size() > kMaxBootIdBytes)
    return fail(ErrorKind::Invalid, "boot_id has 1 to 64 bytes");
  const auto count = static_cast<std::uint64_t>(batch.records_size());
  if (batch.first_sequence() > std::numeric_limits<std::uint64_t>::max() - count)
    return fail(ErrorKind::Invalid, "first_sequence is too large");
  return {};
}

tl::unexpected<Error> no_such_revision(Revision number) {
  return fail(ErrorKind::NotFound,
              "there is no configuration revision " + std::to_string(number.number));
}

tl::unexpected<Error> bad_cursor() {
  return fail(ErrorKind::Invalid, "the cursor is not one that a page of records gave out");
}

tl::unexpected<Error> bad_record_id() {
  return fail(ErrorKind::Invalid, "the record_id is not one that a record has");
}

tl::unexpected<Error> no_such_record() {
  return fail(ErrorKind::NotFound, "there is no record of that id, or it was removed since");
}

std::pair<std::uint32_t, std::uint32_t> buckets_of(const RollupQuery& query) {
  const std::int64_t width = control::width_of(query.resolution);
  const auto bucket = [width](std::int64_t at_us) {
    const std::int64_t at = std::max<std::int64_t>(at_us, 0);
    return static_cast<std::uint32_t>(std::min<std::int64_t>(at / width + (at % width != 0), std::numeric_limits<std::uint32_t>::max()));
  };
  return {bucket(query.from_us), bucket(query.to_us)};
}

}  // namespace smartroute::store
