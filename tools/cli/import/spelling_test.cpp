#include "tools/cli/import/spelling.hpp"

#include <gtest/gtest.h>

namespace smartroute::import {
namespace {

TEST(Spelling, ReferencesAreWrittenAsOursAre) {
  EXPECT_EQ(secret_here("os.environ/OPENAI_API_KEY"), "${OPENAI_API_KEY}");
  EXPECT_EQ(secret_here("${A}"), "${A}");
  EXPECT_EQ(secret_here("sk-literal"), "sk-literal");
}

TEST(Spelling, WhatIsSecretIsToldByItsName) {
  for (const char* name : {"api_key", "master_key", "gateway_api_keys", "AWS_SECRET_ACCESS_KEY", "database_url", "key", "hf_token"}) EXPECT_TRUE(names_secret(name)) << name;
  for (const char* name : {"error_keywords", "max_tokens", "model", "keyword", "input_cost_per_token", "base_url"}) EXPECT_FALSE(names_secret(name)) << name;
  EXPECT_TRUE(holds_password("redis://user:pw@host:1/0"));
  EXPECT_FALSE(holds_password("https://host/a@b"));
}

TEST(Spelling, DurationsAreInTheLargestUnitThatFits) {
  using std::chrono::milliseconds;
  EXPECT_EQ(duration_text(milliseconds(5'000)), "5s");
  EXPECT_EQ(duration_text(milliseconds(300'000)), "5m");
  EXPECT_EQ(duration_text(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(decimal(0.15), "0.15");
  EXPECT_EQ(decimal(3), "3");
}

TEST(Spelling, AnIdIsOneThatOurValidatorTakes) {
  const auto free = [](const std::string&) { return false; };
  EXPECT_EQ(provider_id("azure", free), "azure");
  EXPECT_EQ(provider_id("my provider/2", free), "my-provider-2");
  EXPECT_EQ(provider_id("t1", free), "t1-provider");
  EXPECT_EQ(provider_id("供应商", free), "provider");
  EXPECT_EQ(provider_id("a..b", free), "a.-b");
  EXPECT_EQ(provider_id("a", [](const std::string& id) { return id == "a" || id == "a-2"; }), "a-3");
}

TEST(Spelling, TiersAreGuessedByWholeWordsOfAName) {
  struct Row {
    const char* name;
    int tier;
  };
  for (const Row& row : {Row{"gpt-4o-mini", 1}, {"gpt-4o", 2}, {"gemini-2.5-pro", 3}, {"gemini-2.5-flash", 1}, {"claude-opus-5-5", 3}, {"claude-sonnet-5-5", 2}, {"o1", 3}, {"llama-3.1-8b-instant", 1}})
    EXPECT_EQ(tier_by_name(row.name), row.tier) << row.name;
}

}  // namespace
}  // namespace smartroute::import
