#include "dataplane/core/tracing/export_request.hpp"

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace smartroute::tracing {
namespace {

namespace otlp = opentelemetry::proto;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// The head of a field that holds a message of `size` bytes.
void append_head(std::string& out, int field, std::size_t size) {
  constexpr std::uint64_t kBytes = 2;
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | kBytes);
  append_varint(out, size);
}

std::string scope() {
  otlp::trace::v1::ScopeSpans spans;
  spans.mutable_scope()->set_name("smartroute");
  spans.mutable_scope()->set_version(SMARTROUTE_VERSION);
  return spans.SerializeAsString();
}

std::string resource(const ExportSource& source) {
  otlp::trace::v1::ResourceSpans spans;
  const auto add = [&spans](const char* key, const std::string& value) {
    if (value.empty()) return;
    auto& attribute = *spans.mutable_resource()->add_attributes();
    attribute.set_key(key);
    attribute.mutable_value()->set_string_value(value);
  };
  add("service.name", source.service_name);
  add("service.instance.id", source.service_instance);
  add("service.version", source.service_version);
  add("telemetry.sdk.name", "smartroute");
  add("telemetry.sdk.language", "cpp");
  return spans.SerializeAsString();
}

}  // namespace

void append_span(const otlp::trace::v1::Span& span, std::string& spans) {
  append_head(spans, otlp::trace::v1::ScopeSpans::kSpansFieldNumber, span.ByteSizeLong());
  span.AppendToString(&spans);
}

std::string export_request(const ExportSource& source, const std::vector<std::string>& spans) {
  std::string of_scope = scope();
  for (const auto& part : spans) of_scope += part;
  std::string of_resource = resource(source);
  append_head(of_resource, otlp::trace::v1::ResourceSpans::kScopeSpansFieldNumber, of_scope.size());
  of_resource += of_scope;
  std::string out;
  append_head(out, otlp::collector::trace::v1::ExportTraceServiceRequest::kResourceSpansFieldNumber, of_resource.size());
  return out += of_resource;
}

}  // namespace smartroute::tracing
