// Where spans go: the configuration's word, else the environment's (the OTEL_* variables every OpenTelemetry SDK heeds). Pure: the environment
// is an argument.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/secret.hpp"
#include "contract/config/model.hpp"

namespace smartroute::tracing {

// The value of a variable; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

struct ExportSettings {
  bool enabled = false;
  config::OtlpProtocol protocol = config::OtlpProtocol::Http;
  bool tls = false;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
  bool allow_private = false;  // a public name may resolve to a private address
  std::string path;  // of HTTP; begins with a slash
  std::vector<std::pair<std::string, Secret>> headers;  // lower-case names
  double sample_ratio = 1.0;
  bool content = false;
  std::string service_name;
  std::string problem;  // why an endpoint that is named is not used; may be shown
  friend bool operator==(const ExportSettings&, const ExportSettings&) = default;
};

inline constexpr std::uint16_t kOtlpHttpPort = 4318, kOtlpGrpcPort = 4317;

// tracing.endpoint wins, with its own protocol and headers. Without one the environment speaks: OTEL_EXPORTER_OTLP_TRACES_{ENDPOINT,PROTOCOL,
// HEADERS}, else OTEL_EXPORTER_OTLP_{ENDPOINT,PROTOCOL,HEADERS}; its headers never go to an endpoint of the configuration. A base endpoint gets
// "/v1/traces" behind its path, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it stands. gRPC also takes HOST:PORT, without TLS.
// Whoever sets the environment of this process decides about more than its collector: such an endpoint may be private, whatever its name.
// OTEL_SERVICE_NAME is the name where the configuration gives none of its own. OTEL_SDK_DISABLED=true and OTEL_TRACES_EXPORTER=none keep the
// environment from switching tracing on.
ExportSettings export_settings(const config::Tracing& tracing, const Environment& environment);

}  // namespace smartroute::tracing
