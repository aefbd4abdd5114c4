#include "dataplane/core/accounting/record.hpp"

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

void set_count(std::uint64_t count, v1::TokenCount& out) {
  out.set_count(count);
  out.set_source(v1::TokenCount::SOURCE_UPSTREAM);
}

void to_message(const Attempt& attempt, v1::AttemptRecord& out) {
  out.set_provider(attempt.provider);
  out.set_model(attempt.model);
  out.set_outcome(attempt.outcome.data(), attempt.outcome.size());
  out.set_status(attempt.status);
  out.set_reason(attempt.reason);
  out.set_started_us(attempt.started_us);
  out.set_duration_us(attempt.duration_us);
  out.set_reused_connection(attempt.reused_connection);
}

}  // namespace

std::string_view name_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::Completed:
      return "completed";
    case Ending::CompletedNoDone:
      return "completed_no_done";
    case Ending::RejectedByGateway:
      return "rejected_by_gateway";
    case Ending::UpstreamError:
      return "upstream_error";
    case Ending::UpstreamPassed:
      return "upstream_passed";
    case Ending::BrokenStream:
      return "broken_stream";
    case Ending::ClientGone:
      return "client_gone";
    case Ending::Drained:
      return "drained";
    case Ending::kCount:
      break;
  }
  return "unknown";
}

void to_message(const Record& record, v1::RequestRecord& out) {
  out.Clear();
  out.set_request_id(record.request_id);
  out.set_received_us(record.received_us);
  out.set_routed_us(record.routed_us);
  out.set_upstream_called_us(record.upstream_called_us);
  out.set_first_byte_us(record.first_byte_us);
  out.set_completed_us(record.completed_us);
  out.set_endpoint(record.endpoint.data(), record.endpoint.size());
  out.set_requested_model(record.requested_model);
  out.set_streaming(record.streaming);
  out.set_tier(record.tier);
  out.set_mode(record.mode.data(), record.mode.size());
  out.set_reason(record.reason);
  out.set_confidence(record.confidence);
  out.mutable_attempts()->Reserve(static_cast<int>(record.attempts.size()));
  for (const Attempt& attempt : record.attempts) to_message(attempt, *out.add_attempts());
  out.set_model(record.model);
  out.set_provider(record.provider);
  out.set_status(record.status);
  const std::string_view ending = name_of(record.ending);
  out.set_ending(ending.data(), ending.size());
  out.set_error(record.error);
  // Absent means not known, which is not zero.
  if (record.tokens) {
    set_count(record.tokens->prompt, *out.mutable_prompt_tokens());
    set_count(record.tokens->completion, *out.mutable_completion_tokens());
  }
  out.set_key_id(record.key_id);
  out.set_config_revision(record.config_revision);
  out.set_request_bytes(record.request_bytes);
  out.set_response_bytes(record.response_bytes);
  out.set_overhead_us(record.overhead_us);
  out.set_client_address(record.client_address);
}

}  // namespace smartroute::accounting
