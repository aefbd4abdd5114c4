// Text as JSON strings. Control characters and DEL are escaped, everything else passes as it is:
// what is not UTF-8 stays so.
#pragma once
#include <string>
#include <string_view>

namespace smartroute {

// Appends the inside of the string, without quotes.
void append_json_escaped(std::string& out, std::string_view text);
// `text` with quotes.
std::string json_quote(std::string_view text);

}  // namespace smartroute
