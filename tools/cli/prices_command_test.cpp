#include "tools/cli/prices_command.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/routing/view.hpp"
#include "tools/cli/preview.hpp"

namespace smartroute::cli {
namespace {

constexpr const char* kConfig =
    "providers:\n"
    "  - {id: openai, base_url: \"https://api.openai.com/v1\", api_key: sk-12345678}\n"
    "  - {id: own, base_url: \"http://127.0.0.1:9000/v1\", api_key: sk-12345678}\n"
    "models: [{id: own/small, price: {input: 0.003625, output: 12, cached_input: 0}}]\n"
    "tiers: {t1: {models: [own/small]}, t3: {models: [openai/gpt-5, own/big]}}\n";

TEST(ListPrice, KnowsModelsByTheirNameAndByTheirProviders) {
  const ModelPrice at_maker = list_price("openai/gpt-4o");
  EXPECT_EQ(at_maker.model, "openai/gpt-4o");
  EXPECT_EQ(at_maker.price.input, 2'500'000'000);
  EXPECT_EQ(at_maker.price.source, "genai-prices 0.1.8");
  EXPECT_EQ(at_maker.context_window, 128'000);
  EXPECT_EQ(list_price("gpt-4o").price.input, 2'500'000'000);
  EXPECT_TRUE(list_price("openrouter/deepseek/deepseek-r1:free").price.known());
  EXPECT_FALSE(list_price("openai/nothing").price.known());
  EXPECT_FALSE(list_price("").price.known());
  EXPECT_FALSE(list_price("/").price.known());
}

TEST(PriceIn, IsWhatTheGatewayWouldCharge) {
  const auto view = view_of(kConfig, "test");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(price_in(*view, "own/small").price.source, "config");
  EXPECT_EQ(price_in(*view, "small").price.output, 12'000'000'000);
  EXPECT_EQ(price_in(*view, "openai/gpt-5").price.source, "genai-prices 0.1.8");
  EXPECT_EQ(price_in(*view, "openai/gpt-4o").price.input, 2'500'000'000);  // of no tier
  EXPECT_EQ(price_in(*view, "own/gpt-4o").price.source, "genai-prices 0.1.8, list price of openai");
  EXPECT_FALSE(price_in(*view, "own/big").price.known());
  EXPECT_FALSE(price_in(*view, "own/").price.known());
}

TEST(PricesText, ShowsExactDollarsSourceAndDate) {
  const auto view = view_of(kConfig, "test");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(prices_text({price_in(*view, "own/small"), price_in(*view, "openai/gpt-5"), price_in(*view, "own/big")}),
            "MODEL         INPUT     OUTPUT  CACHED  CACHE WRITE  AUDIO IN  AUDIO OUT  WINDOW  DATE        SOURCE\n"
            "own/small     0.003625  12.00   0.00    -            -         -          -       -           config\n"
            "openai/gpt-5  1.25      10.00   0.125   -            -         -          -       2026-09-23  genai-prices 0.1.8\n"
            "own/big       -         -       -       -            -         -          -       -           unknown\n"
            "US dollars for a million tokens; -: not listed apart, or unknown\n");
  EXPECT_EQ(prices_text({}), "no models: there is no configuration yet\n");
}

TEST(PricesJson, HoldsTheSameAsNumbers) {
  const auto view = view_of(kConfig, "test");
  ASSERT_NE(view, nullptr);
  const auto list = nlohmann::json::parse(prices_json({price_in(*view, "own/small"), price_in(*view, "openai/gpt-5"), price_in(*view, "own/big")}));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].dump(), R"({"model":"own/small","price":{"cached_input":0.0,"input":0.003625,"output":12.0},"source":"config"})");
  EXPECT_EQ(list[1].dump(),
            R"({"as_of":"2026-09-23","model":"openai/gpt-5","price":{"cached_input":0.125,"input":1.25,"output":10.0},)"
            R"("source":"genai-prices 0.1.8"})");
  EXPECT_EQ(list[2].dump(), R"({"model":"own/big","price":null})");
  EXPECT_EQ(prices_json({}), "[]\n");
}

}  // namespace
}  // namespace smartroute::cli
