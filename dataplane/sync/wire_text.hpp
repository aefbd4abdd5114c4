// Text from clients and upstreams, made fit for protobuf, whose parser refuses a whole message for
// one string that is not UTF-8.
#pragma once
#include <cstddef>

namespace google::protobuf {
class Message;
}

namespace smartroute::sync {

inline constexpr std::size_t kMaxTextBytes = 4 * 1024;

// Every string field, nested ones included: cut to kMaxTextBytes at a character, and bytes above
// 0x7f replaced by '?' if it is not UTF-8. No map fields.
void make_wire_safe(google::protobuf::Message& message);

}  // namespace smartroute::sync
