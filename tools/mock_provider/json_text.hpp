// Appends JSON without building a document.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::mock_provider {

// A quoted JSON string. Bytes that are not ASCII pass as they are.
void append_json_string(std::string& out, std::string_view text);
// The same text in ASCII alone: everything else, which must be UTF-8, as \uXXXX, in pairs above
// U+FFFF.
void append_ascii_json_string(std::string& out, std::string_view utf8);

// The longest prefix of at most `bytes` bytes that does not end inside a UTF-8 sequence; at least
// one character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

}  // namespace smartroute::mock_provider
