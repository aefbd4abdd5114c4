#include "dataplane/sync/wire_text.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace smartroute::sync {
namespace {

using google::protobuf::FieldDescriptor;

bool is_safe(const std::string& text) {
  return text.size() <= kMaxTextBytes && simdjson::validate_utf8(text);
}

std::string made_safe(std::string text) {
  const bool valid = simdjson::validate_utf8(text);
  if (!valid)
    for (char& c : text)
      if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  if (text.size() > kMaxTextBytes) {
    std::size_t end = kMaxTextBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;  // never between the bytes of a character
    text.resize(end);
  }
  return text;
}

}  // namespace

void make_wire_safe(google::protobuf::Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  std::string scratch;
  for (const auto* field : present) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        make_wire_safe(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                            : *reflection.MutableMessage(&message, field));
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        const auto& text = field->is_repeated()
                               ? reflection.GetRepeatedStringReference(message, field, i, &scratch)
                               : reflection.GetStringReference(message, field, &scratch);
        if (is_safe(text)) continue;
        if (field->is_repeated()) {
          reflection.SetRepeatedString(&message, field, i, made_safe(text));
        } else {
          reflection.SetString(&message, field, made_safe(text));
        }
      }
    }
  }
}

}  // namespace smartroute::sync
