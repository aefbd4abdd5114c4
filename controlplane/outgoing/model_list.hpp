// The answers of a stranger, read with care: lists of models, and what went wrong.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::control::outgoing {

// The ids of {"data":[{"id":...}]}, or of a bare array of such objects; the first `most` of them, without those beyond `id_bytes` or with control
// characters. Nullopt: the text is no such list.
std::optional<std::vector<std::string>> read_model_list(std::string_view json, std::size_t most, std::size_t id_bytes);

// What an error answer says: error.message, error, message or detail of a JSON object, else the text if it is a short plain one. One line, valid UTF-8.
std::string read_error_text(std::string_view body);

}  // namespace smartroute::control::outgoing
