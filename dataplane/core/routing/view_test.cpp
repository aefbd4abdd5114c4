#include "dataplane/core/routing/view.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {
namespace {

using Json = nlohmann::json;

std::shared_ptr<const View> build(config::Config config) {
  auto view = View::build(std::move(config), Revision{7}, "f00d");
  EXPECT_TRUE(view) << view.error().text();
  return view ? *view : nullptr;
}

TEST(View, RendersUpstreamsOnce) {
  config::Config config = sample_config();
  config.providers[0].headers = {{"openai-organization", "org-1"}, {"x-extra", "2"}};
  config.providers[1].api_key = Secret();
  config.providers[1].tls_verify = false;
  config.providers[1].allow_private = true;
  config.providers[2].tls_ca_file = "/etc/ca.pem";
  config.providers[2].api_key_missing = true;
  const auto view = build(std::move(config));
  ASSERT_EQ(view->upstreams.size(), 3u);
  const Upstream& openai = *view->upstreams[0];
  EXPECT_EQ(openai.index, 0u);
  EXPECT_EQ(openai.id, "openai");
  EXPECT_EQ(openai.chat_target, "/v1/chat/completions");
  EXPECT_EQ(openai.head_block.reveal(),
            "Host: api.openai.com\r\nAuthorization: Bearer sk-openai\r\nopenai-organization: "
            "org-1\r\nx-extra: 2\r\n");
  EXPECT_TRUE(openai.tls_verify);
  EXPECT_FALSE(openai.credentials_missing);
  const Upstream& deepseek = *view->upstreams[1];
  EXPECT_EQ(deepseek.index, 1u);
  EXPECT_EQ(deepseek.chat_target, "/chat/completions");
  EXPECT_EQ(deepseek.head_block.reveal(), "Host: 127.0.0.1:9000\r\n");
  EXPECT_FALSE(deepseek.tls_verify);
  EXPECT_TRUE(deepseek.allow_private);
  EXPECT_EQ(view->upstreams[2]->tls_ca_file, "/etc/ca.pem");
  EXPECT_EQ(view->upstreams[2]->chat_target, "/api/v1/chat/completions");
  EXPECT_TRUE(view->upstreams[2]->credentials_missing);
  EXPECT_EQ(view->upstream("deepseek"), &deepseek);
  EXPECT_EQ(view->upstream("nobody"), nullptr);
  EXPECT_EQ(view->revision.number, 7u);
  EXPECT_EQ(view->fingerprint, "f00d");
}

TEST(View, ConnectionsAreSharedOnlyWhenEverythingAboutThemIsTheSame) {
  config::Config config = sample_config();
  config.providers.clear();
  const auto add = [&](const char* id, const char* url) -> config::Provider& {
    config.providers.push_back(provider(id, url, "k"));
    return config.providers.back();
  };
  add("openai", "https://a.example/v1");
  add("deepseek", "https://A.example:443/other");
  add("openrouter", "http://a.example:443");
  add("port", "https://a.example:8443");
  add("host", "https://b.example");
  add("trust", "https://a.example").tls_verify = false;
  add("ca", "https://a.example").tls_ca_file = "/ca.pem";
  add("private", "https://a.example").allow_private = true;
  const auto view = build(std::move(config));
  const auto key = [&](std::size_t i) { return view->upstreams[i]->pool_key; };
  EXPECT_EQ(key(0), key(1));
  for (std::size_t i = 2; i < view->upstreams.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(key(i), key(j)) << i << " " << j;
}

TEST(View, ResolvesEveryConfiguredName) {
  const auto view = build(sample_config());
  struct Row {
    const char *name, *id, *provider, *model;
  };
  const Row rows[] = {
      {"openai/gpt-4o-mini", "openai/gpt-4o-mini", "openai", "gpt-4o-mini"},
      {"gpt-4o-mini", "openai/gpt-4o-mini", "openai", "gpt-4o-mini"},
      {"deepseek/chat", "deepseek/chat", "deepseek", "chat"},
      {"gpt-4o", "openai/gpt-4o", "openai", "gpt-4o"},
      {"openai/gpt-4o", "openai/gpt-4o", "openai", "gpt-4o"},
      {"mapped-model", "deepseek/mapped-model", "deepseek", "mapped-model"},
      {"deepseek/mapped-model", "deepseek/mapped-model", "deepseek", "mapped-model"},
      {"openrouter/meta-llama/llama-3", "openrouter/meta-llama/llama-3", "openrouter",
       "meta-llama/llama-3"},
      {"meta-llama/llama-3", "openrouter/meta-llama/llama-3", "openrouter", "meta-llama/llama-3"},
  };
  for (const Row& row : rows) {
    const auto found = view->by_name.find(row.name);
    ASSERT_NE(found, view->by_name.end()) << row.name;
    EXPECT_EQ(found->second->id, row.id) << row.name;
    EXPECT_EQ(found->second->upstream->id, row.provider) << row.name;
    EXPECT_EQ(found->second->upstream_model, row.model) << row.name;
    EXPECT_EQ(found->second->model_json, "\"" + std::string(row.model) + "\"") << row.name;
  }
  EXPECT_EQ(view->by_name.find("GPT-4O"), view->by_name.end());
  EXPECT_EQ(view->models.size(), 5u);
}

TEST(View, ASlashNamesAProviderOnlyIfOneHasThatId) {
  config::Config config = sample_config();
  config.tiers[2].models = ids({"meta-llama/llama-3"});
  config.models.clear();
  const auto view = build(std::move(config));
  const ModelEntry& entry = *view->tiers[2].models[0];
  EXPECT_EQ(entry.upstream->id, "openai");
  EXPECT_EQ(entry.upstream_model, "meta-llama/llama-3");
  EXPECT_EQ(entry.id, "openai/meta-llama/llama-3");
}

TEST(View, ABareNameMeansTheEntryThatWroteItNotOneThatOnlyEndsSo) {
  config::Config config = sample_config();
  config.tiers[0].models = ids({"deepseek/same"});
  config.tiers[1].models = ids({"same"});
  const auto view = build(std::move(config));
  EXPECT_EQ(view->by_name.find("same")->second->id, "openai/same");
  EXPECT_EQ(view->by_name.find("deepseek/same")->second->id, "deepseek/same");
}

TEST(View, EntriesCarryTheFactsOfTheirModel) {
  const auto view = build(sample_config());
  const ModelEntry& mini = *view->by_name.find("openai/gpt-4o-mini")->second;
  EXPECT_EQ(mini.multimodal, true);
  EXPECT_EQ(mini.context_window, 128'000);
  EXPECT_EQ(mini.weight, 0.5);
  const ModelEntry& unknown = *view->by_name.find("gpt-4o")->second;
  EXPECT_EQ(unknown.multimodal, std::nullopt);
  EXPECT_EQ(unknown.weight, 1.0);
  EXPECT_EQ(view->facts.find("openai/gpt-4o-mini")->second->max_attempts, 2);
}

TEST(View, ForcedParametersGoToTheMostExactName) {
  config::Config config = sample_config();
  config.params.global = R"({"temperature": 0.70})";
  config.params.models = {{"chat", R"({"a":1})"},
                          {"deepseek/chat", R"({"b":2})"},
                          {"gpt-4o", R"({"c":3})"},
                          {"llama-x", "{}"}};
  config.tiers[2].models = ids({"openrouter/gpt-4o", "openrouter/chat"});
  const auto view = build(std::move(config));
  ASSERT_EQ(view->global_params.size(), 1u);
  EXPECT_EQ(view->global_params[0].value, "0.70");
  const auto forced = [&](const char* name) { return view->by_name.find(name)->second->forced; };
  ASSERT_EQ(forced("deepseek/chat").size(), 1u);
  EXPECT_EQ(forced("deepseek/chat")[0].key, "b");
  EXPECT_EQ(forced("openrouter/chat")[0].key, "a");
  EXPECT_EQ(forced("gpt-4o")[0].key, "c");
  EXPECT_EQ(forced("openrouter/gpt-4o")[0].key, "c");
  EXPECT_TRUE(forced("openai/gpt-4o-mini").empty());
  EXPECT_EQ(view->by_name.find("llama-x"), view->by_name.end());
}

TEST(View, TiersHoldEachModelOnce) {
  config::Config config = sample_config();
  config.tiers[0].models = ids({"gpt-4o", "deepseek/chat", "openai/gpt-4o", "deepseek/chat"});
  const auto view = build(std::move(config));
  ASSERT_EQ(view->tiers[0].models.size(), 2u);
  EXPECT_EQ(view->tiers[0].models[0]->id, "openai/gpt-4o");
  EXPECT_EQ(view->tiers[0].models[1]->id, "deepseek/chat");
}

TEST(View, ListsTheRoutersNamesAndEveryConfiguredModel) {
  config::Config config = sample_config();
  config.tiers[2].models.clear();
  const auto view = build(std::move(config));
  const Json list = Json::parse(view->models_json);
  EXPECT_EQ(list["object"], "list");
  std::vector<std::string> names;
  for (const Json& model : list["data"]) {
    EXPECT_EQ(model["object"], "model");
    EXPECT_TRUE(model["created"].is_number_integer());
    EXPECT_EQ(model.size(), 4u);
    names.push_back(model["id"]);
    EXPECT_EQ(Json::parse(view->model_json(names.back()).value()), model);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"auto", "t1", "t2", "openai/gpt-4o-mini", "deepseek/chat",
                                      "gpt-4o", "openrouter/meta-llama/llama-3", "mapped-model"}));
  EXPECT_EQ(list["data"][0]["owned_by"], "smartroute");
  EXPECT_EQ(list["data"][4]["owned_by"], "deepseek");
  EXPECT_EQ(list["data"][7]["owned_by"], "deepseek");
  EXPECT_EQ(view->model_json("t3"), std::nullopt);
  EXPECT_EQ(view->model_json("nobody"), std::nullopt);
  EXPECT_EQ(view->model_json(""), std::nullopt);
  EXPECT_EQ(Json::parse(view->model_json("gpt-4o-mini").value())["id"], "gpt-4o-mini");
}

TEST(View, KnowsTheGatewaysKeysKeywordsAndStatuses) {
  config::Config config = sample_config();
  config.gateway.api_keys.emplace_back("sk-caller");
  config.retry.status_codes = {418};
  const auto view = build(std::move(config));
  EXPECT_NE(view->keys.find("sk-caller"), nullptr);
  EXPECT_EQ(view->keys.find("sk-other"), nullptr);
  EXPECT_TRUE(view->retry_rules.contains(418));
  EXPECT_FALSE(view->retry_rules.contains(429));
  std::string scratch;
  EXPECT_TRUE(view->keywords.classify("prove", scratch).decides);
}

TEST(View, EntriesKnowTheirPriceAndShareTheirStandingWithOtherViews) {
  config::Config config = sample_config();
  config.models[0].price.input = 0.15;
  config.models[0].price.output = 0.6;
  Scoreboard board;
  const auto first = View::build(config, Revision{1}, "a", &board);
  const auto second = View::build(config, Revision{2}, "b", &board);
  ASSERT_TRUE(first && second);
  const auto entry = [](const auto& view, const char* name) { return (*view)->by_name.find(name)->second; };
  EXPECT_EQ(entry(first, "gpt-4o-mini")->price.input, 150'000'000);
  EXPECT_EQ(entry(first, "gpt-4o-mini")->price.output, 600'000'000);
  EXPECT_EQ(entry(first, "gpt-4o")->stats, entry(second, "openai/gpt-4o")->stats);
  EXPECT_NE(entry(first, "gpt-4o")->stats, entry(first, "deepseek/chat")->stats);
  EXPECT_EQ(entry(first, "gpt-4o")->stats, board.of("openai/gpt-4o"));
  // Without a scoreboard every View has its own.
  const auto alone = View::build(config, Revision{3}, "c");
  for (const auto& model : (*alone)->models) {
    ASSERT_NE(model->stats, nullptr);
    EXPECT_NE(model->stats, board.of(model->id));
  }
}

TEST(View, PricesAreTheConfigsElseTheListsElseUnknown) {
  config::Config config = sample_config();
  config.models[0].price.input = 0.1;  // stands alone, though the list knows the output and the cached price
  config.models[1].price.input = 0.2;
  config.models[1].price.output = 0;
  config.models[1].price.cached_input = 0.05;
  config.models[1].price.cache_write = 0.25;
  config.models[1].price.audio_input = 3;
  config.models[1].price.audio_output = 0.003625;
  const auto view = View::build(config, Revision{1}, "a");
  ASSERT_TRUE(view);
  const auto price = [&view](const char* name) { return (*view)->by_name.find(name)->second->price; };
  prices::Price half;
  half.input = 100'000'000;
  half.source = "config";
  EXPECT_EQ(price("openai/gpt-4o-mini"), half);
  EXPECT_FALSE(price("openai/gpt-4o-mini").known());
  prices::Price whole;
  whole.input = 200'000'000;
  whole.output = 0;
  whole.cached_input = 50'000'000;
  whole.cache_write = 250'000'000;
  whole.audio_input = 3'000'000'000;
  whole.audio_output = 3'625'000;
  whole.source = "config";
  EXPECT_EQ(price("deepseek/chat"), whole);
  EXPECT_EQ(price("openai/gpt-4o").input, 2'500'000'000);
  EXPECT_EQ(price("openai/gpt-4o").cached_input, 1'250'000'000);
  EXPECT_EQ(price("openai/gpt-4o").source, "genai-prices 0.1.8");
  EXPECT_EQ(price("openai/gpt-4o").as_of, "2026-09-23");
  EXPECT_EQ(price("openrouter/meta-llama/llama-3"), prices::Price());
  // Also of what is made for one request.
  const auto target = (*view)->target_of("gpt-5");
  EXPECT_EQ((*view)->make_entry(target, "gpt-5").price.output, 10'000'000'000);
}

TEST(View, WindowsAreTheConfigsAlonePricesAlsoThoseOfResoldModels) {
  config::Config config = sample_config();
  config.models[0].context_window = 1'000;
  config.model_map.emplace("gpt-5", ProviderId("deepseek"));  // an address that is on no list
  const auto view = View::build(config, Revision{1}, "a");
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)->by_name.find("openai/gpt-4o-mini")->second->context_window, 1'000);
  EXPECT_EQ((*view)->by_name.find("openai/gpt-4o")->second->context_window, std::nullopt);
  const ModelEntry resold = (*view)->make_entry((*view)->target_of("gpt-5"), "gpt-5");
  EXPECT_EQ(resold.context_window, std::nullopt);
  EXPECT_EQ(resold.price.source, "genai-prices 0.1.8, list price of openai");
}

TEST(View, TheReferenceIsTheFirstOfT3WhosePriceIsKnown) {
  config::Config config = sample_config();
  const auto reference = [&config]() -> const void* { return (*View::build(config, Revision{1}, "a"))->reference; };
  EXPECT_EQ(reference(), nullptr);  // only a model nobody lists
  config.tiers[2].models = ids({"openrouter/meta-llama/llama-3", "openai/gpt-5", "openai/gpt-4o"});
  const auto view = View::build(config, Revision{1}, "a");
  EXPECT_EQ((*view)->reference->id, "openai/gpt-5");
  EXPECT_EQ((*view)->reference, (*view)->by_name.find("openai/gpt-5")->second);
  config.tiers[2].models.clear();
  EXPECT_EQ(reference(), nullptr);
}

TEST(View, TheJudgeIsAModelOfTheConfigOrOneOfItsOwn) {
  config::Config config = sample_config();
  EXPECT_EQ(build(config)->judge, nullptr);
  config.router.llm.emplace();
  config.router.llm->model = ModelId("gpt-4o");
  auto view = build(config);
  EXPECT_EQ(view->judge, view->by_name.find("openai/gpt-4o")->second);
  // A model that stands nowhere else may be asked for, but is not listed.
  config.router.llm->model = ModelId("deepseek/judge");
  view = build(config);
  ASSERT_NE(view->judge, nullptr);
  EXPECT_EQ(view->judge->id, "deepseek/judge");
  EXPECT_EQ(view->by_name.find("deepseek/judge")->second, view->judge);
  EXPECT_EQ(view->models_json.find("judge"), std::string::npos);
}

TEST(View, AJudgeWithItsOwnAddressIsNobodysModel) {
  config::Config config = sample_config();
  config.params.models = {{"small", R"({"temperature":0})"}};
  config.router.llm.emplace();
  config.router.llm->model = ModelId("small");
  config.router.llm->base_url = "http://127.0.0.1:7000/v1";
  config.router.llm->api_key = Secret("sk-judge");
  config.router.llm->api_key_missing = true;
  const auto view = build(config);
  ASSERT_NE(view->judge, nullptr);
  const Upstream& upstream = *view->judge->upstream;
  EXPECT_EQ(view->judge->upstream_model, "small");
  EXPECT_EQ(view->judge->model_json, "\"small\"");
  ASSERT_EQ(view->judge->forced.size(), 1u);
  EXPECT_EQ(view->judge->forced[0].key, "temperature");
  EXPECT_NE(view->judge->stats, nullptr);
  EXPECT_EQ(upstream.head_block.reveal(), "Host: 127.0.0.1:7000\r\nAuthorization: Bearer sk-judge\r\n");
  EXPECT_EQ(upstream.chat_target, "/v1/chat/completions");
  EXPECT_TRUE(upstream.credentials_missing);
  EXPECT_FALSE(upstream.allow_private);
  EXPECT_EQ(view->upstreams[upstream.index].get(), &upstream);  // so that its TLS context is prepared
  for (const auto& other : view->upstreams)
    if (other.get() != &upstream) {
      EXPECT_NE(other->pool_key, upstream.pool_key);
    }
  EXPECT_EQ(view->by_name.find("small"), view->by_name.end());
  EXPECT_EQ(view->upstream(upstream.id), nullptr);
  EXPECT_EQ(view->models_json.find("small"), std::string::npos);
  config.router.llm->allow_private = true;
  EXPECT_TRUE(build(config)->judge->upstream->allow_private);
  config.router.llm->base_url = "ftp://x";
  const auto broken = View::build(config, {}, "");
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().text().starts_with("router.llm.base_url: ")) << broken.error().text();
}

TEST(View, BringsTheBuiltInClassifier) {
  const auto view = build(sample_config());
  ASSERT_TRUE(view->embedded);
  EXPECT_FALSE(view->embedded->name().empty());
}

TEST(View, AnEmptyConfigBuilds) {
  const auto view = build(config::Config{});
  EXPECT_EQ(
      view->models_json,
      R"({"object":"list","data":[{"id":"auto","object":"model","created":0,"owned_by":"smartroute"}]})");
}

TEST(View, BrokenReferencesAreErrorsWithTheirPath) {
  struct Row {
    const char* path;
    void (*break_it)(config::Config&);
  };
  const Row rows[] = {
      {"providers[1].base_url", [](config::Config& c) { c.providers[1].base_url = "ftp://x"; }},
      {"providers[2].id", [](config::Config& c) { c.providers[2].id = ProviderId("openai"); }},
      {"providers[0].api_key",
       [](config::Config& c) { c.providers[0].api_key = Secret("k\r\nX-Evil: 1"); }},
      {"providers[0].headers",
       [](config::Config& c) {
         c.providers[0].headers = {{"x", "a\nb"}};
       }},
      {"default_provider", [](config::Config& c) { c.default_provider = ProviderId("nobody"); }},
      {"model_map.mapped-model",
       [](config::Config& c) { c.model_map["mapped-model"] = ProviderId("nobody"); }},
      {"tiers.t2.models[1]", [](config::Config& c) { c.default_provider = ProviderId(); }},
      {"tiers.t3.models[0]", [](config::Config& c) { c.tiers[2].models = ids({"openai/"}); }},
      {"params.global", [](config::Config& c) { c.params.global = "[]"; }},
      {"params.models.x", [](config::Config& c) { c.params.models["x"] = "{"; }},
  };
  for (const Row& row : rows) {
    config::Config config = sample_config();
    row.break_it(config);
    const auto view = View::build(std::move(config), {}, "");
    ASSERT_FALSE(view) << row.path;
    EXPECT_EQ(view.error().kind(), ErrorKind::Internal);
    EXPECT_TRUE(view.error().text().starts_with(std::string(row.path) + ": "))
        << view.error().text();
  }
}

TEST(View, PromptsNearABorderAreCountedExactly) {
  config::Config config = sample_config();
  config.router.long_context_tokens = 32'000;
  config.models[0].context_window = 128'000;
  config.models[1].context_window = 0;
  const auto view = View::build(config, Revision{1}, "a");
  ASSERT_TRUE(view);
  for (const auto& [estimate, wanted] : std::initializer_list<std::pair<std::uint64_t, bool>>{
           {0, false}, {20'000, false}, {22'000, true}, {32'000, true}, {47'000, true}, {50'000, false}, {90'000, true}, {300'000, false}})
    EXPECT_EQ((*view)->needs_exact_count(estimate), wanted) << estimate;
}

}  // namespace
}  // namespace smartroute::routing
