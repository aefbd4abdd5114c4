// A chat completion request as byte spans into the caller's body: parsed once, never re-serialised.
// The few edits the gateway makes (model, parameters) are spliced between the untouched bytes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/json_quote.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/openai/usage.hpp"

namespace smartroute::openai {

struct Span {
  std::uint32_t begin = 0, end = 0;  // [begin, end) in the body
  bool empty() const noexcept { return begin == end; }
};

struct TopLevelField {
  Span key;  // with quotes
  Span value;
  bool key_escaped = false;  // the key holds a backslash: compare unescaped
};

// Moves, never copies: `model` may point into this object's own (heap) storage.
struct ChatRequest {
  ChatRequest() = default;
  ChatRequest(ChatRequest&&) noexcept = default;
  ChatRequest& operator=(ChatRequest&&) noexcept = default;
  ChatRequest(const ChatRequest&) = delete;
  ChatRequest& operator=(const ChatRequest&) = delete;

  std::string_view model;     // unescaped; points into the body or into `model_storage`
  std::string model_storage;  // only used when the name is written with escapes
  Span model_value;           // with quotes
  // Values of "content", string or array. A user message that only carries a tool's result is no user turn.
  Span system_content;      // of the first system or developer message; empty if none
  std::uint32_t user_turns = 0;
  Span user;                // value of top-level "user", a string with quotes
  Span messages_value, tools_value;
  Span object_end;                    // the closing brace of the body's object
  std::vector<TopLevelField> fields;  // all of them, in order
  std::uint32_t message_count = 0;
  bool stream = false;
  bool include_usage = false;  // stream_options.include_usage
  std::uint32_t tool_count = 0;
  std::uint32_t image_count = 0;       // parts that are images
  std::uint64_t image_bytes = 0;       // that these parts and those of other media (audio, files, video) take in the body
  std::uint64_t max_output_tokens = 0; // max_completion_tokens, else max_tokens; 0: not given, or no plain integer
  bool several_choices = false;        // "n" is given and is not 1
  bool ends_with_tool_result = false;  // the last message is a tool's result

  bool has_images() const noexcept { return image_count > 0; }

  static constexpr std::uint32_t kKeptTurns = 32;
  // Content of a user turn, counted from the latest (0); empty for turns that do not exist or are older than kKeptTurns.
  Span user_content(std::uint32_t back) const noexcept {
    return back < user_turns && back < kKeptTurns ? turns_[(user_turns - 1 - back) % kKeptTurns] : Span{};
  }
  static constexpr std::uint32_t kFirstTurns = 4;
  // Content of a user turn, counted from the first (0); empty for turns that do not exist or are not among the first kFirstTurns.
  Span opening_content(std::uint32_t turn) const noexcept { return turn < kFirstTurns ? first_turns_[turn] : Span{}; }
  void add_user_turn(Span content) noexcept {
    if (user_turns < kFirstTurns) first_turns_[user_turns] = content;
    turns_[user_turns++ % kKeptTurns] = content;
  }

 private:
  std::array<Span, kFirstTurns> first_turns_{};
  std::array<Span, kKeptTurns> turns_{};  // a ring
};

enum class Strictness : std::uint8_t {
  Strict,   // what two readers might take differently is refused
  AsClients  // a lone surrogate in an escape and a number beyond a double pass, as every client's reader takes them
};

struct ParseLimits {
  int max_depth = 128;                // containers inside each other, the body's object included
  std::size_t max_nodes = 1'000'000;  // values of every kind, keys not counted
  Strictness strictness = Strictness::Strict;
};

// Longest model name, unescaped.
constexpr std::size_t kMaxModelBytes = 256;

// Reusable parser memory; one a worker thread.
class ChatParser {
 public:
  ChatParser();
  ~ChatParser();
  ChatParser(const ChatParser&) = delete;
  ChatParser& operator=(const ChatParser&) = delete;

  // Bytes that must be readable (any value) after the body.
  static constexpr std::size_t kPadding = 64;

  // `body` must have kPadding readable bytes behind it and stay valid and unmoved while the result
  // is used. The whole text is checked (UTF-8, escapes, surrogates, numbers, depth, trailing
  // bytes); duplicate keys at top level or in a message are refused, and so are "api_base",
  // "base_url", "api_key" at top level and directly in "extra_body" and "litellm_params". Integers
  // of any length pass. Errors: InvalidRequest with param set where a field is at fault. At most
  // 10 ms a MiB.
  Result<ChatRequest> parse(std::string_view body, const ParseLimits& limits);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

// Text of a message's content (string, or the text parts of an array joined by newlines),
// unescaped, at most max_bytes, appended to `out`.
void append_text(std::string_view body, Span content, std::size_t max_bytes, std::string& out);

// One parameter to merge: key text (unescaped) and JSON value text, both owned by the View.
struct Param {
  std::string key;
  std::string value;
};
// stream_options with include_usage, and whatever else the client set in it, or the defaults if it set none. nullopt: there is nothing to ask for,
// or usage comes anyway and is meant for the client: it, or the owner of the gateway, has decided. Parameters as in SplicedBody::build().
std::optional<Param> ask_for_usage(std::string_view body, const ChatRequest& request, const std::vector<Param>& defaults,
                                   const std::vector<Param>& forced);
// A provider's refusal that comes of having asked: its words name the field.
bool refuses_to_report_usage(int status, std::string_view error_body);
// Parses a JSON object's text into its members, values byte-identical. Strict; errors: Invalid,
// with the byte at fault.
Result<std::vector<Param>> parse_params(std::string_view json_object);

// The edited body as pieces for one gather write.
class SplicedBody {
 public:
  SplicedBody() = default;
  SplicedBody(const SplicedBody&) = delete;
  SplicedBody& operator=(const SplicedBody&) = delete;

  const std::vector<std::string_view>& pieces() const noexcept { return pieces_; }
  std::uint64_t size() const noexcept { return size_; }

  // model_json: the model name with quotes, JSON-escaped. defaults: added where the client set
  // nothing. forced: replace or add; they win over both. All views must outlive the pieces. Reuses
  // this object's memory; pieces stay valid until the next call. A parameter named "model" is
  // ignored: routing decides it. asked: what the gateway itself wants to know; it wins over the client's value, and forced wins over it. Where a value is already there byte for byte, nothing is edited;
  // without edits there is one piece, the body.
  void build(std::string_view body, const ChatRequest& request, std::string_view model_json,
             const std::vector<Param>& defaults, const std::vector<Param>& forced, const Param* asked = nullptr);

 private:
  struct Edit {
    std::uint32_t begin, end;
    std::string_view text;
  };
  std::vector<Edit> edits_;
  std::vector<std::string_view> pieces_;
  std::string added_;
  std::uint64_t size_ = 0;
};

using smartroute::json_quote;

// What a non-streaming answer holds. `body` needs no padding. Text that is no whole JSON object has no facts at all; what an object holds is
// not judged.
struct AnswerFacts {
  bool is_json_object = false;
  bool has_error = false;    // "error" that is not null, false or "", or "object":"error"
  bool has_choices = false;  // "choices" with at least one element
  bool has_content = false;  // some choice has text, reasoning, a refusal, audio, an image or a tool call that is not empty
  bool cut_short = false;    // a finish_reason of length or content_filter: an empty answer may be meant so
  Usage usage;
  std::string_view finish, model;  // the last finish_reason that is not "", and the model's own name, as JSON spells them; views of the body
  std::string text;          // of all choices, unescaped; complete only if it is at most kMaxAnswerText long, else its beginning
};
inline constexpr std::size_t kMaxAnswerText = 512;
AnswerFacts inspect_answer(std::string_view body);

// What a provider's error body says, in OpenAI's, Anthropic's, Google's or nobody's form.
struct ProviderError {
  std::string message, code, type;  // valid UTF-8, each at most kMaxProviderErrorText bytes; empty: not there
};
inline constexpr std::size_t kMaxProviderErrorText = 1'024;
// Empty fields when `body` is neither a JSON object nor an array that begins with one; never fails. Of a body that breaks off, what came
// before that.
ProviderError read_provider_error(std::string_view body);

}  // namespace smartroute::openai
