#include "tools/cli/record_text.hpp"

#include <nlohmann/json.hpp>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::cli {
namespace {

constexpr std::size_t kPreview = 60;
constexpr std::size_t kLabelWidth = 14;
constexpr double kMicrosPerMilli = 1'000;

using Align = Table::Align;

// Widths are for lines that come one at a time.
Table make_table() {
  return Table({{"TIME (UTC)", Align::Left, 14},
                {"STATUS", Align::Right},
                {"TIER"},
                {"MODEL", Align::Left, 28},
                {"MS", Align::Right, 8},
                {"IN/OUT", Align::Right, 13},
                {"COST", Align::Right, 10},
                {"PREVIEW"}});
}

std::string ms_text(std::int64_t micros) {
  const double ms = static_cast<double>(micros) / kMicrosPerMilli;
  return fixed(ms, ms < 100 ? 1 : 0);
}

std::string duration_text(const v1::RequestRecord& record) {
  const std::int64_t took = record.completed_us() - record.received_us();
  return record.completed_us() > 0 && took >= 0 ? ms_text(took) : "-";
}

std::string model_text(const v1::RequestRecord& record) {
  std::string text = record.model().empty() ? "(" + record.requested_model() + ")" : record.model();
  if (record.model().empty() && record.requested_model().empty()) text = record.endpoint();
  if (record.attempts_size() > 1) text += " +" + std::to_string(record.attempts_size() - 1);
  return shown(text);
}

std::string preview_text(const v1::RequestRecord& record) {
  if (!record.error_kind().empty()) {
    std::string text = "! " + record.error_kind();
    if (!record.error().empty()) text += ": " + record.error();
    return clipped(shown(text), kPreview);
  }
  return clipped(shown(record.preview()), kPreview);
}

std::vector<std::string> cells_of(const v1::RequestRecord& record) {
  const v1::Cost& cost = record.cost();
  return {short_utc_text(record.received_us()),
          record.status() == 0 ? "-" : std::to_string(record.status()),
          record.tier().empty() ? "-" : record.tier(),
          model_text(record),
          duration_text(record),
          tokens_text(record.has_prompt_tokens(), record.prompt_tokens()) + "/" + tokens_text(record.has_completion_tokens(), record.completion_tokens()),
          cost.has_nano_usd() ? dollars(cost.nano_usd()) : "-",
          preview_text(record)};
}

const char* source_text(const v1::TokenCount& tokens) {
  switch (tokens.source()) {
    case v1::TokenCount::SOURCE_UPSTREAM:
      return "said by the provider";
    case v1::TokenCount::SOURCE_LOCAL:
      return "counted here";
    default:
      return "estimated";
  }
}

std::string amount_text(bool known, const v1::TokenCount& tokens) {
  return known ? grouped(tokens.count()) + " (" + source_text(tokens) + ")" : "unknown";
}

void add_request(const v1::RequestRecord& record, LabelledRows& rows) {
  rows.row("request", shown(record.request_id()) + (record.record_id().empty() ? "" : "  (record " + record.record_id() + ")"));
  rows.row("received", utc_text(record.received_us()) + " UTC" + (record.client_address().empty() ? "" : " from " + record.client_address()));
  rows.row("asked for", (record.requested_model().empty() ? record.endpoint() : shown(record.requested_model())) + (record.streaming() ? ", streaming" : "") +
                            (record.category().empty() ? "" : ", " + record.category()));
  std::string answered = record.model().empty() ? "by nobody" : "by " + shown(record.model());
  if (!record.answered_as().empty()) answered += " as " + shown(record.answered_as());
  answered += record.status() == 0 ? ", no status" : ", status " + std::to_string(record.status());
  if (!record.ending().empty()) answered += ", " + record.ending();
  if (!record.finish_reason().empty()) answered += ", finish reason " + shown(record.finish_reason());
  if (!record.guarantee().empty()) answered += ", " + record.guarantee();
  if (record.restarts() > 0) answered += ", began anew " + std::to_string(record.restarts()) + "x";
  rows.row("answered", answered);
  if (!record.error_kind().empty() || !record.error().empty())
    rows.row("error", record.error_kind() + (record.error_kind().empty() || record.error().empty() ? "" : ": ") + shown(record.error()));
  if (!record.key_id().empty())
    rows.row("key", (record.key_name().empty() ? "" : shown(record.key_name()) + " ") + "(" + shown(record.key_id()) + ")");
}

void add_route(const v1::RequestRecord& record, LabelledRows& rows) {
  const v1::RouteDecision& route = record.route();
  if (!record.tier().empty() || !record.mode().empty())
    rows.row("tier", (record.tier().empty() ? "none" : record.tier()) + " by " + record.mode() + ", confidence " + fixed(record.confidence(), 2));
  if (!record.reason().empty()) rows.row("why", shown(record.reason()));
  if (!route.raised_by().empty()) rows.row("raised", "from " + route.first_tier() + " by " + route.raised_by());
  for (const v1::RouteSignal& signal : route.signals()) rows.row("moved by", fixed(static_cast<double>(signal.weight()), 3) + "  " + shown(signal.what()));
  for (const v1::CandidateTrace& candidate : route.candidates())
    rows.row("candidates", shown(candidate.model()) + (candidate.skip().empty() ? "" : "  skipped: " + candidate.skip()) +
                               (candidate.note().empty() ? "" : "  (" + shown(candidate.note()) + ")"));
}

void add_moments(const v1::RequestRecord& record, LabelledRows& rows) {
  const struct {
    const char* name;
    std::int64_t at;
  } moments[] = {{"received", record.received_us()},
                 {"routed", record.routed_us()},
                 {"upstream called", record.upstream_called_us()},
                 {"first byte", record.first_byte_us()},
                 {"completed", record.completed_us()}};
  constexpr std::size_t kNameWidth = 17;
  for (const auto& moment : moments) {
    std::string text = moment.name;
    text.resize(kNameWidth, ' ');
    const double after = static_cast<double>(moment.at - record.received_us()) / kMicrosPerMilli;
    rows.row("times", text + (moment.at == 0 ? "-" : "+" + fixed(after, 3) + " ms"));
  }
  if (record.overhead_us() > 0) rows.row("overhead", fixed(static_cast<double>(record.overhead_us()) / kMicrosPerMilli, 3) + " ms of the gateway's own before the first byte");
}

std::string attempt_text(const v1::RequestRecord& record, const v1::AttemptRecord& attempt, int number) {
  std::string text = std::to_string(number) + ". " + shown(attempt.model()) + "  " + attempt.outcome();
  if (attempt.status() != 0) text += " " + std::to_string(attempt.status());
  if (attempt.started_us() > 0) text += "  at +" + ms_text(attempt.started_us() - record.received_us()) + " ms";
  text += "  took " + ms_text(attempt.duration_us()) + " ms";
  if (attempt.waited_ms() > 0) text += "  after a wait of " + std::to_string(attempt.waited_ms()) + " ms";
  if (attempt.retry_after_ms() > 0) text += "  retry-after " + std::to_string(attempt.retry_after_ms()) + " ms";
  if (attempt.probe()) text += "  probe";
  if (attempt.reused_connection()) text += "  (connection kept)";
  if (attempt.has_prompt_tokens() || attempt.has_completion_tokens())
    text += "  thrown away: " + tokens_text(attempt.has_prompt_tokens(), attempt.prompt_tokens()) + "/" +
            tokens_text(attempt.has_completion_tokens(), attempt.completion_tokens()) + " tokens" +
            (attempt.has_cost_nano_usd() ? ", " + exact_dollars(attempt.cost_nano_usd()) : "");
  if (!attempt.reason().empty()) text += "  " + shown(attempt.reason());
  return text;
}

void add_tokens(const v1::RequestRecord& record, LabelledRows& rows) {
  if (record.category().empty() && !record.has_prompt_tokens() && !record.has_completion_tokens()) return;
  rows.row("tokens", "in " + amount_text(record.has_prompt_tokens(), record.prompt_tokens()) + ", out " +
                         amount_text(record.has_completion_tokens(), record.completion_tokens()));
  const v1::TokenDetails& details = record.token_details();
  const struct {
    const char* name;
    std::uint64_t count;
  } parts[] = {{"cached", details.cached()},           {"written to the cache", details.cache_write()},
               {"reasoning", details.reasoning()},     {"audio in", details.audio_input()},
               {"audio out", details.audio_output()},  {"of tools", details.tool_prompt()},
               {"predicted", details.accepted_prediction()}, {"predicted wrongly", details.rejected_prediction()}};
  std::string text;
  for (const auto& part : parts)
    if (part.count > 0) text += (text.empty() ? "" : ", ") + grouped(part.count) + " " + part.name;
  if (!text.empty()) rows.row("tokens", "of which " + text);
}

void add_cost(const v1::RequestRecord& record, LabelledRows& rows) {
  if (!record.has_cost()) return;
  const v1::Cost& cost = record.cost();
  const v1::TokenPrice& price = cost.price();
  std::string text;
  const auto part = [&text](const char* name, bool known, std::int64_t nanos) {
    if (known) text += (text.empty() ? "" : ", ") + exact_dollars(nanos) + " " + name;
  };
  part("in", price.has_input(), price.input());
  part("out", price.has_output(), price.output());
  part("cached", price.has_cached_input(), price.cached_input());
  part("cache write", price.has_cache_write(), price.cache_write());
  part("audio in", price.has_audio_input(), price.audio_input());
  part("audio out", price.has_audio_output(), price.audio_output());
  if (!text.empty())
    rows.row("price", text + " a million tokens" + (price.source().empty() ? "" : ", by " + shown(price.source())) +
                          (price.as_of().empty() ? "" : " of " + shown(price.as_of())));
  rows.row("cost", cost.has_nano_usd() ? exact_dollars(cost.nano_usd()) : "unknown");
  if (cost.thrown_away_nano_usd() > 0) rows.row("cost", "of which " + exact_dollars(cost.thrown_away_nano_usd()) + " for answers nobody got");
  if (cost.has_t3_nano_usd()) {
    rows.row("at t3", exact_dollars(cost.t3_nano_usd()) + (cost.t3_model().empty() ? "" : " by " + shown(cost.t3_model())) +
                          (cost.has_nano_usd() ? ", saved " + exact_dollars(cost.t3_nano_usd() - cost.nano_usd()) : ""));
  }
}

void add_rest(const v1::RequestRecord& record, LabelledRows& rows) {
  rows.row("bytes", grouped(record.request_bytes()) + " in, " + grouped(record.response_bytes()) + " out");
  rows.row("configured by", "revision " + std::to_string(record.config_revision()) + (record.instance_id().empty() ? "" : " at " + shown(record.instance_id())));
  if (!record.trace_id().empty())
    rows.row("trace", record.trace_id() + " span " + record.span_id() + (record.parent_span_id().empty() ? "" : " in " + record.parent_span_id()));
  if (record.bodies_dropped()) rows.row("bodies", "were to be kept, but there was no room");
}

std::string body_text(const char* name, const std::string& body, bool cut) {
  if (body.empty()) return {};
  const auto json = nlohmann::ordered_json::parse(body, nullptr, false);  // fields stay in their order
  const std::string laid_out = json.is_discarded() ? body : json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return std::string("\n") + name + " (" + grouped(body.size()) + " bytes" + (cut ? ", cut" : "") + ")\n" + shown_lines(laid_out) + "\n";
}

}  // namespace

std::string tokens_text(bool known, const v1::TokenCount& tokens) {
  if (!known) return "-";
  const std::string count = std::to_string(tokens.count());
  if (tokens.source() == v1::TokenCount::SOURCE_UPSTREAM) return count;
  return tokens.source() == v1::TokenCount::SOURCE_LOCAL ? count + "*" : "~" + count;
}

std::string records_text(const google::protobuf::RepeatedPtrField<v1::RequestRecord>& records) {
  if (records.empty()) return "no records\n";
  Table table = make_table();
  for (const auto& record : records) table.add(cells_of(record));
  return table.text() + kTokenLegend + "\n";
}

std::string record_heading() { return make_table().heading_line(); }

std::string record_line(const v1::RequestRecord& record) { return make_table().line(cells_of(record)); }

std::string record_text(const v1::RequestRecord& record) {
  LabelledRows rows(kLabelWidth);
  add_request(record, rows);
  add_route(record, rows);
  add_moments(record, rows);
  for (int i = 0; i < record.attempts_size(); ++i) rows.row("attempts", attempt_text(record, record.attempts(i), i + 1));
  add_tokens(record, rows);
  add_cost(record, rows);
  add_rest(record, rows);
  return rows.take() + body_text("request body", record.request_body(), record.request_cut()) +
         body_text("response body", record.response_body(), record.response_cut());
}

}  // namespace smartroute::cli
