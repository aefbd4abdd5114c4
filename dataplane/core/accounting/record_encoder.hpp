// A record as the bytes of v1::RequestRecord, in one pass and without a message object: what
// protobuf's own serializer would write, at a tenth of its price.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/record.hpp"

namespace smartroute::accounting {

// Longer text is cut here, between two characters.
inline constexpr std::size_t kMaxTextBytes = 4 * 1024;
// The ask is both ends of a long one (classify/ask_ends.hpp) and a line end: just above 8 KiB.
inline constexpr std::size_t kMaxAskTextBytes = 8 * 1024 + 512;

// Text from clients and upstreams is made fit for protobuf, whose parser refuses a whole message
// for one string that is not UTF-8: such a string has every byte above 0x7f replaced by '?'.
// RouteDecision.signals are not written: they are computed when somebody looks. Counts, costs and
// bodies are not either: settling the account adds them (bookkeeper.hpp). Nothing is redacted here.
class RecordEncoder {
 public:
  // The bytes stay until the next call. Allocates only while larger records come than before.
  std::string_view encode(const Record& record);

 private:
  std::vector<char> buffer_;
};

}  // namespace smartroute::accounting
