#include "dataplane/core/tracing/export_settings.hpp"

#include <gtest/gtest.h>

#include <map>

#include "dataplane/core/tracing/providers.hpp"

namespace smartroute::tracing {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

// "http://host:port/path", or what is wrong.
std::string endpoint_of(const ExportSettings& s) {
  if (!s.enabled) return s.problem.empty() ? "off" : "refused";
  return std::string(s.protocol == config::OtlpProtocol::Grpc ? "grpc " : "http ") + (s.tls ? "tls " : "plain ") + s.host + " " +
         std::to_string(s.port) + (s.protocol == config::OtlpProtocol::Grpc ? "" : " " + s.path);
}

TEST(ExportSettings, ReadsEveryFormOfAnEndpoint) {
  struct Row {
    const char* name;
    const char* endpoint;
    config::OtlpProtocol protocol;
    const char* wanted;
  };
  using enum config::OtlpProtocol;
  const Row rows[] = {
      {"a collector", "http://collector:4318", Http, "http plain collector 4318 /v1/traces"},
      {"with a slash behind", "http://collector:4318/", Http, "http plain collector 4318 /v1/traces"},
      {"without a port", "http://collector", Http, "http plain collector 4318 /v1/traces"},
      {"below a path", "https://otlp.example.com/otlp", Http, "http tls otlp.example.com 443 /otlp/v1/traces"},
      {"the whole address", "http://collector:4318/v1/traces", Http, "http plain collector 4318 /v1/traces"},
      {"an address without a name", "http://[::1]:9999", Http, "http plain ::1 9999 /v1/traces"},
      {"... and without a port", "http://[::1]", Http, "http plain ::1 4318 /v1/traces"},
      {"gRPC", "collector:4317", Grpc, "grpc plain collector 4317"},
      {"gRPC without a port", "http://collector", Grpc, "grpc plain collector 4317"},
      {"gRPC with TLS", "https://collector:4317", Grpc, "grpc tls collector 4317"},
      {"no address", "ftp://collector", Http, "refused"},
      {"a metadata service", "http://169.254.169.254:4318", Http, "refused"},
      {"... by gRPC", "metadata.google.internal:4317", Grpc, "refused"},
      {"none", "", Http, "off"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    config::Tracing tracing;
    tracing.endpoint = row.endpoint;
    tracing.protocol = row.protocol;
    EXPECT_EQ(endpoint_of(export_settings(tracing, environment({}))), row.wanted);
  }
}

TEST(ExportSettings, TakesTheEnvironmentWhereTheConfigurationIsSilent) {
  struct Row {
    const char* name;
    Variables variables;
    const char* wanted;
  };
  const Row rows[] = {
      {"a base", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}}, "http plain c 4318 /v1/traces"},
      {"its own address, as it stands", {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318/in"}}, "http plain c 4318 /in"},
      {"its own address, without a path", {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318"}}, "http plain c 4318 /"},
      {"its own before the base", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/x"}},
       "http plain b 4318 /x"},
      {"gRPC", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}, "grpc plain c 4317"},
      {"a protocol of its own",
       {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
        {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"}},
       "http plain c 4318 /v1/traces"},
      {"the SDK is off", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}, {"OTEL_SDK_DISABLED", "TRUE"}}, "off"},
      {"no exporter", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}, {"OTEL_TRACES_EXPORTER", "none"}}, "off"},
      {"an empty endpoint", {{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}, "off"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(endpoint_of(export_settings({}, environment(row.variables))), row.wanted);
  }
}

TEST(ExportSettings, ReadsHeadersOfTheEnvironment) {
  const auto settings = export_settings({}, environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"},
                                                         {"OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%20b, x-team = blue ,broken,bad\nname=1"}}));
  ASSERT_EQ(settings.headers.size(), 2u);
  EXPECT_EQ(settings.headers[0].first, "api-key");
  EXPECT_EQ(settings.headers[0].second.reveal(), "a b");
  EXPECT_EQ(settings.headers[1].first, "x-team");
  EXPECT_EQ(settings.headers[1].second.reveal(), "blue");
}

TEST(ExportSettings, TrustsAPrivateAddressOfTheEnvironmentOnly) {
  const auto env = environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.monitoring:4318"}});
  EXPECT_TRUE(export_settings({}, env).allow_private);
  config::Tracing tracing;
  tracing.endpoint = "http://collector.monitoring:4318";
  EXPECT_FALSE(export_settings(tracing, env).allow_private);
  tracing.allow_private = true;
  EXPECT_TRUE(export_settings(tracing, env).allow_private);
}

TEST(ExportSettings, NeverSendsTheEnvironmentsHeadersElsewhere) {
  config::Tracing tracing;
  tracing.endpoint = "http://mine:4318";
  tracing.headers["X-Mine"] = Secret("1");
  const auto settings = export_settings(tracing, environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://theirs"},
                                                              {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=theirs"}}));
  EXPECT_EQ(settings.host, "mine");
  ASSERT_EQ(settings.headers.size(), 1u);
  EXPECT_EQ(settings.headers[0].first, "x-mine");
}

TEST(ExportSettings, NamesTheService) {
  config::Tracing tracing;
  EXPECT_EQ(export_settings(tracing, environment({})).service_name, "smartroute");
  EXPECT_EQ(export_settings(tracing, environment({{"OTEL_SERVICE_NAME", "edge"}})).service_name, "edge");
  tracing.service_name = "gateway";
  EXPECT_EQ(export_settings(tracing, environment({{"OTEL_SERVICE_NAME", "edge"}})).service_name, "gateway");
}

TEST(ProviderNames, AreThoseOfTheConventions) {
  struct Row {
    const char* host;
    const char* name;
  };
  const Row rows[] = {
      {"api.openai.com", "openai"},
      {"eu.api.openai.com", "openai"},
      {"my-resource.openai.azure.com", "azure.ai.openai"},
      {"api.anthropic.com", "anthropic"},
      {"bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"},
      {"s3.us-east-1.amazonaws.com", ""},
      {"us-central1-aiplatform.googleapis.com", "gcp.vertex_ai"},
      {"generativelanguage.googleapis.com", "gcp.gemini"},
      {"api.deepseek.com", "deepseek"},
      {"api.moonshot.cn", "moonshot_ai"},
      {"api.x.ai", "x_ai"},
      {"notapi.x.ai.example.com", ""},
      {"fakeapi.openai.com.evil.example", ""},
      {"xapi.openai.com", ""},
      {"localhost", ""},
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(provider_name_of_host(row.host), row.name) << row.host;
}

TEST(Providers, KeepTheirIdWhereTheHostHasNoName) {
  config::Config config;
  config.providers.resize(3);
  config.providers[0].id = ProviderId("work");
  config.providers[0].base_url = "https://api.openai.com/v1";
  config.providers[1].id = ProviderId("local");
  config.providers[1].base_url = "http://127.0.0.1:8000/v1";
  config.providers[2].id = ProviderId("broken");
  config.providers[2].base_url = "nothing";
  const auto providers = providers_of(config);
  EXPECT_EQ(providers.at("work").name, "openai");
  EXPECT_EQ(providers.at("work").port, 443);
  EXPECT_EQ(providers.at("local").name, "local");
  EXPECT_EQ(providers.at("local").address, "127.0.0.1");
  EXPECT_EQ(providers.at("local").port, 8000);
  EXPECT_EQ(providers.at("broken").name, "broken");
}

}  // namespace
}  // namespace smartroute::tracing
