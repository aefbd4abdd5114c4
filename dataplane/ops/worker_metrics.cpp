#include "dataplane/ops/worker_metrics.hpp"

namespace smartroute::ops {
namespace {

using accounting::Ending;
using accounting::Record;

// Position of `name` in a small closed set, or of its last entry, which is `other`.
template <std::size_t N>
std::size_t index_in(const std::array<std::string_view, N>& set, std::string_view name) noexcept {
  for (std::size_t i = 0; i + 1 < N; ++i)
    if (set[i] == name) return i;
  return N - 1;
}

template <std::size_t N>
std::size_t index_or_none(const std::array<std::string_view, N>& set,
                          std::string_view name) noexcept {
  return name.empty() ? 0 : index_in(set, name);
}

Route route_of(const Record& record) noexcept {
  if (record.endpoint == "models") return Route::Models;
  if (record.tier == "t1") return Route::T1;
  if (record.tier == "t2") return Route::T2;
  if (record.tier == "t3") return Route::T3;
  if (!record.tier.empty()) return Route::Other;
  return record.mode.empty() ? Route::None : Route::Named;
}

std::size_t code_index(int status) noexcept {
  if (status == 0) return 0;
  if (status < 100 || status > 599) return kOtherCode;
  return static_cast<std::size_t>(status - 99);
}

// Outcome names are static, so the address nearly always settles it.
std::size_t outcome_index(std::string_view name) noexcept {
  constexpr auto kCount = static_cast<std::size_t>(resilience::AttemptOutcome::kCount);
  for (std::size_t i = 0; i < kCount; ++i)
    if (resilience::name_of(static_cast<resilience::AttemptOutcome>(i)).data() == name.data())
      return i;
  for (std::size_t i = 0; i < kCount; ++i)
    if (resilience::name_of(static_cast<resilience::AttemptOutcome>(i)) == name) return i;
  return kCount;
}

bool completed(const Record& record) noexcept {
  return record.ending == Ending::Completed || record.ending == Ending::CompletedNoDone;
}

// Closed: a kind of error, or how the request ended.
std::string_view error_type(const Record& record) noexcept {
  if (!record.error_kind.empty()) return record.error_kind;
  return completed(record) ? std::string_view() : accounting::name_of(record.ending);
}

// The wall clock may be set back in the middle of a request.
std::uint64_t micros_between(std::int64_t from, std::int64_t to) noexcept {
  return to > from ? static_cast<std::uint64_t>(to - from) : 0;
}

}  // namespace

std::string_view name_of(DnsResult result) noexcept {
  switch (result) {
    case DnsResult::Cached:
      return "cached";
    case DnsResult::Stale:
      return "stale";
    case DnsResult::Resolved:
      return "resolved";
    case DnsResult::Failed:
      return "failed";
    case DnsResult::kCount:
      break;
  }
  return kOtherLabel;
}

std::string_view name_of(Deadline deadline) noexcept {
  switch (deadline) {
    case Deadline::Head:
      return "head";
    case Deadline::Body:
      return "body";
    case Deadline::KeepAlive:
      return "keep_alive";
    case Deadline::Connect:
      return "connect";
    case Deadline::Tls:
      return "tls";
    case Deadline::FirstByte:
      return "first_byte";
    case Deadline::Idle:
      return "idle";
    case Deadline::Total:
      return "total";
    case Deadline::ClientWrite:
      return "client_write";
    case Deadline::Judge:
      return "judge";
    case Deadline::kCount:
      break;
  }
  return kOtherLabel;
}

std::string_view name_of(TlsHandshake result) noexcept {
  switch (result) {
    case TlsHandshake::Ok:
      return "ok";
    case TlsHandshake::Left:
      return "left";
    case TlsHandshake::Failed:
      return "failed";
    case TlsHandshake::Timeout:
      return "timeout";
    case TlsHandshake::CrowdedOut:
      return "crowded_out";
    case TlsHandshake::PlainHttp:
      return "plain_http";
    case TlsHandshake::kCount:
      break;
  }
  return kOtherLabel;
}

std::string_view name_of(Route route) noexcept {
  switch (route) {
    case Route::T1:
      return "t1";
    case Route::T2:
      return "t2";
    case Route::T3:
      return "t3";
    case Route::Named:
      return "named";
    case Route::Models:
      return "models";
    case Route::None:
      return "none";
    case Route::Other:
    case Route::kCount:
      break;
  }
  return kOtherLabel;
}

std::string_view asked_model(std::string_view requested, bool configured, std::string_view mode,
                             std::string_view first_tried) noexcept {
  static constexpr std::array<std::string_view, 4> kRouterNames{"auto", "t1", "t2", "t3"};
  for (const auto name : kRouterNames)
    if (requested == name) return name;
  return configured && mode == "named" ? first_tried : kOtherLabel;
}

void WorkerMetrics::end(const Record& record) noexcept {
  inflight_.add(-1);
  const auto route = static_cast<std::size_t>(route_of(record));
  requests_[route][code_index(record.status)].add();
  endings_[static_cast<std::size_t>(record.ending)].add();
  if (!record.mode.empty())
    decisions_[route][index_or_none(kStrategies, record.strategy)][index_in(kModes, record.mode)]
        .add();
  if (record.attempts.empty()) return;
  overhead_.observe(record.overhead_us, metric::kOverheadBounds);
  count_attempts(record);
  observe_model(record);
}

void WorkerMetrics::judge_asked(std::string_view outcome) noexcept {
  judge_outcomes_[index_in(kJudgeOutcomes, outcome)].add();
}

void WorkerMetrics::count_attempts(const Record& record) {
  fallbacks_.add(record.attempts.size() - 1);
  retries_.observe(record.attempts.size() - 1, metric::kRetryBounds);
  for (const auto& attempt : record.attempts)
    providers_.at({attempt.provider}).outcomes[outcome_index(attempt.outcome)].add();
}

void WorkerMetrics::observe_model(const Record& record) {
  const std::string_view provider =
      record.provider.empty() ? record.attempts.back().provider : record.provider;
  const std::string_view answered = record.model.empty() || record.configured_model
                                        ? std::string_view(record.model)
                                        : kOtherLabel;
  const std::string_view asked = asked_model(record.requested_model, record.configured_model,
                                             record.mode, record.attempts.front().model);
  auto& block = models_.at({provider, asked, answered, error_type(record)});
  block.server_duration.observe(micros_between(record.received_us, record.completed_us),
                                metric::kDurationBounds);
  if (record.upstream_called_us != 0)
    block.client_duration.observe(micros_between(record.upstream_called_us, record.completed_us),
                                  metric::kDurationBounds);
  if (!record.streaming || record.first_byte_us == 0) return;
  block.first_token.observe(micros_between(record.received_us, record.first_byte_us),
                            metric::kFirstTokenBounds);
  if (record.upstream_called_us != 0)
    block.first_chunk.observe(micros_between(record.upstream_called_us, record.first_byte_us),
                              metric::kDurationBounds);
  if (record.chunks > 1) {
    const std::uint64_t gaps = record.chunks - 1;
    block.per_chunk.observe(micros_between(record.first_byte_us, record.completed_us) / gaps,
                            metric::kDurationBounds, gaps);
  }
}

}  // namespace smartroute::ops
