#include "tools/mock_provider/answer.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <iterator>

#include "tools/mock_provider/json_text.hpp"

namespace smartroute::mock_provider {
namespace {

constexpr std::int64_t kCreated = 1700000000;  // fixed: an answer depends on its request alone
constexpr std::size_t kQuotedTextBytes = 200;
constexpr std::size_t kDefaultPieceBytes = 16;
constexpr std::size_t kEchoPieceBytes = 64;
constexpr std::size_t kArgumentPieceBytes = 8;
constexpr std::int64_t kMaxPlainPieces =
    1'000'000;  // of an endless answer that is asked for in one piece
constexpr std::string_view kWebPage =
    "<!doctype html><html><head><title>Sign "
    "in</title></head><body><script>alert('mock')</script></body></html>\n";

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 1469598103934665603ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

std::string_view error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    case 529:
      return "overloaded_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

// "w00042 " and then x up to the size, so that a lost, doubled or swapped event shows.
void append_filler(std::string& out, std::int64_t index, std::size_t bytes) {
  const std::size_t begin = out.size();
  fmt::format_to(std::back_inserter(out), "w{:05} ", index);
  out.resize(begin + bytes, 'x');
}

// One word with the space behind it.
std::string_view word_at(std::string_view text, std::size_t at) {
  const std::size_t end = text.find(' ', at);
  return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

std::string_view split(std::string_view text, std::size_t at, std::size_t bytes) {
  return bytes == 0 ? word_at(text, at) : utf8_prefix(text.substr(at), bytes);
}

std::int64_t count_pieces(std::string_view text, std::size_t bytes) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += split(text, at, bytes).size()) ++count;
  return count;
}

}  // namespace

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

void append_piece(std::string& out, std::string_view tag, std::string_view model,
                  std::int64_t index) {
  fmt::format_to(std::back_inserter(out), "{}.{}.{} \u00e9\u6f22\U0001f600 ", tag, model, index);
}

std::string error_body(int status, std::string_view message) {
  std::string out = "{\"error\":{\"message\":";
  append_json_string(out, message);
  out += fmt::format(",\"type\":\"{}\",\"param\":null,\"code\":null}}}}", error_type(status));
  return out;
}

Answer::Answer(const ChatRequest& request, const Behaviour& behaviour, std::string_view raw_body,
               std::string_view header_names)
    : request_(request), behaviour_(behaviour), raw_body_(raw_body), header_names_(header_names) {
  if (behaviour.framing == Framing::Html200) {
    content_type_ = "text/html; charset=utf-8";
    return;
  }
  id_ = fmt::format("chatcmpl-{:016x}", fnv1a(request.model));
  const bool events =
      request.stream && behaviour.status == 200 && behaviour.framing != Framing::JsonForStream;
  if (events) {
    shape_ = Shape::Events;
    content_type_ = "text/event-stream; charset=utf-8";
  }
  plan_content();
  if (behaviour.error_200 || behaviour.error_at_event == 0) stage_ = Stage::Error;
  tag_ = behaviour.tag.empty() ? std::string_view(request.model) : behaviour.tag;
}

bool Answer::generic() const noexcept {
  return !tool_ && !behaviour_.echo_request && !behaviour_.stamp &&
         (filler_ || behaviour_.status != 200);
}

void Answer::plan_content() {
  tool_ = choose_tool(request_);
  if (behaviour_.sequence) {
    pieces_ = *behaviour_.sequence;
    return;
  }
  if (tool_) {
    text_ = tool_->arguments;
    piece_bytes_ = kArgumentPieceBytes;
  } else if (behaviour_.echo_request) {
    text_ = raw_body_;
    piece_bytes_ = behaviour_.chunk_bytes.value_or(kEchoPieceBytes);
  } else if (behaviour_.events || behaviour_.content_bytes) {
    filler_ = true;
    piece_bytes_ = std::max<std::size_t>(behaviour_.chunk_bytes.value_or(kDefaultPieceBytes), 1);
    const auto content = static_cast<std::int64_t>(behaviour_.content_bytes.value_or(0));
    const auto piece = static_cast<std::int64_t>(piece_bytes_);
    pieces_ = behaviour_.events.value_or((content + piece - 1) / piece);
    return;
  } else {
    text_ = fmt::format("Hello from {}. You said: {}", request_.model,
                        utf8_prefix(request_.user_text, kQuotedTextBytes));
    piece_bytes_ = behaviour_.chunk_bytes.value_or(0);
  }
  pieces_ = count_pieces(text_, piece_bytes_);
}

std::string_view Answer::piece(std::int64_t index, std::string& scratch) {
  if (behaviour_.sequence) {
    append_piece(scratch, tag_, request_.model, index);
    return scratch;
  }
  if (filler_) {
    append_filler(scratch, index, piece_bytes_);
    return scratch;
  }
  const std::string_view next = split(text_, text_at_, piece_bytes_);
  text_at_ += next.size();
  return next;
}

std::string Answer::whole_text() const {
  if (behaviour_.sequence) {
    std::string out;
    for (std::int64_t i = 0; i < std::min(pieces_, kMaxPlainPieces); ++i)
      append_piece(out, tag_, request_.model, i);
    return out;
  }
  if (!filler_) return text_;
  std::string out;
  const std::int64_t pieces = pieces_ < 0 ? kMaxPlainPieces : pieces_;
  for (std::int64_t i = 0; i < pieces; ++i) append_filler(out, i, piece_bytes_);
  if (behaviour_.content_bytes && !behaviour_.events) out.resize(*behaviour_.content_bytes);
  return out;
}

void Answer::append_usage(std::string& out) const {
  const std::uint64_t prompt = std::max<std::uint64_t>(request_.body_bytes / 4, 1);
  const std::uint64_t completion = static_cast<std::uint64_t>(std::max<std::int64_t>(pieces_, 0));
  fmt::format_to(std::back_inserter(out),
                 "{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{},"
                 "\"prompt_tokens_details\":{{\"cached_tokens\":0}}}}",
                 prompt, completion, prompt + completion);
}

std::string Answer::plain() const {
  if (behaviour_.framing == Framing::Html200) return std::string(kWebPage);
  if (behaviour_.body) return *behaviour_.body;
  if (behaviour_.status != 200) {
    return error_body(behaviour_.status,
                      fmt::format("the mock provider was told to answer {}", behaviour_.status));
  }
  if (behaviour_.error_200)
    return error_body(500, "the mock provider was told to fail inside a 200");
  std::string out = fmt::format(
      "{{\"id\":\"{}\",\"object\":\"chat.completion\",\"created\":{},\"model\":", id_, kCreated);
  append_json_string(out, request_.model);
  out += ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":";
  if (tool_) {
    out +=
        "null,\"tool_calls\":[{\"id\":\"call_mock_1\",\"type\":\"function\",\"function\":{"
        "\"name\":";
    append_json_string(out, tool_->name);
    out += ",\"arguments\":";
    append_json_string(out, tool_->arguments);
    out += "}}]";
  } else {
    append_json_string(out, whole_text());
  }
  const std::string_view reason = behaviour_.no_finish_reason ? "null"
                                  : tool_                     ? "\"tool_calls\""
                                                              : "\"stop\"";
  fmt::format_to(std::back_inserter(out),
                 ",\"refusal\":null}},\"logprobs\":null,\"finish_reason\":{}}}]", reason);
  if (!behaviour_.no_usage) {
    out += ",\"usage\":";
    append_usage(out);
  }
  if (behaviour_.echo_request) {
    out += ",\"mock_header_names\":";
    append_json_string(out, header_names_);
  }
  out += ",\"system_fingerprint\":\"fp_mock\"}";
  out.append(behaviour_.pad_bytes, ' ');
  return out;
}

void Answer::next_event(std::string& out) {
  std::string plain;
  if (stage_ == Stage::Content && behaviour_.garbage_at_event == index_) out += behaviour_.garbage;
  const bool done = stage_ == Stage::Done;
  next_plain_event(behaviour_.form.plain() ? out : plain);
  if (!behaviour_.form.plain()) append_in_form(out, plain, behaviour_.form, events_++);
  if (done) out += behaviour_.after_done;
}

void Answer::next_plain_event(std::string& out) {
  switch (stage_) {
    case Stage::Role:
    case Stage::Content:
      append_delta(out, stage_ == Stage::Role ? -1 : index_);
      break;
    case Stage::Error: {
      if (!behaviour_.raw_error) out += "data: ";
      out += behaviour_.body
                 ? *behaviour_.body
                 : error_body(500, "the mock provider was told to fail inside a stream");
      out += behaviour_.raw_error ? "\n" : "\n\n";
      break;
    }
    case Stage::Finish:
      append_chunk(
          out,
          fmt::format("[{{\"index\":0,\"delta\":{{}},\"logprobs\":null,\"finish_reason\":\"{}\"}}]",
                      tool_ ? "tool_calls" : "stop"));
      break;
    case Stage::Usage:
      append_chunk(out, "[]");
      break;
    case Stage::Done:
      out += "data: [DONE]\n\n";
      break;
    case Stage::End:
      break;
  }
  advance();
}

void Answer::append_delta(std::string& out, std::int64_t index) {
  std::string choices = "[{\"index\":0,\"delta\":{";
  if (index < 0) {
    choices += "\"role\":\"assistant\",\"content\":";
    choices += tool_ ? "null" : "\"\"";
    if (tool_) {
      choices +=
          ",\"tool_calls\":[{\"index\":0,\"id\":\"call_mock_1\",\"type\":\"function\",\"function\":"
          "{\"name\":";
      append_json_string(choices, tool_->name);
      choices += ",\"arguments\":\"\"}}]";
    }
    if (behaviour_.echo_request) {
      choices += ",\"mock_header_names\":";
      append_json_string(choices, header_names_);
    }
  } else {
    std::string scratch;
    const std::string_view text = piece(index, scratch);
    choices += tool_ ? "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" : "\"content\":";
    append_text(choices, text, index);
    if (tool_) choices += "}}]";
  }
  choices += "},\"logprobs\":null,\"finish_reason\":null}]";
  append_chunk(out, choices);
}

void Answer::append_text(std::string& out, std::string_view text, std::int64_t index) const {
  if (behaviour_.sequence && index % 2 == 1) {
    append_ascii_json_string(out, text);
  } else {
    append_json_string(out, text);
  }
}

void Answer::append_chunk(std::string& out, std::string_view choices) {
  fmt::format_to(
      std::back_inserter(out),
      "data: {{\"id\":\"{}\",\"object\":\"chat.completion.chunk\",\"created\":{},\"model\":", id_,
      kCreated);
  append_json_string(out, request_.model);
  out += ",\"system_fingerprint\":\"fp_mock\",\"choices\":";
  out += choices;
  if (stage_ == Stage::Usage || behaviour_.usage_every_event) {
    out += ",\"usage\":";
    append_usage(out);
  } else if (request_.include_usage) {
    out += ",\"usage\":null";
  }
  if (behaviour_.stamp) fmt::format_to(std::back_inserter(out), ",\"t\":{}", monotonic_ns());
  out += "}\n\n";
}

Answer::Stage Answer::after_content() const {
  if (!behaviour_.no_finish_reason) return Stage::Finish;
  if (request_.include_usage && !behaviour_.no_usage) return Stage::Usage;
  return behaviour_.no_done ? Stage::End : Stage::Done;
}

void Answer::advance() {
  switch (stage_) {
    case Stage::Role:
      stage_ = pieces_ == 0 ? after_content() : Stage::Content;
      break;
    case Stage::Content:
      ++index_;
      if (index_ == pieces_) stage_ = after_content();
      if (behaviour_.error_at_event == index_) stage_ = Stage::Error;
      break;
    case Stage::Finish:
      stage_ = request_.include_usage && !behaviour_.no_usage ? Stage::Usage
               : behaviour_.no_done                           ? Stage::End
                                                              : Stage::Done;
      break;
    case Stage::Usage:
      stage_ = behaviour_.no_done ? Stage::End : Stage::Done;
      break;
    case Stage::Error:
    case Stage::Done:
    case Stage::End:
      stage_ = Stage::End;
      break;
  }
}

}  // namespace smartroute::mock_provider
