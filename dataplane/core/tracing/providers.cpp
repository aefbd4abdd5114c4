#include "dataplane/core/tracing/providers.hpp"

#include <array>

#include "contract/config/base_url.hpp"

namespace smartroute::tracing {
namespace {

// A host belongs to a row when it is `domain` or ends with "." and it, and holds `part`. Names: OpenTelemetry semantic conventions for GenAI
// (status: Development), gen_ai.provider.name.
struct Row {
  std::string_view domain, part, name;
};
constexpr std::array<Row, 24> kRows{{
    {"api.openai.com", "", "openai"},
    {"openai.azure.com", "", "azure.ai.openai"},
    {"services.ai.azure.com", "", "azure.ai.inference"},
    {"models.ai.azure.com", "", "azure.ai.inference"},
    {"inference.ai.azure.com", "", "azure.ai.inference"},
    {"api.anthropic.com", "", "anthropic"},
    {"amazonaws.com", "bedrock", "aws.bedrock"},
    {"amazonaws.com.cn", "bedrock", "aws.bedrock"},
    {"api.aws", "bedrock", "aws.bedrock"},
    {"googleapis.com", "aiplatform", "gcp.vertex_ai"},
    {"generativelanguage.googleapis.com", "", "gcp.gemini"},
    {"api.groq.com", "", "groq"},
    {"api.mistral.ai", "", "mistral_ai"},
    {"codestral.mistral.ai", "", "mistral_ai"},
    {"api.deepseek.com", "", "deepseek"},
    {"api.x.ai", "", "x_ai"},
    {"api.perplexity.ai", "", "perplexity"},
    {"api.cohere.com", "", "cohere"},
    {"api.cohere.ai", "", "cohere"},
    {"ml.cloud.ibm.com", "", "ibm.watsonx.ai"},
    {"api.moonshot.ai", "", "moonshot_ai"},
    {"api.moonshot.cn", "", "moonshot_ai"},
    {"api.kimi.com", "", "moonshot_ai"},
    {"api.kimi.ai", "", "moonshot_ai"},
}};

bool lies_below(std::string_view host, std::string_view domain) noexcept {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

std::string_view provider_name_of_host(std::string_view host) noexcept {
  for (const Row& row : kRows)
    if (lies_below(host, row.domain) && host.find(row.part) != std::string_view::npos) return row.name;
  return {};
}

Providers providers_of(const config::Config& config) {
  Providers all;
  for (const auto& provider : config.providers) {
    ProviderFacts& facts = all[provider.id.str()];
    if (const auto url = config::parse_base_url(provider.base_url)) {
      facts.address = url->host;
      facts.port = url->port;
    }
    facts.name = provider_name_of_host(facts.address);
    if (facts.name.empty()) facts.name = provider.id.str();
  }
  return all;
}

}  // namespace smartroute::tracing
