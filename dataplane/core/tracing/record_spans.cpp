#include "dataplane/core/tracing/record_spans.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/core/tracing/message_content.hpp"

namespace smartroute::tracing {
namespace {

namespace otlp = opentelemetry::proto::trace::v1;
using otlp::Span;
using otlp::Status;

constexpr std::uint32_t kSampled = 1, kParentIsKnown = 0x100, kParentIsRemote = 0x200;
constexpr double kMicros = 1e6, kNanos = 1e9;
constexpr std::string_view kOperation = "chat";

std::optional<std::string> bytes_of(std::string_view hex, std::size_t size) {
  if (hex.size() != 2 * size) return std::nullopt;
  std::string out;
  bool any = false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int byte = 0;
    for (const char c : hex.substr(i, 2)) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      byte = byte << 4 | digit;
    }
    out += static_cast<char>(byte);
    any = any || byte != 0;
  }
  if (!any) return std::nullopt;
  return out;
}

// A span under construction. Empty texts are left out.
class Writer {
 public:
  explicit Writer(Span& span) : span_(span) {}

  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key).set_string_value(value.data(), value.size());
  }
  void number(std::string_view key, std::int64_t value) { add(key).set_int_value(value); }
  void count(std::string_view key, std::uint64_t value) { number(key, static_cast<std::int64_t>(value)); }
  void real(std::string_view key, double value) { add(key).set_double_value(value); }
  void flag(std::string_view key, bool value) { add(key).set_bool_value(value); }
  void texts(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key).mutable_array_value()->add_values()->set_string_value(value.data(), value.size());
  }
  void times(std::int64_t begin_us, std::int64_t end_us) {
    span_.set_start_time_unix_nano(nanos(begin_us));
    span_.set_end_time_unix_nano(nanos(std::max(begin_us, end_us)));
  }
  // 0: not reached.
  void event(std::string_view name, std::int64_t at_us) {
    if (at_us == 0) return;
    auto& event = *span_.add_events();
    event.set_name(name.data(), name.size());
    event.set_time_unix_nano(nanos(at_us));
  }
  void failed(std::string_view type, std::string_view message) {
    text("error.type", type);
    span_.mutable_status()->set_code(Status::STATUS_CODE_ERROR);
    span_.mutable_status()->set_message(message.data(), message.size());
  }

 private:
  static std::uint64_t nanos(std::int64_t us) { return us > 0 ? static_cast<std::uint64_t>(us) * 1000 : 0; }
  opentelemetry::proto::common::v1::AnyValue& add(std::string_view key) {
    auto& attribute = *span_.add_attributes();
    attribute.set_key(key.data(), key.size());
    return *attribute.mutable_value();
  }
  Span& span_;
};

std::string name_of(std::string_view model) {
  std::string name(kOperation);
  if (!model.empty()) {
    name += ' ';
    name += model;
  }
  return name;
}

// "gpt-4o" of "openai/gpt-4o", as the provider is asked for it.
std::string_view model_at(std::string_view provider, std::string_view model) {
  if (model.size() > provider.size() && model.starts_with(provider) && model[provider.size()] == '/') model.remove_prefix(provider.size() + 1);
  return model;
}

std::string_view source_of(const v1::TokenCount& count) {
  switch (count.source()) {
    case v1::TokenCount::SOURCE_UPSTREAM:
      return "upstream";
    case v1::TokenCount::SOURCE_LOCAL:
      return "local";
    case v1::TokenCount::SOURCE_ESTIMATE:
      return "estimate";
    default:
      return {};
  }
}

// Position of the attempt whose answer the client got, or as much of one as came; none: attempts_size().
int answered_by(const v1::RequestRecord& record) {
  for (int i = record.attempts_size() - 1; i >= 0; --i)
    if (!record.model().empty() && record.attempts(i).model() == record.model() && record.attempts(i).provider() == record.provider()) return i;
  return record.attempts_size();
}

// The fault of the client is no failure of ours: its status says enough.
bool is_ours(const v1::RequestRecord& record) {
  return record.status() >= 500 || record.ending() == "broken_stream" || record.ending() == "drained";
}

void write_content(const v1::RequestRecord& record, Writer& out) {
  const auto put = [&out](std::string_view key, bool cut, const std::string& messages) {
    if (!cut && messages.size() <= kMaxContentBytes) out.text(key, messages);
  };
  put("gen_ai.input.messages", record.request_cut(), input_messages(record.request_body()));
  put("gen_ai.output.messages", record.response_cut(), output_messages(record.response_body()));
}

void write_server(const v1::RequestRecord& record, Content content, Span& span) {
  Writer out(span);
  span.set_kind(Span::SPAN_KIND_SERVER);
  out.times(record.received_us(), record.completed_us());
  if (record.endpoint() == "chat_completions") {
    span.set_name(name_of(record.requested_model()));
    out.text("gen_ai.operation.name", kOperation);
    out.text("gen_ai.request.model", record.requested_model());
    out.flag("gen_ai.request.stream", record.streaming());
    out.text("http.request.method", "POST");
  } else if (record.endpoint() == "models") {
    span.set_name("GET models");
    out.text("http.request.method", "GET");
  } else {
    span.set_name("request");
  }
  if (record.status() != 0) out.number("http.response.status_code", record.status());
  out.text("gen_ai.response.model", record.answered_as().empty() ? model_at(record.provider(), record.model()) : record.answered_as());
  out.text("smartroute.request_id", record.request_id());
  out.text("smartroute.tier", record.tier());
  out.text("smartroute.mode", record.mode());
  out.text("smartroute.reason", record.reason());
  out.text("smartroute.ending", record.ending());
  out.text("smartroute.guarantee", record.guarantee());
  out.number("smartroute.attempts", record.attempts_size());
  if (record.restarts() > 0) out.number("smartroute.restarts", record.restarts());
  if (record.cost().has_nano_usd()) out.real("smartroute.cost_usd", static_cast<double>(record.cost().nano_usd()) / kNanos);
  if (is_ours(record))
    out.failed(record.error_kind().empty() ? record.ending() : record.error_kind(), record.error());
  else
    out.text("error.type", record.error_kind());
  out.event("smartroute.routed", record.routed_us());
  out.event("smartroute.upstream_called", record.upstream_called_us());
  out.event("smartroute.first_byte", record.first_byte_us());
  if (content == Content::Include) write_content(record, out);
}

void write_usage(const v1::TokenCount* prompt, const v1::TokenCount* completion, Writer& out) {
  if (prompt != nullptr) {
    out.count("gen_ai.usage.input_tokens", prompt->count());
    out.text("smartroute.usage.input_source", source_of(*prompt));
  }
  if (completion != nullptr) {
    out.count("gen_ai.usage.output_tokens", completion->count());
    out.text("smartroute.usage.output_source", source_of(*completion));
  }
}

void write_answer(const v1::RequestRecord& record, const v1::AttemptRecord& attempt, Writer& out) {
  out.text("gen_ai.response.model", record.answered_as().empty() ? model_at(attempt.provider(), attempt.model()) : record.answered_as());
  out.texts("gen_ai.response.finish_reasons", record.finish_reason());
  write_usage(record.has_prompt_tokens() ? &record.prompt_tokens() : nullptr,
              record.has_completion_tokens() ? &record.completion_tokens() : nullptr, out);
  const v1::TokenDetails& details = record.token_details();
  if (details.cached() > 0) out.count("gen_ai.usage.cache_read.input_tokens", details.cached());
  if (details.cache_write() > 0) out.count("gen_ai.usage.cache_creation.input_tokens", details.cache_write());
  if (details.reasoning() > 0) out.count("gen_ai.usage.reasoning.output_tokens", details.reasoning());
  if (record.streaming() && record.first_byte_us() > attempt.started_us())
    out.real("gen_ai.response.time_to_first_chunk", static_cast<double>(record.first_byte_us() - attempt.started_us()) / kMicros);
}

void write_client(const v1::RequestRecord& record, int index, const Providers& providers, Span& span) {
  const v1::AttemptRecord& attempt = record.attempts(index);
  const std::string_view model = model_at(attempt.provider(), attempt.model());
  Writer out(span);
  span.set_kind(Span::SPAN_KIND_CLIENT);
  span.set_name(name_of(model));
  out.times(attempt.started_us(), attempt.started_us() + attempt.duration_us());
  out.text("gen_ai.operation.name", kOperation);
  const auto facts = providers.find(attempt.provider());
  out.text("gen_ai.provider.name", facts == providers.end() ? attempt.provider() : facts->second.name);
  out.text("gen_ai.request.model", model);
  out.flag("gen_ai.request.stream", record.streaming());
  if (facts != providers.end() && !facts->second.address.empty()) {
    out.text("server.address", facts->second.address);
    out.number("server.port", facts->second.port);
  }
  if (attempt.status() != 0) out.number("http.response.status_code", attempt.status());
  out.text("smartroute.provider", attempt.provider());
  out.number("smartroute.attempt", index + 1);
  out.text("smartroute.outcome", attempt.outcome());
  out.flag("smartroute.reused_connection", attempt.reused_connection());
  if (attempt.waited_ms() > 0) out.number("smartroute.waited_ms", attempt.waited_ms());
  if (attempt.probe()) out.flag("smartroute.probe", true);
  if (index == answered_by(record))
    write_answer(record, attempt, out);
  else
    write_usage(attempt.has_prompt_tokens() ? &attempt.prompt_tokens() : nullptr,
                attempt.has_completion_tokens() ? &attempt.completion_tokens() : nullptr, out);
  if (attempt.outcome() != "answered") out.failed(attempt.outcome(), attempt.reason());
}

// For an attempt that was given none; differs from the request's and from those of its neighbours.
std::string derived_span_id(const std::string& request, int index) {
  std::string id = request;
  const int number = index + 1;
  id[6] = static_cast<char>(id[6] ^ static_cast<char>(number >> 8));
  id[7] = static_cast<char>(id[7] ^ static_cast<char>(number));
  return id;
}

}  // namespace

std::vector<Span> spans_of(const v1::RequestRecord& record, const Providers& providers, Content content) {
  const auto trace_id = bytes_of(record.trace_id(), 16), span_id = bytes_of(record.span_id(), 8);
  if (!trace_id || !span_id) return {};
  const auto parent = bytes_of(record.parent_span_id(), 8);
  std::vector<Span> spans(1 + static_cast<std::size_t>(record.attempts_size()));
  for (Span& span : spans) {
    span.set_trace_id(*trace_id);
    span.set_flags(kSampled | kParentIsKnown);
  }
  Span& server = spans.front();
  server.set_span_id(*span_id);
  if (parent) {
    server.set_parent_span_id(*parent);
    server.set_flags(kSampled | kParentIsKnown | kParentIsRemote);
  }
  write_server(record, content, server);
  for (int i = 0; i < record.attempts_size(); ++i) {
    Span& span = spans[1 + static_cast<std::size_t>(i)];
    const auto own = bytes_of(record.attempts(i).span_id(), 8);
    span.set_span_id(own ? *own : derived_span_id(*span_id, i));
    span.set_parent_span_id(*span_id);
    write_client(record, i, providers, span);
  }
  return spans;
}

}  // namespace smartroute::tracing
