#include "controlplane/outgoing/model_list.hpp"

#include <simdjson.h>

namespace smartroute::control::outgoing {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxErrorBytes = 64 * 1024;   // of a body that is looked into
constexpr std::size_t kMaxPlainBytes = 400;

bool is_printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::optional<std::vector<std::string>> read_ids(ondemand::array list, std::size_t most, std::size_t id_bytes) {
  std::vector<std::string> ids;
  for (auto element : list) {
    if (ids.size() == most) break;
    std::string_view id;
    ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS) return std::nullopt;
    ondemand::object model;
    if (value.get_object().get(model) != simdjson::SUCCESS) return std::nullopt;
    if (model.find_field_unordered("id").get_string().get(id) != simdjson::SUCCESS) continue;
    if (!id.empty() && id.size() <= id_bytes && is_printable(id)) ids.emplace_back(id);
  }
  return ids;
}

}  // namespace

std::optional<std::vector<std::string>> read_model_list(std::string_view json, std::size_t most, std::size_t id_bytes) {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  ondemand::json_type type;
  if (document.type().get(type) != simdjson::SUCCESS) return std::nullopt;
  ondemand::array list;
  if (type == ondemand::json_type::array) {
    if (document.get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  } else if (type == ondemand::json_type::object) {
    if (document.find_field_unordered("data").get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return read_ids(list, most, id_bytes);
}

std::string read_error_text(std::string_view body) {
  if (body.size() > kMaxErrorBytes || !simdjson::validate_utf8(body.data(), body.size())) return {};
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  if (body[first] != '{') return body.size() <= kMaxPlainBytes && body[first] != '<' ? one_line(body) : std::string();
  const simdjson::padded_string padded(body);
  ondemand::parser parser;
  for (const std::string_view where : {"/error/message", "/error", "/message", "/detail"}) {
    ondemand::document document;
    std::string_view text;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return {};
    if (document.at_pointer(where).get_string().get(text) == simdjson::SUCCESS) return one_line(text);
  }
  return {};
}

}  // namespace smartroute::control::outgoing
