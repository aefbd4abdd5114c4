#include "tools/cli/validate_command.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "contract/config/check.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {
namespace {

constexpr const char* kBroken = "tools/cli/testdata/broken.yaml";

config::SecretSource no_secrets() {
  config::SecretSource source;
  source.environment = [](const std::string&) { return std::nullopt; };
  source.file = [](const std::string&) { return std::nullopt; };
  return source;
}

// To renew after a deliberate change: OPENAI_API_KEY= build/dev/bin/smartroute validate FILE >
// tools/cli/testdata/broken.txt
TEST(Validate, PrintsEveryProblemOfABrokenFileWithItsLine) {
  const auto text = read_file(kBroken), expected = read_file("tools/cli/testdata/broken.txt");
  ASSERT_TRUE(text && expected) << "run from the root of the tree";
  const auto checked = config::check_document(*text, kBroken, no_secrets());
  EXPECT_EQ(report(checked.problems, kBroken, Output::Text), *expected);
}

TEST(Validate, EveryLineBeginsWithFileLineAndField) {
  const auto checked = config::check_document(*read_file(kBroken), kBroken, no_secrets());
  EXPECT_TRUE(config::has_errors(checked.problems));
  for (const auto& problem : checked.problems) {
    EXPECT_EQ(problem.file, kBroken) << problem.path;
    EXPECT_GT(problem.line, 0) << problem.path;
    EXPECT_NE(problem.path, "") << problem.what;
  }
}

TEST(Validate, AGoodFileIsOneLine) {
  const char* text =
      "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\"}]\n"
      "tiers: {t1: {models: [a/x]}, t2: {models: [a/x]}, t3: {models: [a/x]}}\nrouter: {mode: "
      "random}\n";
  const auto checked = config::check_document(text, "good.yaml", no_secrets());
  EXPECT_EQ(report(checked.problems, "good.yaml", Output::Text), "good.yaml: valid\n");
}

// The text between the first ```yaml of a page and the ``` that ends it.
std::string first_yaml_of(const std::string& page) {
  const auto text = read_file(page).value_or("");
  const auto begin = text.find("```yaml\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin + 8, text.find("\n```", begin + 8) - begin - 8);
}

TEST(Validate, TheExamplesOfTheReadmesAreValid) {
  for (const char* page : {"README.md", "README.zh-CN.md", "proto/README.md", "proto/README.zh-CN.md"}) {
    auto secrets = no_secrets();
    secrets.environment = [](const std::string&) { return std::string("sk-0123456789abcdef"); };
    secrets.file = [](const std::string&) { return std::string("sk-fedcba9876543210"); };
    const auto example = first_yaml_of(page);
    ASSERT_NE(example, "") << page;
    const auto checked = config::check_document(example, page, secrets);
    EXPECT_EQ(report(checked.problems, page, Output::Text), std::string(page) + ": valid\n");
  }
}

TEST(Validate, AMissingSecretIsAWarningNotAnError) {
  const char* text =
      "providers: [{id: a, base_url: \"https://a.example/v1\", api_key: \"${NOT_SET}\"}]\n"
      "tiers: {t1: {models: [a/x]}, t2: {models: [a/x]}, t3: {models: [a/x]}}\nrouter: {mode: "
      "random}\n";
  const auto checked = config::check_document(text, "f.yaml", no_secrets());
  EXPECT_FALSE(config::has_errors(checked.problems));
  EXPECT_THAT(report(checked.problems, "f.yaml", Output::Text),
              testing::EndsWith("f.yaml: valid, 1 warning\n"));
}

TEST(Validate, TextThatCannotBeReadIsOneProblem) {
  const auto checked = config::check_document("providers: [", "f.yaml", no_secrets());
  ASSERT_EQ(checked.problems.size(), 1u);
  EXPECT_TRUE(config::has_errors(checked.problems));
}

TEST(Validate, JsonCarriesTheSameProblems) {
  const auto checked = config::check_document(*read_file(kBroken), kBroken, no_secrets());
  const auto document = nlohmann::json::parse(report(checked.problems, kBroken, Output::Json));
  EXPECT_EQ(document["valid"], false);
  ASSERT_EQ(document["problems"].size(), checked.problems.size());
  EXPECT_EQ(document["problems"][0]["severity"], "error");
  EXPECT_EQ(document["problems"][0]["line"], checked.problems[0].line);
}

}  // namespace
}  // namespace smartroute::cli
