#include "dataplane/core/prices/catalogue.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "dataplane/core/prices/table.hpp"

namespace smartroute::prices {
namespace {

Price listed(std::string_view host, std::string_view model) {
  const auto found = look_up(host, model);
  return found ? found->price : Price();
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == '\t')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

std::string shown(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

TEST(Catalogue, KnowsThePricesOfModelsThatManyUse) {
  const struct {
    const char *host, *model;
    std::int64_t input, output;
    std::optional<std::int64_t> cached, written;
    std::optional<std::int64_t> window;
  } rows[] = {
      {"api.openai.com", "gpt-4o", 2'500'000'000, 10'000'000'000, 1'250'000'000, {}, 128'000},
      {"api.openai.com", "gpt-4o-mini", 150'000'000, 600'000'000, 75'000'000, {}, 128'000},
      {"api.openai.com", "gpt-5", 1'250'000'000, 10'000'000'000, 125'000'000, {}, 400'000},
      {"api.openai.com", "gpt-5-mini", 250'000'000, 2'000'000'000, 25'000'000, {}, 400'000},
      {"api.openai.com",
       "o3",
       2'000'000'000,
       8'000'000'000,
       500'000'000,
       {},
       200'000},  // since 2025-06-10
      {"api.openai.com",
       "gpt-5.4",
       2'500'000'000,
       15'000'000'000,
       250'000'000,
       {},
       1'050'000},  // below its long-context tier
      {"api.deepseek.com",
       "deepseek-chat",
       270'000'000,
       1'100'000'000,
       70'000'000,
       {},
       64'000},  // by day
      {"api.deepseek.com",
       "deepseek-v4-flash",
       220'000'000,
       660'000'000,
       7'000'000,
       {},
       {}},  // but for its peak hours
      {"api.anthropic.com",
       "claude-sonnet-4-5",
       3'000'000'000,
       15'000'000'000,
       300'000'000,
       3'750'000'000,
       {}},
      {"api.moonshot.ai", "kimi-k2.5", 600'000'000, 3'000'000'000, 100'000'000, {}, 262'144},
      {"api.moonshot.cn", "kimi-k2.5", 600'000'000, 3'000'000'000, 100'000'000, {}, 262'144},
  };
  for (const auto& row : rows) {
    const auto found = look_up(row.host, row.model);
    ASSERT_TRUE(found) << row.model;
    EXPECT_EQ(found->price.input, row.input) << row.model;
    EXPECT_EQ(found->price.output, row.output) << row.model;
    EXPECT_EQ(found->price.cached_input, row.cached) << row.model;
    EXPECT_EQ(found->price.cache_write, row.written) << row.model;
    if (row.window) {
      EXPECT_EQ(found->context_window, row.window) << row.model;
    }
    EXPECT_EQ(found->price.source, "genai-prices 0.1.8") << row.model;
    EXPECT_EQ(found->price.as_of, "2026-09-23") << row.model;
  }
  const Price realtime = listed("api.openai.com", "gpt-4o-realtime-preview-2025-06-03");
  EXPECT_EQ(realtime.audio_input, 40'000'000'000);
  EXPECT_EQ(realtime.audio_output, 80'000'000'000);
}

TEST(Catalogue, PricesWholeRequests) {
  Quantities used;
  used.prompt = 12'000;
  used.cached = 8'000;
  used.completion = 900;
  EXPECT_EQ(cost(listed("api.openai.com", "gpt-4o"), used),
            29'000'000);  // 0.010 + 0.010 + 0.009 dollars
  EXPECT_EQ(cost(listed("api.deepseek.com", "deepseek-chat"), used),
            2'630'000);  // 0.00108 + 0.00056 + 0.00099
  used.cache_write = 1'000;
  EXPECT_EQ(cost(listed("api.anthropic.com", "claude-sonnet-4-5"), used),
            28'650'000);  // 0.009 + 0.0024 + 0.00375 + 0.0135
  used = {};
  used.prompt = 7;
  used.cached = 3;
  used.completion = 1;
  EXPECT_EQ(cost(listed("api.openai.com", "gpt-5"), used), 15'375);
  EXPECT_EQ(cost(listed("api.openai.com", "no-such-model"), used), std::nullopt);
}

// For each name that the package's rules spell, and for names near them.
TEST(Catalogue, AnswersAsThePackageDoes) {
  std::ifstream file(SMARTROUTE_EXPECTED_PRICES);
  ASSERT_TRUE(file) << SMARTROUTE_EXPECTED_PRICES;
  std::string line;
  int rows = 0, known = 0, wrong = 0;
  while (std::getline(file, line) && wrong < 20) {
    const auto want = fields_of(line);
    ASSERT_GE(want.size(), 3u) << line;
    ++rows;
    const std::string bare = want[0].substr(want[0].find("//") + 2);
    const std::size_t slash = std::min(bare.find('/'), bare.size());
    const auto found = look_up(bare.substr(0, slash), want[1], bare.substr(slash));
    std::string have = want[0] + "\t" + want[1] + "\t-";
    if (found) {
      const Price& price = found->price;
      if (price.known()) ++known;
      have = want[0] + "\t" + want[1] + "\t" + std::string(found->name) + "\t" +
             shown(price.input) + "\t" + shown(price.output) + "\t" + shown(price.cached_input) +
             "\t" + shown(price.cache_write) + "\t" + shown(found->context_window);
    }
    EXPECT_EQ(have, line);
    if (have != line) ++wrong;
  }
  EXPECT_GT(rows, 15'000);
  EXPECT_GT(known, 5'000);
}

TEST(Catalogue, TakesDatedNamesInBothSpellings) {
  const Price dashed = listed("api.openai.com", "gpt-4o-2024-08-06");
  EXPECT_EQ(dashed.input, 2'500'000'000);
  EXPECT_EQ(listed("api.openai.com", "gpt-4o-20240806"), dashed);
  EXPECT_EQ(listed("api.openai.com", "gpt-5-mini-2025-08-07").input, 250'000'000);
  EXPECT_EQ(listed("api.anthropic.com", "claude-sonnet-4-5-20250929").input, 3'000'000'000);
  EXPECT_FALSE(listed("api.openai.com", "gpt-4o-20240231").known());   // no day
  EXPECT_FALSE(listed("api.openai.com", "gpt-4o-202408061").known());  // no date
  EXPECT_FALSE(listed("api.openai.com", "gpt-4o-2024-08-07").known());
}

TEST(Catalogue, DoesNotMindTheCaseOfNamesAndHosts) {
  EXPECT_EQ(listed("API.OpenAI.com", "GPT-4o"), listed("api.openai.com", "gpt-4o"));
  EXPECT_TRUE(listed("API.OpenAI.com", "GPT-4o").known());
}

TEST(Catalogue, KnowsNothingOfNamesNobodyListed) {
  for (const char* model :
       {"", "gpt", "gpt-4o-", "gpt-4oo", "llama-3", "t1", "auto", "mock/gpt-4o-mini-x"})
    EXPECT_FALSE(look_up("api.openai.com", model)) << model;
  EXPECT_FALSE(look_up("api.openai.com", std::string(100'000, 'g')));
  EXPECT_FALSE(look_up("127.0.0.1", "mock-small"));
  EXPECT_FALSE(look_up("", "whatever"));
  // A known seller's list is whole: what is not on it is not another's.
  EXPECT_FALSE(look_up("api.groq.com", "gpt-4o"));
}

TEST(Catalogue, TakesAnUnknownHostForASellerAtTheMakersListPrice) {
  const auto found = look_up("gateway.example", "gpt-4o");
  ASSERT_TRUE(found);
  Price want = listed("api.openai.com", "gpt-4o");
  want.source = "genai-prices 0.1.8, list price of openai";
  EXPECT_EQ(found->price, want);
  EXPECT_EQ(found->context_window, std::nullopt);  // its own affair
  EXPECT_EQ(listed("gateway.example", "openai/gpt-4o"), want);
  EXPECT_EQ(listed("10.0.0.7", "gpt-4o"), want);
  EXPECT_EQ(listed("gateway.example", "anthropic/claude-sonnet-4-5").input, 3'000'000'000);
  EXPECT_EQ(listed("gateway.example", "x-ai/grok-4.3").source,
            "genai-prices 0.1.8, list price of x-ai");
  // Variants of others, and names of nobody.
  for (const char* model :
       {"gpt-4o:free", "deepseek-r1:8b", "acme/gpt-4o", "qwen3-8b", "gpt-4o-mine"})
    EXPECT_FALSE(listed("gateway.example", model).known()) << model;
}

TEST(Catalogue, HoldsHostsToBeWhole) {
  for (const char* host :
       {"api.openai.com.example", "xapi.openai.com", "openai.com", "api.openai.com:443"})
    EXPECT_NE(listed(host, "gpt-4o").source, "genai-prices 0.1.8") << host;
  EXPECT_EQ(listed("mine.openai.azure.com", "gpt-4o").source, "genai-prices 0.1.8");
  EXPECT_EQ(listed("eu.mine.openai.azure.com", "gpt-4o").source, "genai-prices 0.1.8");
  EXPECT_TRUE(look_up("bedrock-runtime.us-east-1.amazonaws.com", "amazon.nova-lite-v1:0"));
  EXPECT_FALSE(look_up("bedrock-runtime.us-east-1.amazonaws.com.example", "amazon.nova-lite-v1:0"));
}

TEST(Catalogue, TellsSellersOfOneHostApartByTheirPath) {
  const char* model = "qwen/qwen3-coder-480b-a35b-instruct";
  const auto nebius = look_up("router.huggingface.co", model, "/nebius/v1"),
             novita = look_up("router.huggingface.co", model, "/novita/v3/openai");
  ASSERT_TRUE(nebius && novita);
  EXPECT_NE(nebius->price, novita->price);
  EXPECT_FALSE(look_up("router.huggingface.co", model, "/nebiusx/v1"));
  EXPECT_FALSE(look_up("router.huggingface.co", model));
  EXPECT_TRUE(look_up("api.cloudflare.com", "@cf/meta/llama-3.1-8b-instruct",
                      "/client/v4/accounts/0af/ai/v1"));
}

TEST(Catalogue, LeavesOutWhatTokensAloneDoNotMake) {
  // By the request, the image, the hour, a second kind of output, sound without its price.
  EXPECT_FALSE(listed("api.perplexity.ai", "sonar-pro").known());
  EXPECT_FALSE(listed("generativelanguage.googleapis.com", "gemini-2.5-flash-image").known());
  EXPECT_FALSE(listed("api.openai.com", "whisper-1").known());
  EXPECT_FALSE(listed("api.perplexity.ai", "sonar-deep-research").known());
  EXPECT_FALSE(listed("api.openai.com", "gpt-4o-audio-preview").known());
  EXPECT_TRUE(listed("api.openai.com", "gpt-4o-audio-preview").source.empty());
  EXPECT_TRUE(listed("api.perplexity.ai", "sonar-pro").as_of.empty());
}

TEST(Catalogue, FreeModelsCostNothing) {
  const Price free = listed("openrouter.ai", "deepseek/deepseek-r1:free");
  ASSERT_TRUE(free.known());
  Quantities used;
  used.prompt = used.completion = 1'000'000;
  EXPECT_EQ(cost(free, used), 0);
  EXPECT_FALSE(listed("openrouter.ai", "deepseek/deepseek-nothing:free").known());
}

TEST(Catalogue, FindsModelsByTheProvidersIdToo) {
  EXPECT_EQ(look_up_at("openai", "gpt-4o")->price, listed("api.openai.com", "gpt-4o"));
  EXPECT_EQ(look_up_at("OpenAI", "GPT-4o")->price, listed("api.openai.com", "gpt-4o"));
  EXPECT_FALSE(look_up_at("nobody", "gpt-4o"));
  EXPECT_FALSE(look_up_at("groq", "gpt-4o"));
}

// The catalogue agrees with itself.
TEST(CatalogueTable, HasNoRowThatCannotBeTrusted) {
  EXPECT_GT(table::kModels.size(), 1'500u);
  EXPECT_EQ(catalogue_name(), "genai-prices 0.1.8");
  constexpr std::string_view kReleased =
      "2026-09-23";  // of that version; a date before it would be of another catalogue
  EXPECT_GE(catalogue_date(), kReleased);
  int priced = 0;
  for (const table::Provider& provider : table::kProviders)
    for (std::uint32_t r = provider.models.begin; r < provider.models.end; ++r) {
      const table::Model& model = table::kModels[table::kRules[r].model];
      const std::string name =
          std::string(table::text_of(provider.id)) + "/" + std::string(table::text_of(model.name));
      const auto& nano = model.nano_dollars;
      EXPECT_EQ(nano[table::kInput] < 0, nano[table::kOutput] < 0)
          << name << " has one price of the two";
      const bool known = nano[table::kInput] >= 0;
      if (known) ++priced;
      const bool is_free = name.find("free") != std::string::npos;
      for (std::size_t kind = 0; kind < table::kKinds; ++kind) {
        EXPECT_TRUE(known || nano[kind] < 0) << name << " has a part's price without the whole's";
        EXPECT_TRUE(is_free || nano[kind] != 0) << name << " costs nothing, and is not named free";
        EXPECT_LT(nano[kind], 2'000'000'000'000) << name << " costs more than any model does";
      }
      EXPECT_TRUE(nano[table::kCachedInput] <= nano[table::kInput])
          << name << " is dearer from the cache";
    }
  EXPECT_GT(priced, 1'300);
}

TEST(CatalogueTable, StaysWithinItself) {
  for (const table::Rule& rule : table::kRules) {
    ASSERT_LE(rule.text.at + rule.text.size, table::kText.size());
    ASSERT_GT(rule.text.size, 0);
    ASSERT_LT(rule.model, table::kModels.size());
  }
  for (const table::Provider& provider : table::kProviders) {
    ASSERT_LE(provider.models.end, table::kRules.size());
    for (const table::Range range : {provider.models, provider.made_here, provider.called})
      ASSERT_TRUE(range.begin == range.end || !table::kRules[range.end - 1].more)
          << table::text_of(provider.id);
    for (std::uint32_t i = provider.fallbacks.begin; i < provider.fallbacks.end; ++i) {
      // No chain of them, so none without an end.
      const table::Provider& other = table::kProviders[table::kFallbacks[i]];
      ASSERT_EQ(other.fallbacks.begin, other.fallbacks.end) << table::text_of(provider.id);
    }
  }
  for (const table::Address& address : table::kAddresses)
    ASSERT_LT(address.provider, table::kProviders.size());
}

}  // namespace
}  // namespace smartroute::prices
