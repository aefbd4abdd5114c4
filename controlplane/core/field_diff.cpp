// diff_fields of revision_rules.hpp: a walk over two messages side by side.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "contract/config/duration_text.hpp"
#include "contract/config/message_form.hpp"
#include "contract/config/report.hpp"
#include "controlplane/core/revision_rules.hpp"
#include "controlplane/core/secret_fields.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Elements of a list of messages, or values of a map, under the name that pairs them up.
using Named = std::vector<std::pair<std::string, const Message*>>;

bool is_message(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Messages that people see as one value.
bool is_leaf(const Descriptor& type) {
  return config::form_of(type) != config::MessageForm::Mapping;
}

std::string leaf_text(const Message& message) {
  if (message.GetDescriptor() == v1::SecretValue::descriptor())
    return shown(static_cast<const v1::SecretValue&>(message));
  if (message.GetDescriptor() == v1::JsonObject::descriptor())
    return static_cast<const v1::JsonObject&>(message).json();
  const auto& duration = static_cast<const google::protobuf::Duration&>(message);
  return config::format_duration(
      config::Millis(duration.seconds() * 1'000 + duration.nanos() / 1'000'000));
}

std::string enum_text(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  return value ? config::short_name(*value) : std::to_string(number);
}

template <class Number>
std::string shortest(Number value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

// Text of a scalar field, or of its element `at` when it is a list (at >= 0).
std::string scalar_text(const Message& m, const FieldDescriptor& f, int at) {
  using R = google::protobuf::Reflection;
  const R& r = *m.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return at < 0 ? (r.*single)(m, &f) : (r.*repeated)(m, &f, at);
  };
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return get(&R::GetString, &R::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(get(&R::GetInt32, &R::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(get(&R::GetInt64, &R::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(get(&R::GetUInt32, &R::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(get(&R::GetUInt64, &R::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return shortest(get(&R::GetDouble, &R::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return shortest(get(&R::GetFloat, &R::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_ENUM:
      return enum_text(*f.enum_type(), get(&R::GetEnumValue, &R::GetRepeatedEnumValue));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return leaf_text(at < 0 ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, at));
  }
  return {};
}

// What decides whether two leaves are the same; holds secrets, so it is never shown.
std::string compared_text(const Message& m, const FieldDescriptor& f, int at) {
  if (is_message(f)) {
    const auto& r = *m.GetReflection();
    return (at < 0 ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, at)).SerializeAsString();
  }
  return scalar_text(m, f, at);
}

class FieldDiff {
 public:
  explicit FieldDiff(std::vector<Change>& out) : out_(out) {}

  // Either side may be null: absent.
  void messages(const Message* from, const Message* to, const std::string& path) {
    const Descriptor& type = *(from ? from : to)->GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string here = config::field_path(path, field.name());
      if (field.is_map()) {
        pairs(map_entries(from, field), map_entries(to, field), field, here);
      } else if (field.is_repeated() && is_message(field) && !is_leaf(*field.message_type())) {
        lists(from, to, field, here);
      } else if (is_message(field) && !is_leaf(*field.message_type())) {
        const Message* a = child(from, field);
        const Message* b = child(to, field);
        if (a || b) messages(a, b, here);
      } else {
        leaves(from, to, field, here);
      }
    }
  }

 private:
  static const Message* child(const Message* m, const FieldDescriptor& field) {
    if (!m || !m->GetReflection()->HasField(*m, &field)) return nullptr;
    return &m->GetReflection()->GetMessage(*m, &field);
  }

  struct Leaf {
    std::string shown;
    std::string compared;
  };
  static Leaf leaf(const Message* m, const FieldDescriptor& field) {
    if (!m) return {};
    const auto& reflection = *m->GetReflection();
    if (!field.is_repeated()) {
      if (!reflection.HasField(*m, &field)) return {};
      return {scalar_text(*m, field, -1), compared_text(*m, field, -1)};
    }
    const int size = reflection.FieldSize(*m, &field);
    if (size == 0) return {};
    Leaf all{"[", {}};
    for (int i = 0; i < size; ++i) {
      all.shown += (i == 0 ? "" : ", ") + scalar_text(*m, field, i);
      const std::string one = compared_text(*m, field, i);
      all.compared += std::to_string(one.size()) + ":" + one;
    }
    all.shown += "]";
    return all;
  }

  void leaves(const Message* from, const Message* to, const FieldDescriptor& field,
              const std::string& path) {
    const Leaf a = leaf(from, field);
    const Leaf b = leaf(to, field);
    emit(path, a, b);
  }

  void emit(const std::string& path, const Leaf& a, const Leaf& b) {
    if (a.compared == b.compared && a.shown == b.shown) return;
    out_.push_back({path, a.shown, a.shown == b.shown ? b.shown + " (changed)" : b.shown});
  }

  static Named map_entries(const Message* m, const FieldDescriptor& field) {
    Named entries;
    if (!m) return entries;
    const auto& reflection = *m->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*m, &field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(*m, &field, i);
      entries.emplace_back(scalar_text(entry, *field.message_type()->map_key(), -1), &entry);
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  // Names by id; by position if any element has none or two share one.
  static Named list_elements(const Message* m, const FieldDescriptor& field, bool by_id) {
    Named elements;
    if (!m) return elements;
    const auto& reflection = *m->GetReflection();
    const FieldDescriptor* id = field.message_type()->FindFieldByName("id");
    for (int i = 0; i < reflection.FieldSize(*m, &field); ++i) {
      const Message& element = reflection.GetRepeatedMessage(*m, &field, i);
      elements.emplace_back(by_id ? scalar_text(element, *id, -1) : std::to_string(i), &element);
    }
    return elements;
  }

  static bool ids_are_names(const Message* m, const FieldDescriptor& field) {
    const FieldDescriptor* id = field.message_type()->FindFieldByName("id");
    if (!id || id->is_repeated() || is_message(*id)) return false;
    std::map<std::string, int> seen;
    for (const auto& [name, element] : list_elements(m, field, true))
      if (name.empty() || ++seen[name] > 1) return false;
    return true;
  }

  void lists(const Message* from, const Message* to, const FieldDescriptor& field,
             const std::string& path) {
    const bool by_id = ids_are_names(from, field) && ids_are_names(to, field);
    const Named a = list_elements(from, field, by_id);
    const Named b = list_elements(to, field, by_id);
    pairs(a, b, field, path);
    if (by_id) order(a, b, path);
  }

  // The order of what stayed is content too: the first provider is the default one.
  void order(const Named& a, const Named& b, const std::string& path) {
    const auto common = [](const Named& of, const Named& with) {
      std::string names;
      for (const auto& [name, element] : of) {
        const bool stays = std::any_of(
            with.begin(), with.end(),
            [&, n = std::string_view(name)](const auto& other) { return other.first == n; });
        if (stays) names += (names.empty() ? "" : ", ") + name;
      }
      return "[" + names + "]";
    };
    const std::string before = common(a, b);
    const std::string after = common(b, a);
    if (before != after) out_.push_back({path, before, after});
  }

  void pairs(const Named& a, const Named& b, const FieldDescriptor& field,
             const std::string& path) {
    const std::map<std::string, const Message*> after(b.begin(), b.end());
    const std::map<std::string, const Message*> before(a.begin(), a.end());
    for (const auto& [name, element] : a) {
      const auto other = after.find(name);
      pair(element, other == after.end() ? nullptr : other->second, field,
           name_path(field, path, name));
    }
    for (const auto& [name, element] : b)
      if (!before.count(name)) pair(nullptr, element, field, name_path(field, path, name));
  }

  static std::string name_path(const FieldDescriptor& field, const std::string& path,
                               const std::string& name) {
    return field.is_map() ? config::member_path(path, name) : path + "[" + name + "]";
  }

  void pair(const Message* a, const Message* b, const FieldDescriptor& field,
            const std::string& path) {
    if (!field.is_map()) return messages(a, b, path);
    const FieldDescriptor& value = *field.message_type()->map_value();
    if (is_message(value) && !is_leaf(*value.message_type()))
      return messages(child(a, value), child(b, value), path);
    leaves(a, b, value, path);
  }

  std::vector<Change>& out_;
};

}  // namespace

std::vector<Change> diff_fields(const v1::Config& from, const v1::Config& to) {
  std::vector<Change> changes;
  FieldDiff(changes).messages(&from, &to, {});
  return changes;
}

}  // namespace smartroute::control
