// Random tokens, and what is kept of them. Pure, but for the random bytes that come in.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace smartroute::control::accounts {

// Fills with unpredictable bytes. Any thread.
using RandomBytes = std::function<void(std::string& out)>;
RandomBytes system_random();

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenText = 43;  // of kTokenBytes as base64url

std::string base64url(std::string_view bytes);
std::string new_token(const RandomBytes& random);            // kTokenText characters
std::string new_id(const RandomBytes& random);               // 16 hex digits
std::string token_digest(std::string_view token);            // SHA-256, 32 bytes
std::string csrf_token_of(std::string_view session_token);   // HMAC-SHA-256, as base64url
bool equal_digests(std::string_view a, std::string_view b);  // in constant time; not empty

}  // namespace smartroute::control::accounts
