#include "controlplane/core/secret_fields.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <set>

#include "contract/base/secret.hpp"
#include "contract/config/message_form.hpp"
#include "contract/config/report.hpp"
#include "contract/config/secret_reference.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool is_message(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Whether a secret can be anywhere below. `seen` ends recursive schemas.
bool may_hold_secret(const Descriptor& type, std::set<const Descriptor*>& seen) {
  if (&type == v1::SecretValue::descriptor()) return true;
  if (!seen.insert(&type).second) return false;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (is_message(field) && may_hold_secret(*field.message_type(), seen)) return true;
  }
  return false;
}

std::string scalar_text(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    default:
      return {};
  }
}

// What distinguishes a list element in every revision: its id, or else its position.
std::string element_name(const Message& element, int position) {
  const FieldDescriptor* id = element.GetDescriptor()->FindFieldByName("id");
  std::string name;
  if (id && !id->is_repeated()) name = scalar_text(element, *id);
  return name.empty() ? std::to_string(position) : name;
}

// One walk for const and mutable messages alike.
template <class M, class Visit>
class Walk {
 public:
  explicit Walk(const Visit& visit) : visit_(visit) {}

  void message(M& at, const std::string& path, const std::string& identity) const {
    const Descriptor& type = *at.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      std::set<const Descriptor*> seen;
      if (!is_message(field) || !may_hold_secret(*field.message_type(), seen)) continue;
      const std::string here = config::field_path(path, field.name());
      const std::string same = config::field_path(identity, field.name());
      if (field.is_map()) {
        map(at, field, here, same);
      } else if (field.is_repeated()) {
        list(at, field, here, same);
      } else if (at.GetReflection()->HasField(at, &field)) {
        value(only(at, field), {here, same, {}});
      }
    }
  }

 private:
  void list(M& at, const FieldDescriptor& field, const std::string& path,
            const std::string& identity) const {
    const int size = at.GetReflection()->FieldSize(at, &field);
    for (int i = 0; i < size; ++i) {
      M& element = nth(at, field, i);
      value(element, {config::item_path(path, static_cast<std::size_t>(i)),
                      identity + "[" + element_name(element, i) + "]", identity});
    }
  }

  void map(M& at, const FieldDescriptor& field, const std::string& path,
           const std::string& identity) const {
    const int size = at.GetReflection()->FieldSize(at, &field);
    for (int i = 0; i < size; ++i) {
      M& entry = nth(at, field, i);
      const std::string key = scalar_text(entry, *field.message_type()->map_key());
      value(only(entry, *field.message_type()->map_value()),
            {config::member_path(path, key), config::member_path(identity, key), {}});
    }
  }

  void value(M& at, const SecretPlace& place) const {
    if (at.GetDescriptor() == v1::SecretValue::descriptor()) {
      visit_(place, at);
    } else {
      message(at, place.path, place.identity);
    }
  }

  static M& only(M& at, const FieldDescriptor& field) {
    if constexpr (std::is_const_v<M>)
      return at.GetReflection()->GetMessage(at, &field);
    else
      return *at.GetReflection()->MutableMessage(&at, &field);
  }
  static M& nth(M& at, const FieldDescriptor& field, int i) {
    if constexpr (std::is_const_v<M>)
      return at.GetReflection()->GetRepeatedMessage(at, &field, i);
    else
      return *at.GetReflection()->MutableRepeatedMessage(&at, &field, i);
  }

  const Visit& visit_;
};

}  // namespace

void for_each_secret(v1::Config& config,
                     const std::function<void(const SecretPlace&, v1::SecretValue&)>& visit) {
  const auto typed = [&](const SecretPlace& place, Message& at) {
    visit(place, static_cast<v1::SecretValue&>(at));
  };
  Walk<Message, decltype(typed)>(typed).message(config, {}, {});
}

void for_each_secret(const v1::Config& config,
                     const std::function<void(const SecretPlace&, const v1::SecretValue&)>& visit) {
  const auto typed = [&](const SecretPlace& place, const Message& at) {
    visit(place, static_cast<const v1::SecretValue&>(at));
  };
  Walk<const Message, decltype(typed)>(typed).message(config, {}, {});
}

bool is_reference(std::string_view text) { return config::parse_reference(text).has_value(); }

bool is_hint(std::string_view text) { return text.starts_with(config::kHintMark); }

std::string shown(const v1::SecretValue& secret) {
  switch (secret.form_case()) {
    case v1::SecretValue::kValue:
      if (is_reference(secret.value()) || is_hint(secret.value())) return secret.value();
      return Secret(secret.value()).hint();
    case v1::SecretValue::kSealed:
      return std::string(config::kHintMark);
    case v1::SecretValue::kHint:
      return secret.hint();
    case v1::SecretValue::FORM_NOT_SET:
      return {};
  }
  return {};
}

}  // namespace smartroute::control
