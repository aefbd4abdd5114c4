// How the fields of a message are spelled in a document, shared by the reader and the writer of
// documents.
#pragma once
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace smartroute::config {

// The forms a field that is a message takes in a document.
enum class MessageForm { Mapping, Duration, Secret, JsonObject };
MessageForm form_of(const google::protobuf::Descriptor& type);

// "sequential" for STRATEGY_SEQUENTIAL: the value's name without the enum's prefix, in lower case.
std::string short_name(const google::protobuf::EnumValueDescriptor& value);
// Every value but the unspecified one, in order.
std::vector<std::string> short_names(const google::protobuf::EnumDescriptor& type);
// Short or full name -> value; nullptr if there is none, or it is the unspecified one.
const google::protobuf::EnumValueDescriptor* find_value(
    const google::protobuf::EnumDescriptor& type, std::string_view name);
std::vector<std::string> field_names(const google::protobuf::Descriptor& type);

// A secret that is shown only by its end begins with this; as a value it would be a mistake.
constexpr std::string_view kHintMark = "…";

}  // namespace smartroute::config
