#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "contract/base/secret.hpp"
#include "contract/config/decode.hpp"
#include "contract/config/document.hpp"
#include "contract/config/duration_text.hpp"
#include "contract/config/message_form.hpp"
#include "contract/config/secret_reference.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

Node text_node(std::string text) {
  Node node;
  node.kind = NodeKind::Scalar;
  node.quoted = true;
  node.text = std::move(text);
  return node;
}

Node plain_node(std::string text) {
  Node node = text_node(std::move(text));
  node.quoted = false;
  return node;
}

// Shortest text that reads back as the same double.
std::string real_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

Node secret_node(const v1::SecretValue& secret) {
  if (secret.has_hint()) return text_node(secret.hint());
  if (secret.has_sealed()) return text_node(std::string(kHintMark));
  if (parse_reference(secret.value())) return text_node(secret.value());
  return text_node(
      Secret(secret.value()).hint());  // a literal never leaves, whatever the caller forgot
}

Node duration_node(const pb::Duration& value) {
  return text_node(format_duration(Millis(value.seconds() * 1000 + value.nanos() / 1'000'000)));
}

// All: also empty lists, mappings and texts; only what can be told to be unset is left out.
enum class Fields { Set, All };

// The other way of decode_document's reader: a message as a tree, fields in schema order.
template <Fields kFields>
class TreeWriter {
 public:
  static Node write(const pb::Message& message) {
    Node node;
    node.kind = NodeKind::Map;
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
      const auto& field = *type.field(i);
      const bool set = field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                           : reflection.HasField(message, &field);
      if (!set && (kFields == Fields::Set || field.has_presence())) continue;
      Node child = field.is_map()        ? write_map(message, field)
                   : field.is_repeated() ? write_list(message, field)
                                         : write_value(message, field, -1);
      child.key = field.name();
      node.children.push_back(std::move(child));
    }
    return node;
  }

 private:
  // Maps have no order of their own; sorted keys make equal configurations equal texts.
  static Node write_map(const pb::Message& message, const Field& field) {
    Node node;
    node.kind = NodeKind::Map;
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const auto& entry = reflection.GetRepeatedMessage(message, &field, i);
      Node child = write_value(entry, *field.message_type()->map_value(), -1);
      child.key = entry.GetReflection()->GetString(entry, field.message_type()->map_key());
      node.children.push_back(std::move(child));
    }
    std::sort(node.children.begin(), node.children.end(),
              [](const Node& a, const Node& b) { return a.key < b.key; });
    return node;
  }

  static Node write_list(const pb::Message& message, const Field& field) {
    Node node;
    node.kind = NodeKind::List;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i)
      node.children.push_back(write_value(message, field, i));
    return node;
  }

  // Element `index` of a repeated field, or the singular field itself for -1.
  static Node write_value(const pb::Message& message, const Field& field, int index) {
    const auto& reflection = *message.GetReflection();
    const bool element = index >= 0;
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return write_part(element ? reflection.GetRepeatedMessage(message, &field, index)
                                  : reflection.GetMessage(message, &field));
      case Field::CPPTYPE_STRING:
        return text_node(element ? reflection.GetRepeatedString(message, &field, index)
                                 : reflection.GetString(message, &field));
      case Field::CPPTYPE_BOOL:
        return plain_node(reflection.GetBool(message, &field) ? "true" : "false");
      case Field::CPPTYPE_DOUBLE:
        return plain_node(real_text(reflection.GetDouble(message, &field)));
      case Field::CPPTYPE_INT32:
        return plain_node(std::to_string(element
                                             ? reflection.GetRepeatedInt32(message, &field, index)
                                             : reflection.GetInt32(message, &field)));
      case Field::CPPTYPE_INT64:
        return plain_node(std::to_string(reflection.GetInt64(message, &field)));
      case Field::CPPTYPE_ENUM: {
        const int number = reflection.GetEnumValue(message, &field);
        const auto* value = field.enum_type()->FindValueByNumber(number);
        return value ? text_node(short_name(*value)) : plain_node(std::to_string(number));
      }
      default:
        return {};
    }
  }

  static Node write_part(const pb::Message& part) {
    switch (form_of(*part.GetDescriptor())) {
      case MessageForm::Duration:
        return duration_node(static_cast<const pb::Duration&>(part));
      case MessageForm::Secret:
        return secret_node(static_cast<const v1::SecretValue&>(part));
      case MessageForm::JsonObject: {
        const auto& json = static_cast<const v1::JsonObject&>(part).json();
        Document document = read_json(json.empty() ? "{}" : json);
        return document.problems.empty() ? std::move(document.root) : text_node(json);
      }
      case MessageForm::Mapping:
        break;
    }
    return write(part);
  }
};

}  // namespace

std::string encode_yaml(const v1::Config& message) {
  return write_yaml(TreeWriter<Fields::Set>::write(message));
}
std::string encode_json(const v1::Config& message) {
  return write_json(TreeWriter<Fields::Set>::write(message));
}
std::string encode_effective_json(const v1::Config& message) {
  return write_json(TreeWriter<Fields::All>::write(with_defaults(message)));
}

std::string fingerprint(const v1::Config& message) {
  constexpr std::size_t kShownBytes = 16;
  std::string bytes;
  {
    pb::io::StringOutputStream sink(&bytes);
    pb::io::CodedOutputStream coded(&sink);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  char hex[kShownBytes * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, kShownBytes);
  return hex;
}

}  // namespace smartroute::config
