// Appends JSON without building a document.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::mock_provider {

// A quoted JSON string. Bytes that are not ASCII pass as they are.
void append_json_string(std::string& out, std::string_view text);

// The longest prefix of at most `bytes` bytes that does not end inside a UTF-8 sequence; at least
// one character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

}  // namespace smartroute::mock_provider
