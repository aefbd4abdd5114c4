#include "controlplane/core/rollup.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "controlplane/core/record_match.hpp"
#include "controlplane/core/varint.hpp"

namespace smartroute::control {
namespace {

constexpr char kRowVersion = 1;

constexpr std::string_view kModelEndpoint = "chat_completions";
constexpr std::string_view kClientGone = "client_gone";  // as error kind and as outcome: neither success nor failure
constexpr std::string_view kAnswered = "answered";       // outcome of an attempt

struct NamedDimension {
  Dimension dimension;
  std::string_view name;
};
constexpr std::array<NamedDimension, 10> kNames{{{Dimension::All, ""},
                                                 {Dimension::Tier, "tier"},
                                                 {Dimension::Model, "model"},
                                                 {Dimension::Provider, "provider"},
                                                 {Dimension::Key, "key"},
                                                 {Dimension::Error, "error"},
                                                 {Dimension::Status, "status"},
                                                 {Dimension::Category, "category"},
                                                 {Dimension::Ending, "ending"},
                                                 {Dimension::Attempt, "attempt"}}};

// Ten digits of dollars: nothing real comes near, but rows may come from a damaged disk.
std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

// Every number of a row, in the order in which rows lie on disk: append only, and raise kRowVersion.
template <class Row, class Count, class Money>
void each_field(Row& row, const Count& count, const Money& money) {
  for (auto* field : {&row.requests, &row.successes, &row.failures, &row.streams, &row.retries, &row.retried_requests}) count(*field);
  for (auto& field : row.prompt_tokens) count(field);
  for (auto& field : row.completion_tokens) count(field);
  for (auto* field : {&row.cached_tokens, &row.reasoning_tokens}) count(*field);
  for (auto* field : {&row.cost_nano, &row.saved_nano, &row.thrown_away_nano}) money(*field);
  for (auto* field : {&row.unpriced, &row.response_us, &row.response_max_us, &row.first_byte_us, &row.first_byte_max_us}) count(*field);
}

// What has no source came from a data plane that did not say; nobody vouches for it.
std::size_t source_index(const v1::TokenCount& tokens) noexcept {
  constexpr std::size_t kEstimate = 2;
  const int source = tokens.source();
  return source >= 1 && source <= 3 ? static_cast<std::size_t>(source - 1) : kEstimate;
}

template <class Counted>  // RequestRecord or AttemptRecord
void add_tokens(const Counted& from, RollupRow& row) {
  if (from.has_prompt_tokens()) row.prompt_tokens[source_index(from.prompt_tokens())] += from.prompt_tokens().count();
  if (from.has_completion_tokens()) row.completion_tokens[source_index(from.completion_tokens())] += from.completion_tokens().count();
}

void judge(std::string_view kind, RollupRow& row) {
  row.requests = 1;
  row.successes = kind.empty() ? 1 : 0;
  row.failures = kind.empty() || kind == kClientGone ? 0 : 1;
}

void add_response(std::int64_t micros, RollupRow& row) {
  const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0));
  row.response.add(took);
  row.response_us = row.response_max_us = took;
}

void add_times(const v1::RequestRecord& record, RollupRow& row) {
  if (row.successes == 0 || record.received_us() <= 0) return;
  if (record.completed_us() > 0) add_response(record.completed_us() - record.received_us(), row);
  if (record.first_byte_us() <= 0) return;
  const auto waited = static_cast<std::uint64_t>(std::max<std::int64_t>(record.first_byte_us() - record.received_us(), 0));
  row.first_byte.add(waited);
  row.first_byte_us = row.first_byte_max_us = waited;
}

// Whether there is something that must have cost, so that not knowing how much is worth telling.
bool used_something(const v1::RequestRecord& record) {
  if (!record.model().empty() || record.has_prompt_tokens() || record.has_completion_tokens()) return true;
  return std::any_of(record.attempts().begin(), record.attempts().end(), [](const v1::AttemptRecord& attempt) {
    return attempt.has_prompt_tokens() || attempt.has_completion_tokens();
  });
}

void add_money(const v1::RequestRecord& record, RollupRow& row) {
  const v1::Cost& cost = record.cost();
  row.thrown_away_nano = cost.thrown_away_nano_usd();
  if (!cost.has_nano_usd()) {
    row.unpriced = used_something(record) ? 1 : 0;
    return;
  }
  row.cost_nano = cost.nano_usd();
  if (cost.has_t3_nano_usd() && !__builtin_sub_overflow(cost.t3_nano_usd(), cost.nano_usd(), &row.saved_nano)) return;
  row.saved_nano = 0;
}

RollupRow row_of(const v1::RequestRecord& record) {
  RollupRow row;
  judge(record.error_kind(), row);
  add_times(record, row);
  if (record.endpoint() != kModelEndpoint) return row;
  row.streams = record.streaming() ? 1 : 0;
  if (record.attempts_size() > 1) {
    row.retries = static_cast<std::uint64_t>(record.attempts_size() - 1);
    row.retried_requests = 1;
  }
  add_tokens(record, row);
  row.cached_tokens = record.token_details().cached();
  row.reasoning_tokens = record.token_details().reasoning();
  add_money(record, row);
  return row;
}

// The attempt whose answer the client got, or as much of one as came; -1: none.
int answering_attempt(const v1::RequestRecord& record) {
  const int last = record.attempts_size() - 1;
  return last >= 0 && !record.model().empty() && record.attempts(last).model() == record.model() ? last : -1;
}

RollupRow row_of(const v1::AttemptRecord& attempt, bool streaming) {
  RollupRow row;
  judge(attempt.outcome() == kAnswered ? std::string_view() : std::string_view(attempt.outcome()), row);
  row.streams = streaming ? 1 : 0;
  add_tokens(attempt, row);
  row.cost_nano = row.thrown_away_nano = attempt.cost_nano_usd();
  row.unpriced = !attempt.has_cost_nano_usd() && (attempt.has_prompt_tokens() || attempt.has_completion_tokens()) ? 1 : 0;
  if (row.successes > 0) add_response(attempt.duration_us(), row);
  return row;
}

// The tokens and the cost of the answer stand in the record, not in its attempt.
void add_answer(const v1::RequestRecord& record, RollupRow& row) {
  add_tokens(record, row);
  row.cached_tokens = record.token_details().cached();
  row.reasoning_tokens = record.token_details().reasoning();
  const v1::Cost& cost = record.cost();
  row.unpriced = cost.has_nano_usd() ? 0 : 1;
  row.thrown_away_nano = 0;
  if (__builtin_sub_overflow(cost.nano_usd(), cost.thrown_away_nano_usd(), &row.cost_nano)) row.cost_nano = 0;
}

}  // namespace

std::string_view name_of(Dimension dimension) noexcept {
  for (const auto& entry : kNames)
    if (entry.dimension == dimension) return entry.name;
  return "";
}

std::optional<Dimension> dimension_named(std::string_view name) noexcept {
  for (const auto& entry : kNames)
    if (entry.name == name) return entry.dimension;
  return std::nullopt;
}

void RollupRow::add(const RollupRow& other) {
  // The largest do not add up; they are put right below.
  const std::uint64_t response_max = std::max(response_max_us, other.response_max_us);
  const std::uint64_t first_byte_max = std::max(first_byte_max_us, other.first_byte_max_us);
  std::array<std::uint64_t, 32> theirs{};
  std::size_t at = 0;
  each_field(
      other, [&](std::uint64_t field) { theirs[at++] = field; }, [&](std::int64_t field) { theirs[at++] = static_cast<std::uint64_t>(field); });
  at = 0;
  each_field(
      *this, [&](std::uint64_t& field) { field += theirs[at++]; },
      [&](std::int64_t& field) { field = saturated_sum(field, static_cast<std::int64_t>(theirs[at++])); });
  response_max_us = response_max;
  first_byte_max_us = first_byte_max;
  response.add(other.response);
  first_byte.add(other.first_byte);
}

// <kRowVersion> <each_field(), varints> <response> <first_byte>
std::string RollupRow::encode() const {
  std::string out;
  out.reserve(96);
  out += kRowVersion;
  each_field(
      *this, [&](std::uint64_t field) { put_varint(out, field); }, [&](std::int64_t field) { put_varint(out, folded(field)); });
  response.encode(out);
  first_byte.encode(out);
  return out;
}

std::optional<RollupRow> RollupRow::decode(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kRowVersion) return std::nullopt;
  bytes.remove_prefix(1);
  RollupRow row;
  bool whole = true;
  const auto next = [&] {
    const auto value = take_varint(bytes);
    whole = whole && value.has_value();
    return value.value_or(0);
  };
  each_field(
      row, [&](std::uint64_t& field) { field = next(); }, [&](std::int64_t& field) { field = unfolded(next()); });
  if (!whole || !row.response.decode(bytes) || !row.first_byte.decode(bytes) || !bytes.empty()) return std::nullopt;
  return row;
}

void roll_up(const v1::RequestRecord& record, const RollupTo& to) {
  const RollupRow row = row_of(record);
  const auto if_known = [&](Dimension dimension, const std::string& value) {
    if (!value.empty()) to(dimension, value, row);
  };
  to(Dimension::All, "", row);
  to(Dimension::Status, std::to_string(record.status()), row);
  if_known(Dimension::Ending, record.ending());
  if (record.endpoint() != kModelEndpoint) return;
  to(Dimension::Tier, record.tier().empty() ? kNoTier : std::string_view(record.tier()), row);
  if_known(Dimension::Model, record.model());
  if_known(Dimension::Provider, record.provider());
  if_known(Dimension::Key, record.key_id());
  if_known(Dimension::Error, record.error_kind());
  if_known(Dimension::Category, record.category());
  const int answering = answering_attempt(record);
  for (int i = 0; i < record.attempts_size(); ++i) {
    if (record.attempts(i).model().empty()) continue;
    RollupRow tried = row_of(record.attempts(i), record.streaming());
    if (i == answering) add_answer(record, tried);
    to(Dimension::Attempt, record.attempts(i).model(), tried);
  }
}

}  // namespace smartroute::control
