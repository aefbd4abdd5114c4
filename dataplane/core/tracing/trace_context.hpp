// W3C Trace Context (Recommendation, level 1 headers; the wider keys of level 2 are read too): which trace a request belongs to, whether it
// is recorded, and the headers that say so. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/random.hpp"
#include "dataplane/core/accounting/record.hpp"

namespace smartroute::tracing {

inline constexpr std::size_t kTraceparentBytes = 55;
inline constexpr std::size_t kMaxTracestateMembers = 32;

struct TraceParent {
  std::uint64_t high = 0, low = 0;  // trace-id
  std::uint64_t span = 0;           // of the caller
  bool sampled = false;
  friend bool operator==(const TraceParent&, const TraceParent&) = default;
};

// The value of one traceparent header; several headers are none. Strict: lower-case hex, no blanks, ids other than zero, version ff refused,
// version 00 of exactly kTraceparentBytes; of a later version what version 00 would hold of it. nullopt: a trace begins here.
std::optional<TraceParent> parse_traceparent(std::string_view value) noexcept;

// The list of a tracestate header (several headers joined by commas) as it may be passed on: members as they came, in order, separated by one
// comma. nullopt: not to be passed on, because a member is malformed, a key stands twice, or there are more than kMaxTracestateMembers.
// Means nothing without a good traceparent.
std::optional<std::string> canonical_tracestate(std::string_view value);

// The trace of one request: the caller's, whose decision about recording holds, or a new one of which `ratio` (0..1) are recorded. A decision is
// made from the low 56 bits of the trace id, so that every process that uses the same ratio decides alike (OpenTelemetry, consistent
// probability sampling). Not enabled: all zero.
accounting::TraceIds begin_trace(std::string_view traceparent, double ratio, Random& random, bool enabled) noexcept;

// An id for one attempt; never zero.
std::uint64_t new_span_id(Random& random) noexcept;

// Appends the value of the header for a call made as `span` of the request's trace. Nothing when the request is not traced.
void write_traceparent(const accounting::TraceIds& ids, std::uint64_t span, std::string& out);

// As records write them: 32 and 16 lower-case hex digits. "" for all zero.
std::string trace_id_text(const accounting::TraceIds& ids);
std::string span_id_text(std::uint64_t span);

}  // namespace smartroute::tracing
