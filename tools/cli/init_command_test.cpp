#include "tools/cli/init_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "contract/config/check.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/starter_config.hpp"

namespace smartroute::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<FoundProvider> all_known() {
  std::vector<FoundProvider> all;
  for (const KnownProvider& known : kKnownProviders) all.push_back({&known, std::string(known.base_url), true});
  return all;
}

// Takes the # away from every setting: one blank behind it makes a line prose, none or more a setting.
std::string uncommented(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find_first_not_of(' ');
    const bool comment = at != std::string::npos && line[at] == '#' && at + 1 < line.size();
    if (comment && (line[at + 1] != ' ' || line.substr(at, 3) == "#  ")) line.erase(at, 1);
    out += line + "\n";
  }
  return out;
}

std::string problems_of(const std::string& text) {
  const auto checked = config::check_document(text, "x.yaml", config::placeholder_secrets());
  std::string all;
  for (const auto& problem : checked.problems) all += config::to_string(problem) + "\n";
  return all;
}

TEST(StarterConfig, IsValidForEveryKnownProviderAloneAndForAll) {
  for (const FoundProvider& one : all_known()) EXPECT_EQ(problems_of(starter_config({one})), "") << one.known->id;
  EXPECT_EQ(problems_of(starter_config(all_known())), "");
}

TEST(StarterConfig, RefersToKeysAndHoldsNone) {
  const std::string text = starter_config({all_known().front()});
  EXPECT_THAT(text, HasSubstr("api_key: \"${OPENAI_API_KEY}\""));
  EXPECT_THAT(text, Not(HasSubstr("sk-")));
}

TEST(StarterConfig, FillsEveryTierInTheOrderOfTheProviders) {
  const auto checked = config::check_document(starter_config({all_known()[0], all_known()[1]}), "x.yaml", config::placeholder_secrets());
  for (const auto& tier : checked.config.tiers) ASSERT_EQ(tier.models.size(), 2u);
}

TEST(StarterConfig, StaysValidWithEveryCommentedSettingTakenIn) {
  for (const FoundProvider& one : all_known()) {
    const std::string text = uncommented(starter_config({one}));
    EXPECT_EQ(problems_of(text), "") << text;
  }
}

}  // namespace
}  // namespace smartroute::cli
