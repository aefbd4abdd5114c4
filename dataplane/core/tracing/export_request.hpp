// One OTLP export of spans that are encoded already: what waits in a queue is bytes, and a batch is their concatenation. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "opentelemetry/proto/trace/v1/trace.pb.h"

namespace smartroute::tracing {

// Appends one span as it stands in ScopeSpans.
void append_span(const opentelemetry::proto::trace::v1::Span& span, std::string& spans);

// Who exports.
struct ExportSource {
  std::string service_name, service_instance, service_version;
};

// The bytes of an ExportTraceServiceRequest with every span of `spans`, each made by append_span().
std::string export_request(const ExportSource& source, const std::vector<std::string>& spans);

}  // namespace smartroute::tracing
