// How things are spelt there and here. Internal to import/.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "contract/config/document.hpp"

namespace smartroute::import {

std::string lower(std::string_view text);
bool holds_any(std::string_view text, std::initializer_list<std::string_view> words);

// "${NAME}", "os.environ/NAME", "env.NAME", "file:/path".
bool is_reference(std::string_view text);
// As people write it here: "${NAME}". A literal stays.
std::string secret_here(std::string_view text);
// The name of a member whose value is nobody's business.
bool names_secret(std::string_view key);
// A URL with a user in it.
bool holds_password(std::string_view text);

// A whole number, also one written as text or with a zero fraction; nullopt for anything else.
std::optional<std::int64_t> whole(const config::Node* node);
std::optional<double> real(const config::Node* node);
std::optional<bool> truth(const config::Node* node);

// 5000 -> "5s", 1500 -> "1500ms", 300000 -> "5m".
std::string duration_text(std::chrono::milliseconds span);
// Seconds with a fraction, as LiteLLM has them; nullopt beyond a year, or if negative.
std::optional<std::chrono::milliseconds> seconds(const config::Node* node);
// "2.5", never with an exponent.
std::string decimal(double value);

// An id of ours made of theirs: other characters become '-', reserved names get "-provider", `taken` ones a number.
std::string provider_id(std::string_view name, const std::function<bool(const std::string&)>& taken);
// Without a trailing slash and "/chat/completions".
std::string base_url(std::string_view url);

// Which of our tiers a model of this name probably is for, 1 to 3: small and fast, middle, strong.
int tier_by_name(std::string_view model);

}  // namespace smartroute::import
