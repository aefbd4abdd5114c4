// What a password must be. Length and not being a guessable word is all that helps (NIST SP 800-63B
// section 5.1.1.2); no rules about kinds of characters. Passwords are compared as the bytes they
// came in: browsers send what the keyboard made, and no normalisation (NFKC) is applied. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace smartroute::control::identity {

constexpr std::size_t kMinPasswordBytes = 12;
constexpr std::size_t kMaxPasswordBytes = 256;

// What is wrong with a password for the account `name`, as a sentence; empty: nothing.
std::string complaint_about_password(std::string_view password, std::string_view name);

}  // namespace smartroute::control::identity
