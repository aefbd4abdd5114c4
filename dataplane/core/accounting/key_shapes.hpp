// The shapes of keys that services give out, as far as they can be told from words.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smartroute::accounting {

// Classes of characters, and what keys are made of.
enum : std::uint8_t {
  kLower = 1,
  kUpper = 2,
  kDigit = 4,
  kDash = 8,      // - and _
  kDot = 16,
  kMark = 32,     // + / = ~
  kAlnum = kLower | kUpper | kDigit,
  kWord = kAlnum | kDash,
  kDotted = kWord | kDot,
  kToken = kDotted | kMark,
  kUpperDigit = kUpper | kDigit,
};

constexpr std::array<std::uint8_t, 256> character_classes() noexcept {
  std::array<std::uint8_t, 256> out{};
  for (int c = 'a'; c <= 'z'; ++c) out[static_cast<std::size_t>(c)] = kLower;
  for (int c = 'A'; c <= 'Z'; ++c) out[static_cast<std::size_t>(c)] = kUpper;
  for (int c = '0'; c <= '9'; ++c) out[static_cast<std::size_t>(c)] = kDigit;
  out['-'] = out['_'] = kDash;
  out['.'] = kDot;
  out['+'] = out['/'] = out['='] = out['~'] = kMark;
  return out;
}
inline constexpr std::array<std::uint8_t, 256> kClassOf = character_classes();

enum class KeyForm : std::uint8_t {
  Run,      // `prefix`, then at least `least` characters of `made_of`
  Exact,    // ... exactly so many letters and digits
  Mixed,    // as Run, with a digit, or letters of both cases
  Jwt,      // parts between dots
  Bearer,   // any case; what follows is the key
  Pem,      // a private key up to its end line
};

struct KeyShape {
  std::string_view prefix;
  KeyForm form;
  std::uint8_t made_of;
  std::uint8_t least;
  std::uint8_t anchor = 0;   // where in `prefix` the three bytes stand that are looked for
};

inline constexpr KeyShape kKeyShapes[] = {
    {"sk-", KeyForm::Mixed, kWord, 20},              // OpenAI, Anthropic, OpenRouter, DeepSeek, Moonshot, ...
    {"AIza", KeyForm::Run, kWord, 35},               // Google
    {"ya29.", KeyForm::Run, kDotted, 20},
    {"GOCSPX-", KeyForm::Run, kWord, 24},
    {"AKIA", KeyForm::Exact, kUpperDigit, 16},       // AWS
    {"ASIA", KeyForm::Exact, kUpperDigit, 16},
    {"ABSK", KeyForm::Run, kToken, 60},
    {"ghp_", KeyForm::Run, kAlnum, 30},              // GitHub
    {"gho_", KeyForm::Run, kAlnum, 30},
    {"ghu_", KeyForm::Run, kAlnum, 30},
    {"ghs_", KeyForm::Run, kAlnum, 30},
    {"ghr_", KeyForm::Run, kAlnum, 30},
    {"github_pat_", KeyForm::Run, kWord, 22},
    {"glpat-", KeyForm::Run, kWord, 20},             // GitLab
    {"glptt-", KeyForm::Run, kWord, 20},
    {"gldt-", KeyForm::Run, kWord, 20},
    {"glrt-", KeyForm::Run, kWord, 20},
    {"xoxa-", KeyForm::Mixed, kWord, 10},            // Slack
    {"xoxb-", KeyForm::Mixed, kWord, 10},
    {"xoxe-", KeyForm::Mixed, kWord, 10},
    {"xoxp-", KeyForm::Mixed, kWord, 10},
    {"xoxr-", KeyForm::Mixed, kWord, 10},
    {"xoxs-", KeyForm::Mixed, kWord, 10},
    {"xapp-", KeyForm::Mixed, kWord, 20},
    {"hf_", KeyForm::Run, kAlnum, 30},               // Hugging Face
    {"gsk_", KeyForm::Run, kAlnum, 30},              // Groq
    {"r8_", KeyForm::Run, kAlnum, 30},               // Replicate
    {"xai-", KeyForm::Run, kAlnum, 40},
    {"pplx-", KeyForm::Run, kAlnum, 40},
    {"nvapi-", KeyForm::Run, kWord, 40},
    {"csk-", KeyForm::Run, kAlnum, 40},              // Cerebras
    {"fw_", KeyForm::Mixed, kAlnum, 20},             // Fireworks
    {"tgp_v1_", KeyForm::Run, kWord, 30},            // Together
    {"tvly-", KeyForm::Mixed, kWord, 20},
    {"jina_", KeyForm::Run, kWord, 40},
    {"lsv2_", KeyForm::Mixed, kWord, 30},            // LangSmith
    {"pk_live_", KeyForm::Run, kAlnum, 16},          // Stripe
    {"pk_test_", KeyForm::Run, kAlnum, 16},
    {"sk_live_", KeyForm::Run, kAlnum, 16},
    {"sk_test_", KeyForm::Run, kAlnum, 16},
    {"rk_live_", KeyForm::Run, kAlnum, 16},
    {"rk_test_", KeyForm::Run, kAlnum, 16},
    {"whsec_", KeyForm::Run, kToken, 24},
    {"npm_", KeyForm::Run, kAlnum, 36},
    {"pypi-AgE", KeyForm::Run, kWord, 40},
    {"dop_v1_", KeyForm::Run, kAlnum, 40},           // DigitalOcean
    {"SG.", KeyForm::Mixed, kDotted, 50},            // SendGrid
    {"shpat_", KeyForm::Run, kAlnum, 32},            // Shopify
    {"shpss_", KeyForm::Run, kAlnum, 32},
    {"hvs.", KeyForm::Mixed, kWord, 24},             // Vault
    {"dckr_pat_", KeyForm::Run, kWord, 20},
    {"AGE-SECRET-KEY-1", KeyForm::Run, kUpperDigit, 50},
    {"eyJ", KeyForm::Jwt, kWord, 8},
    {"Bearer ", KeyForm::Bearer, kToken, 16},
    {"bearer ", KeyForm::Bearer, kToken, 16},
    {"BEARER ", KeyForm::Bearer, kToken, 16},
    {"-----BEGIN ", KeyForm::Pem, kToken, 0, 5},
};

}  // namespace smartroute::accounting
