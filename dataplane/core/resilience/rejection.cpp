// What error answers and error texts say. Providers that speak of the same thing have no common code for it, so it is known by the codes
// that some send and by the words of the others. Matched against the provider's own message only, never against all of its answer: that may
// quote the request.
#include <array>
#include <cstdint>
#include <string>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/resilience/outcome.hpp"

namespace smartroute::resilience {
namespace {

// Of an answer that is not JSON, or JSON of a form nobody knows.
constexpr std::size_t kMaxRawText = 1'024;

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters and digits only, lower-case: "DataInspectionFailed" and "data_inspection_failed" are one code.
std::string squashed(std::string_view code) {
  std::string out;
  for (const char c : code) {
    const char folded = lower(c);
    if ((folded >= 'a' && folded <= 'z') || (folded >= '0' && folded <= '9')) out += folded;
  }
  return out;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// Ends of squashed codes: some providers put a path before theirs ("InternalError.Algo.DataInspectionFailed").
constexpr std::string_view kLengthCodes[] = {
    "contextlengthexceeded",   // OpenAI, Azure, Groq, Cerebras, DeepSeek
    "contextwindowexceeded",   // gateways
    "exceedcontextsizeerror",  // llama.cpp
    "prompttoolong",
    "inputtoolong",
};
constexpr std::string_view kPolicyCodes[] = {
    "contentpolicyviolation",        // OpenAI
    "contentfilter",                 // Azure, Moonshot
    "responsibleaipolicyviolation",  // Azure
    "moderationblocked",             // OpenAI
    "datainspectionfailed",          // Qwen
    "sensitivecontentdetected",      // Volcengine; "InputText..." and others before it
    "prohibitedcontent",             // Google
};

// Both must be in the lower-cased message; an empty second one is.
struct Phrase {
  std::string_view has, and_has = {};
};
constexpr Phrase kLengthPhrases[] = {
    {"maximum context length"},                // OpenAI, vLLM, Mistral, DeepSeek, Fireworks
    {"context length is only"},                // vLLM
    {"context length of only"},                // LM Studio
    {"maximum model length"},                  // vLLM
    {"longer than the model's context"},       // SGLang
    {"exceeds the context length"},            // Ollama
    {"exceeds the available context size"},    // llama.cpp
    {"exceed context window"},                 // llama-cpp-python
    {"exceeds the context window"},
    {"context window exceeds limit"},          // MiniMax
    {"exceed context limit"},                  // Anthropic
    {"prompt is too long"},                    // Anthropic, Fireworks
    {"input is too long for requested model"}, // Bedrock
    {"input token count", "exceeds"},          // Google
    {"input token count", "supports up to"},   // Google
    {"maximum prompt length"},                 // xAI
    {"exceeded model token limit"},            // Moonshot
    {"range of input length should be"},       // Qwen
    {"prompt exceeds max length"},             // Zhipu
    {"max_seq_len"},                           // SiliconFlow
    {"too many tokens", "in the prompt"},      // Cohere
    {"tokens + `max_new_tokens` must be"},     // TGI, Together
    {"reduce the length of the messages"},     // OpenAI, Groq
};
constexpr Phrase kPolicyPhrases[] = {
    {"content management policy"},                // Azure
    {"content filtering policy"},                 // Anthropic
    {"as a result of our safety system"},         // OpenAI
    {"prompt was flagged"},                       // OpenAI
    {"input was flagged"},                        // OpenRouter
    {"requires moderation"},                      // OpenRouter
    {"content violates usage guidelines"},        // xAI
    {"content exists risk"},                      // DeepSeek
    {"rejected because it was considered high risk"},  // Moonshot
    {"datainspectionfailed"},                     // Qwen
    {"may contain inappropriate content"},        // Qwen
    {"may contain sensitive information"},        // Volcengine
    {"new_sensitive"},                            // MiniMax
    {"\xe6\x95\x8f\xe6\x84\x9f\xe5\x86\x85\xe5\xae\xb9"},  // Zhipu: "sensitive content"
    {"responsible ai practices"},                 // Google
    {"blocked due to safety"},                    // Google
    {"blocked for safety"},
    {"blocked", "prohibited_content"},            // Google
};
// One request larger than the account's allowance for a minute: it will never pass here, however long one waits, and others will.
constexpr Phrase kAllowancePhrases[] = {
    {"request too large for", "tokens per min"},  // OpenAI (429), Groq (413)
};

template <std::size_t N>
bool ends_as_one_of(const std::string& code, const std::string_view (&known)[N]) noexcept {
  for (const std::string_view end : known)
    if (code.ends_with(end)) return true;
  return false;
}

template <std::size_t N>
bool says_one_of(std::string_view message, const Phrase (&phrases)[N]) noexcept {
  for (const Phrase& phrase : phrases)
    if (message.find(phrase.has) != std::string_view::npos && message.find(phrase.and_has) != std::string_view::npos) return true;
  return false;
}

// A provider's error, folded for comparison.
class Rejection {
 public:
  explicit Rejection(std::string_view body) {
    const openai::ProviderError error = openai::read_provider_error(body);
    code_ = squashed(error.code);
    type_ = squashed(error.type);
    message_ = lowered(error.message);
    if (code_.empty() && type_.empty() && message_.empty()) message_ = lowered(body.substr(0, kMaxRawText));
    // Azure's inner code. The quotes keep a request apart that speaks of it: inside a JSON string they would be escaped.
    inner_policy_ = body.substr(0, 4 * kMaxRawText).find("\"ResponsibleAIPolicyViolation\"") != std::string_view::npos;
  }

  bool names_length() const noexcept {
    if (ends_as_one_of(code_, kLengthCodes) || ends_as_one_of(type_, kLengthCodes)) return true;
    // One text longer than OpenAI takes. Of a message it is a matter of room; of any other field it is a mistake.
    return code_ == "stringabovemaxlength" && message_.find("messages[") != std::string::npos;
  }
  bool speaks_of_length() const noexcept { return names_length() || says_one_of(message_, kLengthPhrases); }
  bool speaks_of_policy() const noexcept {
    return inner_policy_ || ends_as_one_of(code_, kPolicyCodes) || ends_as_one_of(type_, kPolicyCodes) || code_ == "safety" ||
           says_one_of(message_, kPolicyPhrases);
  }
  bool speaks_of_allowance() const noexcept { return says_one_of(message_, kAllowancePhrases); }

 private:
  std::string code_, type_, message_;
  bool inner_policy_ = false;
};

// Does `text` hold the lower-case `word`, ASCII case ignored?
bool holds(std::string_view text, std::string_view word) noexcept {
  if (word.empty()) return true;
  if (text.size() < word.size()) return false;
  const std::size_t last = text.size() - word.size();
  for (std::size_t at = 0; at <= last; ++at) {
    std::size_t same = 0;
    while (same < word.size() && lower(text[at + same]) == word[same]) ++same;
    if (same == word.size()) return true;
  }
  return false;
}

void append_escape(std::string& out, std::uint32_t unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 0xf];
}

// The word as a JSON writer spells it that knows ASCII only; UTF-8 that is none is left out.
std::string escaped(std::string_view word) {
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    const auto lead = static_cast<unsigned char>(word[at++]);
    if (lead < 0x80) {
      if (lead == '"' || lead == '\\') out += '\\';
      out += static_cast<char>(lead);
      continue;
    }
    std::uint32_t point = lead >= 0xf0 ? lead & 0x07 : lead >= 0xe0 ? lead & 0x0f : lead & 0x1f;
    for (; at < word.size() && (static_cast<unsigned char>(word[at]) & 0xc0) == 0x80; ++at)
      point = (point << 6 | (static_cast<unsigned char>(word[at]) & 0x3f)) & 0x1fffff;
    if (point < 0x10000) {
      append_escape(out, point);
    } else {
      append_escape(out, 0xd800 + ((point - 0x10000) >> 10 & 0x3ff));
      append_escape(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return out;
}

}  // namespace

bool body_tells(AttemptOutcome by_status, int status) noexcept {
  switch (by_status) {
    case AttemptOutcome::RejectedRequest:
    case AttemptOutcome::RetryableRejection:
      return status == 400 || status == 413 || status == 422 || status == 451;
    case AttemptOutcome::CredentialsRefused:
      return status == 403;
    case AttemptOutcome::RateLimited:
    case AttemptOutcome::ErrorInBody:
      return true;
    default:
      return false;
  }
}

AttemptOutcome judge_rejection(AttemptOutcome by_status, int status, std::string_view body) noexcept {
  if (!body_tells(by_status, status)) return by_status;
  const Rejection rejection(body);
  if (by_status == AttemptOutcome::CredentialsRefused)
    return rejection.speaks_of_policy() ? AttemptOutcome::ContentPolicy : by_status;
  // The allowance comes first: its message may speak of reducing the length as well. It is no rate limit: a client that asks for too much
  // at once must not put the model away for everybody.
  if (rejection.speaks_of_allowance()) return AttemptOutcome::RetryableRejection;
  // Under a 429 only a code is believed: what it says of tokens and limits is about load.
  if (by_status == AttemptOutcome::RateLimited) return rejection.names_length() ? AttemptOutcome::ContextLength : by_status;
  if (rejection.speaks_of_length()) return AttemptOutcome::ContextLength;
  // A status the owner put on the list stays retryable: what the answer says does not take that back.
  if (by_status != AttemptOutcome::RetryableRejection && rejection.speaks_of_policy()) return AttemptOutcome::ContentPolicy;
  return by_status;
}

bool is_error_text(std::string_view text, std::string_view request_body, const RetryRules& retry) noexcept {
  if (text.size() > kMaxKeywordText) return false;
  std::array<char, kMaxKeywordText> folded;
  for (std::size_t at = 0; at < text.size(); ++at) folded[at] = lower(text[at]);
  const std::string_view said(folded.data(), text.size());
  for (const std::string& keyword : retry.keywords()) {
    if (said.find(keyword) == std::string_view::npos) continue;
    if (!holds(request_body, keyword) && !holds(request_body, escaped(keyword))) return true;
  }
  return false;
}

}  // namespace smartroute::resilience
