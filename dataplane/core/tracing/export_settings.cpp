#include "dataplane/core/tracing/export_settings.hpp"

#include "contract/config/base_url.hpp"

namespace smartroute::tracing {
namespace {

using config::OtlpProtocol;

constexpr std::string_view kTracesPath = "/v1/traces";

enum class PathRule : std::uint8_t { Base, AsItStands };

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// %41 -> A; a % that is no escape stays.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_header(std::string_view name, std::string_view value) {
  if (name.empty()) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')) return false;
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

void add_header(std::string_view name, std::string_view value, ExportSettings& to) {
  auto known = lower(trimmed(name));
  if (is_header(known, value)) to.headers.emplace_back(std::move(known), Secret(std::string(value)));
}

// "key1=value1,key2=value2", values escaped as in URLs.
void add_headers(std::string_view list, ExportSettings& to) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto pair = list.substr(0, comma);
    if (const auto equals = pair.find('='); equals != std::string_view::npos)
      add_header(pair.substr(0, equals), percent_decoded(trimmed(pair.substr(equals + 1))), to);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

void set_endpoint(std::string_view endpoint, PathRule rule, ExportSettings& to) {
  std::string text(endpoint);
  if (text.find("://") == std::string::npos && to.protocol == OtlpProtocol::Grpc) text.insert(0, "http://");
  const bool names_port = [&text] {
    const auto host = text.substr(text.find("://") == std::string::npos ? 0 : text.find("://") + 3);
    const auto authority = host.substr(0, host.find('/'));
    const auto colon = authority.rfind(':');
    return colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  }();
  while (text.ends_with('/')) text.pop_back();
  const auto url = config::parse_base_url(text);
  if (!url) {
    to.problem = url.error().text();
    return;
  }
  if (const auto kind = config::classify_host(url->host); kind == config::HostKind::LinkLocal || kind == config::HostKind::Unusable) {
    to.problem = "points where no connection is ever made to";
    return;
  }
  to.enabled = true;
  to.tls = url->tls;
  to.host = url->host;
  const bool grpc = to.protocol == OtlpProtocol::Grpc;
  // Collectors listen on ports of their own; behind https there is mostly a proxy on the usual one.
  to.port = names_port || url->tls ? url->port : grpc ? kOtlpGrpcPort : kOtlpHttpPort;
  to.path = url->path;
  if (rule == PathRule::Base && !to.path.ends_with(kTracesPath)) to.path += kTracesPath;
  if (to.path.empty()) to.path = "/";
}

void use_environment(const Environment& environment, ExportSettings& to) {
  const auto read = [&environment](std::string_view name) { return environment(name).value_or(""); };
  if (lower(read("OTEL_SDK_DISABLED")) == "true" || read("OTEL_TRACES_EXPORTER") == "none") return;
  const auto either = [&read](std::string_view what) {
    auto own = read("OTEL_EXPORTER_OTLP_TRACES_" + std::string(what));
    return own.empty() ? read("OTEL_EXPORTER_OTLP_" + std::string(what)) : own;
  };
  const auto own = read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const auto endpoint = own.empty() ? read("OTEL_EXPORTER_OTLP_ENDPOINT") : own;
  if (endpoint.empty()) return;
  to.allow_private = true;
  to.protocol = either("PROTOCOL") == "grpc" ? OtlpProtocol::Grpc : OtlpProtocol::Http;
  add_headers(either("HEADERS"), to);
  set_endpoint(endpoint, own.empty() ? PathRule::Base : PathRule::AsItStands, to);
}

}  // namespace

ExportSettings export_settings(const config::Tracing& tracing, const Environment& environment) {
  ExportSettings settings;
  settings.sample_ratio = tracing.sample_ratio;
  settings.content = tracing.content;
  settings.service_name = tracing.service_name;
  if (tracing.service_name == config::Tracing().service_name)
    if (auto name = environment("OTEL_SERVICE_NAME"); name && !name->empty()) settings.service_name = std::move(*name);
  if (tracing.endpoint.empty()) {
    use_environment(environment, settings);
    return settings;
  }
  settings.protocol = tracing.protocol;
  settings.allow_private = tracing.allow_private;
  for (const auto& [name, value] : tracing.headers) add_header(name, value.reveal(), settings);
  set_endpoint(tracing.endpoint, PathRule::Base, settings);
  return settings;
}

}  // namespace smartroute::tracing
