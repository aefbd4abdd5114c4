#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "contract/config/decode.hpp"
#include "contract/config/document.hpp"
#include "contract/config/duration_text.hpp"
#include "contract/config/message_form.hpp"
#include "contract/config/report.hpp"
#include "contract/config/validate.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string_view kind_text(const Node& node) {
  switch (node.kind) {
    case NodeKind::Null:
      return "nothing";
    case NodeKind::List:
      return "a list";
    case NodeKind::Map:
      return "a mapping";
    case NodeKind::Scalar:
      break;
  }
  switch (scalar_type(node)) {
    case ScalarType::Text:
      return "text";
    case ScalarType::Bool:
      return "true or false";
    case ScalarType::Integer:
      return "a number";
    case ScalarType::Float:
      return "a number with a fraction";
  }
  return "a value";
}

// Walks a tree along a message's descriptor, so one piece of code reads every field there is and
// will be. Elements that cannot be read keep their place in a list, or every later path would be
// off by one.
class MessageReader {
 public:
  MessageReader(Report& report, SourceMap& lines) : report_(report), lines_(lines) {}

  void read_message(const Node& node, pb::Message& message, const std::string& path) {
    if (node.kind == NodeKind::Null) return;
    const auto& type = *message.GetDescriptor();
    if (node.kind != NodeKind::Map)
      return wrong_type(node, path, "a mapping with the fields " + list_of(field_names(type)));
    for (const auto& member : node.children) {
      const auto* field = type.FindFieldByName(member.key);
      if (field == nullptr) {
        unknown_field(member, type, path);
        continue;
      }
      const std::string at = field_path(path, field->name());
      lines_.emplace(at, member.line);
      read_field(member, message, *field, at);
    }
  }

 private:
  void wrong_type(const Node& node, const std::string& path, const std::string& expected) {
    report_.error(path, "must be " + expected + ", not " + std::string(kind_text(node)), {},
                  node.line);
  }

  void unknown_field(const Node& member, const pb::Descriptor& type, const std::string& path) {
    if (report_.full()) return report_.error({}, {});
    const auto names = field_names(type);
    report_.error(member_path(path, member.key), "is no field here; known are " + list_of(names),
                  nearest_name(member.key, names), member.line);
  }

  void read_field(const Node& node, pb::Message& message, const Field& field,
                  const std::string& path) {
    if (field.is_map()) return read_map(node, message, field, path);
    if (field.is_repeated()) return read_list(node, message, field, path);
    if (node.kind != NodeKind::Null) read_value(node, message, field, path);
  }

  void read_map(const Node& node, pb::Message& message, const Field& field,
                const std::string& path) {
    if (node.kind == NodeKind::Null) return;
    if (node.kind != NodeKind::Map) return wrong_type(node, path, "a mapping");
    const auto& entry_type = *field.message_type();
    for (const auto& member : node.children) {
      const std::string at = member_path(path, member.key);
      lines_.emplace(at, member.line);
      auto* entry = message.GetReflection()->AddMessage(&message, &field);
      entry->GetReflection()->SetString(entry, entry_type.map_key(), member.key);
      if (member.kind == NodeKind::Null)
        wrong_type(member, at, "a value");
      else
        read_value(member, *entry, *entry_type.map_value(), at);
    }
  }

  void read_list(const Node& node, pb::Message& message, const Field& field,
                 const std::string& path) {
    if (node.kind == NodeKind::Null) return;
    if (node.kind != NodeKind::List) return wrong_type(node, path, "a list");
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const std::string at = item_path(path, i);
      lines_.emplace(at, node.children[i].line);
      read_value(node.children[i], message, field, at);
    }
  }

  // Sets a singular field, or adds one element to a repeated one.
  void read_value(const Node& node, pb::Message& message, const Field& field,
                  const std::string& path) {
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE: {
        auto* part = field.is_repeated() ? reflection.AddMessage(&message, &field)
                                         : reflection.MutableMessage(&message, &field);
        return read_part(node, *part, path);
      }
      case Field::CPPTYPE_STRING: {
        std::string value = text(node, path);
        return field.is_repeated() ? reflection.AddString(&message, &field, std::move(value))
                                   : reflection.SetString(&message, &field, std::move(value));
      }
      case Field::CPPTYPE_BOOL:
        return reflection.SetBool(&message, &field, boolean(node, path));
      case Field::CPPTYPE_DOUBLE:
        return reflection.SetDouble(&message, &field, real(node, path));
      case Field::CPPTYPE_INT32: {
        const auto value =
            static_cast<std::int32_t>(integer(node, path, std::numeric_limits<std::int32_t>::min(),
                                              std::numeric_limits<std::int32_t>::max()));
        return field.is_repeated() ? reflection.AddInt32(&message, &field, value)
                                   : reflection.SetInt32(&message, &field, value);
      }
      case Field::CPPTYPE_INT64:
        return reflection.SetInt64(&message, &field,
                                   integer(node, path, std::numeric_limits<std::int64_t>::min(),
                                           std::numeric_limits<std::int64_t>::max()));
      case Field::CPPTYPE_ENUM:
        return reflection.SetEnumValue(&message, &field,
                                       enumerator(node, *field.enum_type(), path));
      default:
        return report_.error(path, "has a type that documents cannot say", {}, node.line);
    }
  }

  void read_part(const Node& node, pb::Message& part, const std::string& path) {
    switch (form_of(*part.GetDescriptor())) {
      case MessageForm::Duration:
        return read_duration(node, static_cast<pb::Duration&>(part), path);
      case MessageForm::Secret:
        return read_secret(node, static_cast<v1::SecretValue&>(part), path);
      case MessageForm::JsonObject:
        return read_json_object(node, static_cast<v1::JsonObject&>(part), path);
      case MessageForm::Mapping:
        break;
    }
    if (node.kind == NodeKind::Null)
      return wrong_type(node, path, "a mapping");  // an element of a list
    read_message(node, part, path);
  }

  void read_duration(const Node& node, pb::Duration& out, const std::string& path) {
    if (node.kind != NodeKind::Scalar)
      return wrong_type(node, path, "a duration like 5s, 500ms, 5m or 2h");
    const auto value = parse_duration(node.text);
    if (!value) return report_.error(path, value.error().text(), {}, node.line);
    out.set_seconds(value->count() / 1000);
    out.set_nanos(static_cast<std::int32_t>(value->count() % 1000 * 1'000'000));
  }

  void read_secret(const Node& node, v1::SecretValue& out, const std::string& path) {
    std::string value = text(node, path);
    if (!value.starts_with(kHintMark)) return out.set_value(std::move(value));
    out.set_hint(std::move(value));
    report_.warn(path,
                 "is the shortened form of a key, not a key: the key that is stored is kept, if "
                 "there is one",
                 {}, node.line);
  }

  void read_json_object(const Node& node, v1::JsonObject& out, const std::string& path) {
    if (node.kind != NodeKind::Map) return wrong_type(node, path, "a mapping");
    for (const auto& member : node.children)
      lines_.emplace(member_path(path, member.key), member.line);
    std::vector<const Node*> refused;
    append_json(node, *out.mutable_json(), refused);
    for (const auto* bad : refused)
      report_.error(path, shown(bad->text) + " is no number of JSON", {}, bad->line);
  }

  // The text itself is never part of the problem: it may be a key that someone forgot to quote.
  std::string text(const Node& node, const std::string& path) {
    if (node.kind == NodeKind::Scalar && scalar_type(node) == ScalarType::Text) return node.text;
    if (node.kind == NodeKind::Scalar)
      wrong_type(node, path, "text: write it in quotes");
    else
      wrong_type(node, path, "text");
    return {};
  }

  bool boolean(const Node& node, const std::string& path) {
    if (node.kind == NodeKind::Scalar && scalar_type(node) == ScalarType::Bool)
      return node.text[0] == 't' || node.text[0] == 'T';
    wrong_type(node, path, "true or false, without quotes");
    return false;
  }

  double real(const Node& node, const std::string& path) {
    const bool number =
        node.kind == NodeKind::Scalar &&
        (scalar_type(node) == ScalarType::Integer || scalar_type(node) == ScalarType::Float);
    if (!number) return wrong_type(node, path, "a number"), 0;
    const std::string_view digits =
        std::string_view(node.text).substr(node.text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() &&
        std::isfinite(value))
      return value;
    report_.error(path, shown(node.text) + " is not a finite decimal number", {}, node.line);
    return 0;
  }

  std::int64_t integer(const Node& node, const std::string& path, std::int64_t lowest,
                       std::int64_t highest) {
    if (node.kind != NodeKind::Scalar || scalar_type(node) == ScalarType::Text ||
        scalar_type(node) == ScalarType::Bool)
      return wrong_type(node, path, "a whole number"), 0;
    const std::string_view digits =
        std::string_view(node.text).substr(node.text.starts_with('+') ? 1 : 0);
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = parsed.ptr == digits.data() + digits.size();
    if (whole && parsed.ec == std::errc() && value >= lowest && value <= highest) return value;
    if (whole)
      report_.error(path, shown(node.text) + " is out of range", {}, node.line);
    else
      report_.error(path, shown(node.text) + " is not a whole decimal number", {}, node.line);
    return 0;
  }

  int enumerator(const Node& node, const pb::EnumDescriptor& type, const std::string& path) {
    const auto names = short_names(type);
    if (node.kind != NodeKind::Scalar) return wrong_type(node, path, "one of " + list_of(names)), 0;
    if (const auto* value = find_value(type, node.text)) return value->number();
    if (report_.full()) return report_.error({}, {}), 0;
    report_.error(path, shown(node.text) + " is not one of " + list_of(names),
                  nearest_name(node.text, names), node.line);
    return 0;
  }

  Report& report_;
  SourceMap& lines_;
};

Format format_of(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? Format::Json : Format::Yaml;
}

}  // namespace

DocumentResult decode_document(std::string_view text, std::string_view file,
                               std::optional<Format> format) {
  DocumentResult result;
  result.message = std::make_unique<v1::Config>();
  Document document =
      format.value_or(format_of(text)) == Format::Json ? read_json(text) : read_yaml(text);
  Report report;
  for (auto& problem : document.problems)
    report.error(std::move(problem.path), std::move(problem.what), {}, problem.line);
  MessageReader(report, result.lines).read_message(document.root, *result.message, {});
  result.problems = report.take();
  std::stable_sort(result.problems.begin(), result.problems.end(),
                   [](const Problem& a, const Problem& b) {
                     return (a.line == 0 ? std::numeric_limits<int>::max() : a.line) <
                            (b.line == 0 ? std::numeric_limits<int>::max() : b.line);
                   });
  for (auto& problem : result.problems) problem.file = file;
  return result;
}

}  // namespace smartroute::config
