// Names of users and API tokens. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace smartroute::control::identity {

constexpr std::size_t kMaxNameCharacters = 64;

bool is_utf8(std::string_view text);
// What is wrong with a name, as a sentence; empty: nothing. A name has 1 to kMaxNameCharacters
// characters, none of them a control or invisible one, and no space at its ends.
std::string complaint_about_name(std::string_view name);
// Two names with the same fold are the same name. Latin, Greek and Cyrillic letters lose their case;
// look-alikes of different scripts stay different.
std::string folded(std::string_view name);

}  // namespace smartroute::control::identity
