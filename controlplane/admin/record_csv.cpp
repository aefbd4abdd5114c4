#include "controlplane/admin/record_csv.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::admin {
namespace {

using Record = v1::RequestRecord;

// Text may come from anybody and is guarded against formulas; the others are made here.
enum class Cell { Text, Made };

struct Column {
  const char* name;
  Cell cell;
  std::string (*value)(const Record&);
};

std::string time_of(std::int64_t micros) {
  if (micros <= 0) return {};
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(micros)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                                 int(date.year()), unsigned(date.month()), unsigned(date.day()),
                                 int(time.hours().count()), int(time.minutes().count()),
                                 int(time.seconds().count()), int(time.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// Milliseconds with three decimals; empty unless both are known.
std::string span_of(std::int64_t from_us, std::int64_t to_us) {
  if (from_us <= 0 || to_us < from_us) return {};
  const auto span = to_us - from_us;
  std::string decimals = std::to_string(span % 1'000);
  decimals.insert(0, 3 - decimals.size(), '0');
  return std::to_string(span / 1'000) + "." + decimals;
}

std::string dollars_of(std::int64_t nano) {
  constexpr std::uint64_t kNano = 1'000'000'000;
  const auto size = nano < 0 ? -static_cast<std::uint64_t>(nano) : static_cast<std::uint64_t>(nano);
  std::string decimals = std::to_string(size % kNano);
  decimals.insert(0, 9 - decimals.size(), '0');
  return (nano < 0 ? "-" : "") + std::to_string(size / kNano) + "." + decimals;
}

std::string yes_or_no(bool value) { return value ? "true" : "false"; }

std::string count_of(bool known, const v1::TokenCount& count) {
  return known ? std::to_string(count.count()) : std::string();
}

std::string source_of(bool known, const v1::TokenCount& count) {
  if (!known) return {};
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

std::string detail_of(const Record& r, std::uint64_t (v1::TokenDetails::*part)() const) {
  return r.has_token_details() ? std::to_string((r.token_details().*part)()) : std::string();
}

std::string saved_of(const Record& r) {
  if (!r.cost().has_nano_usd() || !r.cost().has_t3_nano_usd()) return {};
  return dollars_of(r.cost().t3_nano_usd() - r.cost().nano_usd());
}

#define COLUMN(name, cell, expression)                                          \
  Column {                                                                      \
    name, Cell::cell, [](const Record& r) -> std::string { return expression; } \
  }

const Column kColumns[] = {
    COLUMN("record_id", Text, r.record_id()),
    COLUMN("request_id", Text, r.request_id()),
    COLUMN("received", Made, time_of(r.received_us())),
    COLUMN("completed", Made, time_of(r.completed_us())),
    COLUMN("duration_ms", Made, span_of(r.received_us(), r.completed_us())),
    COLUMN("first_byte_ms", Made, span_of(r.received_us(), r.first_byte_us())),
    COLUMN("overhead_us", Made, std::to_string(r.overhead_us())),
    COLUMN("endpoint", Text, r.endpoint()),
    COLUMN("category", Text, r.category()),
    COLUMN("streaming", Made, yes_or_no(r.streaming())),
    COLUMN("requested_model", Text, r.requested_model()),
    COLUMN("tier", Text, r.tier()),
    COLUMN("mode", Text, r.mode()),
    COLUMN("reason", Text, r.reason()),
    COLUMN("model", Text, r.model()),
    COLUMN("provider", Text, r.provider()),
    COLUMN("answered_as", Text, r.answered_as()),
    COLUMN("status", Made, std::to_string(r.status())),
    COLUMN("ending", Text, r.ending()),
    COLUMN("finish_reason", Text, r.finish_reason()),
    COLUMN("error_kind", Text, r.error_kind()),
    COLUMN("error", Text, r.error()),
    COLUMN("attempts", Made, std::to_string(r.attempts_size())),
    COLUMN("restarts", Made, std::to_string(r.restarts())),
    COLUMN("prompt_tokens", Made, count_of(r.has_prompt_tokens(), r.prompt_tokens())),
    COLUMN("prompt_tokens_source", Made, source_of(r.has_prompt_tokens(), r.prompt_tokens())),
    COLUMN("completion_tokens", Made, count_of(r.has_completion_tokens(), r.completion_tokens())),
    COLUMN("completion_tokens_source", Made,
           source_of(r.has_completion_tokens(), r.completion_tokens())),
    COLUMN("cached_tokens", Made, detail_of(r, &v1::TokenDetails::cached)),
    COLUMN("reasoning_tokens", Made, detail_of(r, &v1::TokenDetails::reasoning)),
    COLUMN("cost_usd", Made,
           r.cost().has_nano_usd() ? dollars_of(r.cost().nano_usd()) : std::string()),
    COLUMN("cost_at_t3_usd", Made,
           r.cost().has_t3_nano_usd() ? dollars_of(r.cost().t3_nano_usd()) : std::string()),
    COLUMN("saved_usd", Made, saved_of(r)),
    COLUMN("price_source", Text, r.cost().price().source()),
    COLUMN("key_id", Text, r.key_id()),
    COLUMN("key_name", Text, r.key_name()),
    COLUMN("client_address", Text, r.client_address()),
    COLUMN("instance_id", Text, r.instance_id()),
    COLUMN("config_revision", Made, std::to_string(r.config_revision())),
    COLUMN("guarantee", Text, r.guarantee()),
    COLUMN("request_bytes", Made, std::to_string(r.request_bytes())),
    COLUMN("response_bytes", Made, std::to_string(r.response_bytes())),
    COLUMN("trace_id", Text, r.trace_id()),
    COLUMN("preview", Text, r.preview()),
};

#undef COLUMN

void append_cell(std::string_view text, Cell kind, std::string& out) {
  const bool formula = kind == Cell::Text && !text.empty() &&
                       std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  const bool quoted = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (quoted) out += '"';
  if (formula) out += '\'';
  for (const char c : text) {
    out += c;
    if (c == '"') out += c;
  }
  if (quoted) out += '"';
}

}  // namespace

std::vector<std::string_view> csv_columns() {
  std::vector<std::string_view> names;
  for (const auto& column : kColumns) names.emplace_back(column.name);
  return names;
}

void append_csv_header(std::string& out) {
  const char* separator = "";
  for (const auto& column : kColumns) {
    out += separator;
    out += column.name;
    separator = ",";
  }
  out += "\r\n";
}

void append_csv_row(const Record& record, std::string& out) {
  const char* separator = "";
  for (const auto& column : kColumns) {
    out += separator;
    append_cell(column.value(record), column.cell, out);
    separator = ",";
  }
  out += "\r\n";
}

}  // namespace smartroute::control::admin
