// The Connect unary protocol over plain HTTP/1.1: POST /package.Service/Method with one message as
// the body, JSON or binary. The only file of the admin API with HTTP status numbers and error
// bodies.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/admin/call.hpp"
#include "controlplane/http/message.hpp"

namespace google::protobuf {
class Message;
}

namespace smartroute::control::admin {

enum class Encoding { Json, Binary };

// From a content-type header, parameters ignored; nullopt: not one we speak.
std::optional<Encoding> encoding_of(std::string_view content_type);

// JSON in the protobuf mapping; a field that the message does not have is refused, because a
// misspelt name must not be read as "absent". Error: InvalidArgument with the place.
CallResult<void> decode_message(Encoding encoding, std::string_view body,
                                google::protobuf::Message& out);
http::Response encode_message(Encoding encoding, const google::protobuf::Message& message);

// The HTTP status of a code, as Connect maps them.
int status_of(Code code) noexcept;
// {"code":"invalid_argument","message":"...","details":[],"problems":[...]}: problems, in the JSON
// mapping of smartroute.v1.Problem, only when there are some.
http::Response error_response(const CallError& error);

}  // namespace smartroute::control::admin
