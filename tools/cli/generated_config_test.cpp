#include "tools/cli/generated_config.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "contract/config/check.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

config::SecretSource every_secret_is(std::string value) {
  config::SecretSource source;
  source.environment = [value](const std::string&) { return value; };
  source.file = [](const std::string&) { return std::nullopt; };
  return source;
}

TEST(GeneratedConfig, FindsProvidersByTheirKeysInTheTablesOrder) {
  const auto found = find_providers(
      environment({{"DEEPSEEK_API_KEY", "k"}, {"OPENAI_API_KEY", "k"}, {"OTHER_API_KEY", "k"}}));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].known->id, "openai");
  EXPECT_EQ((*found)[1].known->id, "deepseek");
}

TEST(GeneratedConfig, EveryProviderItKnowsGivesAValidConfigAlone) {
  for (const auto& known : kKnownProviders) {
    SCOPED_TRACE(known.id);
    const auto found = find_providers(environment({{std::string(known.key_variable), "sk-1"}}));
    ASSERT_TRUE(found);
    const auto text = config_from_providers(*found);
    EXPECT_THAT(
        config::check_document(text, "generated.yaml", every_secret_is("sk-0123456789abcdef"))
            .problems,
        IsEmpty())
        << text;
  }
}

TEST(GeneratedConfig, AllProvidersTogetherAreAValidConfigWithEachTierOverAllOfThem) {
  std::map<std::string, std::string> keys;
  for (const auto& known : kKnownProviders) keys[std::string(known.key_variable)] = "sk-1";
  const auto text = config_from_providers(*find_providers(environment(keys)));
  const auto checked =
      config::check_document(text, "generated.yaml", every_secret_is("sk-0123456789abcdef"));
  EXPECT_THAT(checked.problems, IsEmpty()) << text;
  for (const auto& tier : checked.config.tiers)
    EXPECT_EQ(tier.models.size(), kKnownProviders.size());
}

TEST(GeneratedConfig, HoldsReferencesNeverKeys) {
  const auto found = find_providers(environment({{"OPENAI_API_KEY", "sk-very-secret"}}));
  const auto text = config_from_providers(*found);
  EXPECT_THAT(text, Not(HasSubstr("very-secret")));
  EXPECT_THAT(text, HasSubstr("\"${OPENAI_API_KEY}\""));
}

TEST(GeneratedConfig, ABaseUrlFromTheEnvironmentWins) {
  const struct {
    const char* name;
    std::map<std::string, std::string> variables;
    const char* expected;
  } rows[] = {
      {"as it is",
       {{"OPENAI_API_KEY", "k"}, {"OPENAI_BASE_URL", "http://10.0.0.1:9/v1"}},
       "http://10.0.0.1:9/v1"},
      {"trailing slashes go",
       {{"OPENAI_API_KEY", "k"}, {"OPENAI_BASE_URL", "https://a.example/v1//"}},
       "https://a.example/v1"},
      {"the version that this provider's own clients add",
       {{"ANTHROPIC_API_KEY", "k"}, {"ANTHROPIC_BASE_URL", "https://a.example"}},
       "https://a.example/v1"},
      {"the version is not added twice",
       {{"ANTHROPIC_API_KEY", "k"}, {"ANTHROPIC_BASE_URL", "https://a.example/v1/"}},
       "https://a.example/v1"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto found = find_providers(environment(row.variables));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().base_url, row.expected);
    EXPECT_THAT(config_from_providers(*found), HasSubstr("allow_private: true"));
  }
}

TEST(GeneratedConfig, RoutesByTheClassifierAndInventsNoRules) {
  const auto found = find_providers(environment({{"OPENAI_API_KEY", "k"}}));
  const auto checked =
      config::check_document(config_from_providers(*found), "g.yaml", every_secret_is("x"));
  const auto& router = checked.config.router;
  EXPECT_EQ(router.mode, config::RouterMode::Cascade);
  EXPECT_FALSE(router.llm);
  for (std::size_t i = 0; i < config::kTierCount; ++i) {
    EXPECT_THAT(router.keywords.tiers[i], IsEmpty());
    EXPECT_THAT(router.keywords.at_least[i], IsEmpty());
  }
}

TEST(GeneratedConfig, ItsExamplesAreValidOnceUncommented) {
  const auto found = find_providers(environment({{"OPENAI_API_KEY", "k"}}));
  auto text = config_from_providers(*found);
  constexpr std::string_view kCommented = "\n  # ";
  for (auto at = text.find(kCommented); at != std::string::npos; at = text.find(kCommented, at + 1))
    text.replace(at, kCommented.size(), "\n  ");
  const auto checked = config::check_document(text, "g.yaml", every_secret_is("x"));
  EXPECT_THAT(checked.problems, IsEmpty()) << text;
  EXPECT_EQ(checked.config.router.keywords.tiers[2].size(), 2u);
  EXPECT_EQ(checked.config.router.keywords.at_least[1].size(), 1u);
  EXPECT_TRUE(checked.config.router.llm);
}

TEST(GeneratedConfig, ABaseUrlThatIsNoneNamesItsVariable) {
  for (const char* url : {"api.example/v1", "https://", "ftp://a.example"}) {
    const auto found = find_providers(environment({{"GROQ_API_KEY", "k"}, {"GROQ_BASE_URL", url}}));
    ASSERT_FALSE(found) << url;
    EXPECT_THAT(found.error().text(), HasSubstr("GROQ_BASE_URL"));
  }
}

TEST(GeneratedConfig, ATrickyBaseUrlStaysInsideItsQuotes) {
  const auto found = find_providers(environment(
      {{"OPENAI_API_KEY", "k"}, {"OPENAI_BASE_URL", "https://a.example/\"}\ngateway: {x: 1"}}));
  const auto text = config_from_providers(*found);
  EXPECT_THAT(text, Not(HasSubstr("\ngateway:")));
}

TEST(DemoConfig, IsValidAndNeedsNoKey) {
  const auto text = demo_config(4001, 4002);
  const auto checked = config::check_document(text, "demo.yaml", every_secret_is("x"));
  EXPECT_THAT(checked.problems, IsEmpty()) << text;
  EXPECT_THAT(checked.config.gateway.api_keys, IsEmpty());
  EXPECT_EQ(checked.config.router.mode, config::RouterMode::Cascade);
  EXPECT_EQ(checked.config.providers.at(1).base_url, "http://127.0.0.1:4002/v1");
}

TEST(DemoConfig, EveryModelOfATierHasAPrice) {
  const auto checked = config::check_document(demo_config(4001, 4002), "demo.yaml", every_secret_is("x"));
  std::set<ModelId> priced;
  for (const auto& model : checked.config.models)
    if (model.price.input && model.price.output) priced.insert(model.id);
  for (const auto& tier : checked.config.tiers)
    for (const auto& model : tier.models) EXPECT_EQ(priced.count(model), 1u) << model.str();
}

TEST(ProcessEnvironment, TakesAVariableOfBlanksForUnset) {
  ::setenv("SMARTROUTE_TEST_BLANK", "  \t", 1);
  EXPECT_FALSE(process_environment()("SMARTROUTE_TEST_BLANK"));
  ::setenv("SMARTROUTE_TEST_BLANK", " x", 1);
  EXPECT_EQ(process_environment()("SMARTROUTE_TEST_BLANK"), " x");
  ::unsetenv("SMARTROUTE_TEST_BLANK");
}

}  // namespace
}  // namespace smartroute::cli
