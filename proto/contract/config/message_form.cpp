#include "contract/config/message_form.hpp"

#include <google/protobuf/duration.pb.h>

#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace pb = google::protobuf;

MessageForm form_of(const pb::Descriptor& type) {
  if (&type == pb::Duration::descriptor()) return MessageForm::Duration;
  if (&type == v1::SecretValue::descriptor()) return MessageForm::Secret;
  if (&type == v1::JsonObject::descriptor()) return MessageForm::JsonObject;
  return MessageForm::Mapping;
}

std::string short_name(const pb::EnumValueDescriptor& value) {
  constexpr std::string_view kZero = "UNSPECIFIED";
  const std::string& zero = value.type()->value(0)->name();
  const std::size_t prefix = zero.ends_with(kZero) ? zero.size() - kZero.size() : 0;
  std::string out = value.name().substr(prefix);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string> short_names(const pb::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) names.push_back(short_name(*type.value(i)));
  return names;
}

const pb::EnumValueDescriptor* find_value(const pb::EnumDescriptor& type, std::string_view name) {
  for (int i = 1; i < type.value_count(); ++i)
    if (type.value(i)->name() == name || short_name(*type.value(i)) == name) return type.value(i);
  return nullptr;
}

std::vector<std::string> field_names(const pb::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

}  // namespace smartroute::config
