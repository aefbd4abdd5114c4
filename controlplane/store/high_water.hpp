// The high-water mark: the newest acknowledged write of config.db, kept in a file of its own beside
// it, because a database that lost its log opens as a good, older database. Written whole: temp
// file, fsync, rename, fsync of the directory.
//
// The file is text, one fact a line, in this order, so that an operator can read it:
//   smartroute high-water 1          format version
//   store <32 hex digits>            identity of the database it belongs to
//   commit <decimal>                 writes acknowledged since the database was made
//   revision <decimal>               newest acknowledged revision, 0 for none
//   fingerprint <text without blanks, "-" for none>
//   check <8 hex digits>             CRC-32C of all bytes above this line
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/ids.hpp"
#include "contract/base/result.hpp"

namespace smartroute::store {

struct HighWater {
  std::string store_id;
  std::uint64_t commit = 0;
  Revision revision;
  std::string fingerprint;
  friend bool operator==(const HighWater&, const HighWater&) = default;
};

std::string encode_high_water(const HighWater& mark);
// ErrorKind::Storage, saying what is wrong with the text.
Result<HighWater> decode_high_water(std::string_view text);

}  // namespace smartroute::store
