#include "tools/cli/import/import.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace smartroute::import {
namespace {

const Finding* at(const std::vector<Finding>& findings, std::string_view path) {
  const auto found = std::find_if(findings.begin(), findings.end(), [path](const Finding& one) { return one.path == path; });
  return found == findings.end() ? nullptr : &*found;
}

TEST(Import, TheGatewayIsToldByWhatItsFileHolds) {
  EXPECT_EQ(import_config(R"({"t1_models": ["a"]})")->dialect, Dialect::SmartRoutePython);
  EXPECT_EQ(import_config(R"({"models": {"t2": []}})")->dialect, Dialect::SmartRoutePython);
  EXPECT_EQ(import_config("model_list: []\n")->dialect, Dialect::LiteLlm);
}

TEST(Import, AFileOfNobodySaysSo) {
  for (const char* text : {"", "[]", "x: 1", "{\"providers\": []}", "{"}) {
    const auto import = import_config(text);
    ASSERT_FALSE(import) << text;
    EXPECT_EQ(import.error().kind(), ErrorKind::Invalid);
  }
}

TEST(Import, AFlatFileAndItsNestedFormBecomeTheSame) {
  const auto flat = import_config(R"({"t1_models": ["a"], "t2_models": ["b"], "t3_models": ["c"], "upstream_base_url": "https://x.example/v1", "upstream_api_key": "sk-1",
    "timeouts": {"t1": 5000}, "stream_timeouts": {"t1": 9000}, "retry_rounds": {"t2": 2}, "routing_strategies": {"t3": "random"}, "log_retention_days": 3,
    "router_config": {"enabled": true, "model": "m", "api_key": "k"}})");
  const auto nested = import_config(R"({"models": {"t1": ["a"], "t2": ["b"], "t3": ["c"], "strategies": {"t3": "random"}},
    "providers": {"upstream": {"base_url": "https://x.example/v1", "api_key": "sk-1"}}, "timeouts": {"connect": {"t1": 5000}, "generation": {"t1": 9000}},
    "retries": {"rounds": {"t2": 2}}, "general": {"log_retention_days": 3}, "router": {"enabled": true, "model": "m", "api_key": "k"}})");
  ASSERT_TRUE(flat && nested);
  EXPECT_EQ(flat->yaml, nested->yaml);
}

TEST(Import, AKeyThatOurValidatorRefusesIsLeftOutWithItsWords) {
  const auto import = import_config("general_settings: {master_key: sk-1234}\nmodel_list: []\n");
  ASSERT_TRUE(import);
  const Finding* const key = at(import->not_at_all, "general_settings.master_key");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->value, "(hidden)");
  EXPECT_EQ(key->why, "is a key that everybody tries first");
  EXPECT_EQ(import->yaml.find("sk-1234"), std::string::npos);
}

TEST(Import, ASettingThatNobodyKnowsIsNotLostSilently) {
  const auto import = import_config(R"({"t1_models": ["a"], "brand_new": {"deep": [1, {"er": null}]}})");
  ASSERT_TRUE(import);
  EXPECT_NE(at(import->not_at_all, "brand_new.deep[0]"), nullptr);
  EXPECT_NE(at(import->not_at_all, "brand_new.deep[1].er"), nullptr);
}

TEST(Import, ModelsOfAProviderThatIsNotSpokenAreNotTaken) {
  const auto import = import_config("model_list:\n  - {model_name: x, litellm_params: {model: bedrock/anthropic.claude, aws_region_name: eu-west-1}}\n");
  ASSERT_TRUE(import);
  const Finding* const model = at(import->not_at_all, "model_list[0].litellm_params.model");
  ASSERT_NE(model, nullptr);
  EXPECT_NE(model->why.find("SigV4"), std::string::npos);
}

TEST(Import, FallbacksThatWouldGoInACircleAreCut) {
  const auto import = import_config(
      "model_list:\n  - {model_name: a, litellm_params: {model: openai/gpt-4o}}\n  - {model_name: b, litellm_params: {model: openai/gpt-4o-mini}}\n"
      "router_settings: {fallbacks: [{a: [b]}, {b: [a]}]}\n");
  ASSERT_TRUE(import);
  EXPECT_EQ(import->not_at_all.size(), 1u);
  EXPECT_NE(import->not_at_all.front().why.find("lead back"), std::string::npos);
}

}  // namespace
}  // namespace smartroute::import
