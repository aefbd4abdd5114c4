// A request's record as spans: one SERVER span, as its caller sees it, and below it one CLIENT span for each attempt at a provider. Names and
// attributes follow the OpenTelemetry GenAI conventions (status: Development); what they have no word for is smartroute.*. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/core/tracing/providers.hpp"
#include "opentelemetry/proto/trace/v1/trace.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::tracing {

// Whether the prompt and the answer are attributes. They are what the record holds of them, and at most kMaxContentBytes each: what is longer,
// or was cut, is left out.
enum class Content : std::uint8_t { LeaveOut, Include };
inline constexpr std::size_t kMaxContentBytes = 256 * 1024;

// The SERVER span first, then the attempts in their order. Empty: the record has no (well-formed) trace. Times are the record's, which are wall
// clock; a span never ends before it begins.
std::vector<opentelemetry::proto::trace::v1::Span> spans_of(const v1::RequestRecord& record, const Providers& providers, Content content);

}  // namespace smartroute::tracing
