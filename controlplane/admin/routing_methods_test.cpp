#include <gtest/gtest.h>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::admin {
namespace {

const char* const kMaster = "a master key for tests, long enough to be taken";

const char* const kConfig =
    "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\", api_key: \"${A_KEY}\"}]\n"
    "tiers: {t1: {models: [a/small]}, t2: {models: [a/medium]}, t3: {models: [a/large]}}\n"
    "router: {mode: keyword, default_tier: t2, keywords: {t1: [hello], t3: [prove]}}\n";
const char* const kMoreT3 =
    "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\", api_key: \"${A_KEY}\"}]\n"
    "tiers: {t1: {models: [a/small]}, t2: {models: [a/medium]}, t3: {models: [a/large]}}\n"
    "router: {mode: keyword, default_tier: t2, keywords: {t3: [hello, prove]}}\n";

class RoutingMethodsTest : public testing::Test {
 protected:
  RoutingMethodsTest() {
    auto sealer = store::Sealer::from_master(Secret(kMaster));
    configs = std::move(*store::ConfigService::open(*store, std::move(*sealer), clock, {}));
    add_routing_methods(dispatch, *configs, *store, clock, ConfigBounds{1'000'000}, [this] { return stopping; });
    add_log_methods(dispatch, *store, clock);
  }

  template <class Response, class Request>
  CallResult<Response> call(const char* name, const Request& request) {
    const Method* method = dispatch.find(std::string("smartroute.admin.v1.") + name);
    EXPECT_NE(method, nullptr);
    Response response;
    if (auto done = dispatch.call(*method, request, response); !done) return tl::unexpected<CallError>(done.error());
    return response;
  }
  CallResult<rpc::ExplainRouteResponse> explain(const rpc::ExplainRouteRequest& request) {
    return call<rpc::ExplainRouteResponse>("RoutingService/ExplainRoute", request);
  }
  CallResult<rpc::ReplayRoutesResponse> replay(const rpc::ReplayRoutesRequest& request) {
    return call<rpc::ReplayRoutesResponse>("RoutingService/ReplayRoutes", request);
  }
  void put(const char* text) {
    const auto result = configs->put(store::DocumentText{text, ""}, configs->newest(), {});
    ASSERT_TRUE(result) << result.error().error.text();
  }
  // Records of requests that were all decided "t1 by hello", received one a second from 1000 s on.
  void store_records(int count) {
    v1::ReportRequest batch;
    batch.set_boot_id("boot");
    batch.set_first_sequence(1);
    for (int i = 0; i < count; ++i) {
      auto& record = *batch.add_records();
      record.set_request_id("req-" + std::to_string(i));
      record.set_endpoint("chat_completions");
      record.set_received_us((1'000 + i) * 1'000'000LL);
      record.set_requested_model("auto");
      record.set_tier("t1");
      record.set_model("a/small");
      record.mutable_route()->add_candidates()->set_model("a/small");
      record.mutable_route()->mutable_input()->set_ask("hello " + std::to_string(i));
      record.mutable_route()->mutable_input()->set_human_turns(1);
    }
    ASSERT_TRUE(store->append_records(batch));
  }

  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::ConfigService> configs;
  Dispatch dispatch;
  bool stopping = false;
};

const char* const kBody = R"({"messages":[{"role":"user","content":"prove it"}]})";

TEST_F(RoutingMethodsTest, ExplainsUnderTheNewestRevisionWithWhatDataPlanesHave) {
  rpc::ExplainRouteRequest request;
  request.set_request_json(kBody);
  EXPECT_EQ(explain(request).error().code, Code::NotFound);
  put(kConfig);
  for (int twice = 0; twice < 2; ++twice) {
    const auto said = explain(request);
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(said->tier(), "t3");
    EXPECT_EQ(said->reason(), "keyword:prove");
    EXPECT_EQ(said->revision(), 1u);
    ASSERT_EQ(said->route().candidates_size(), 1);
    EXPECT_EQ(said->route().candidates(0).skip(), "no_credentials");  // A_KEY is nowhere
  }
  put(kMoreT3);
  EXPECT_EQ(explain(request)->revision(), 2u);
}

TEST_F(RoutingMethodsTest, ExplainsUnderACandidateAsItWouldBePushed) {
  put(kMoreT3);
  rpc::ExplainRouteRequest request;
  request.set_request_json(kBody);
  request.set_model("t1");
  request.mutable_source()->set_text(kConfig);
  const auto said = explain(request);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->tier(), "t1");
  EXPECT_EQ(said->revision(), 0u);
  EXPECT_EQ(said->route().candidates(0).skip(), "no_credentials");
  std::string keyed = kConfig;
  keyed.replace(keyed.find("${A_KEY}"), 8, "sk-literal-0001");
  request.mutable_source()->set_text(keyed);
  EXPECT_EQ(explain(request)->route().candidates(0).skip(), "");
  EXPECT_EQ(configs->newest().number, 1u);
}

TEST_F(RoutingMethodsTest, RefusesWithTheReason) {
  put(kConfig);
  rpc::ExplainRouteRequest request;
  request.set_request_json(R"({"messages":7})");
  EXPECT_EQ(explain(request).error().code, Code::InvalidArgument);
  request.set_request_json(std::string(kMaxExplainBytes + 1, ' '));
  EXPECT_NE(explain(request).error().message.find(std::to_string(kMaxExplainBytes)), std::string::npos);
  request.set_request_json(kBody);
  request.mutable_source()->set_text("router: {mode: keywort}\n");
  const auto refused = explain(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  EXPECT_NE(refused.error().message.find("keyword"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(refused.error().problems.empty());
}

TEST_F(RoutingMethodsTest, ReplaysASpanOldestFirst) {
  put(kConfig);
  store_records(1'700);  // some pages
  rpc::ReplayRoutesRequest request;
  request.mutable_candidate()->set_text(kMoreT3);
  request.set_since_ms(1'100'000);
  request.set_until_ms(2'600'000);
  request.set_max_moves(3);
  const auto said = replay(request);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->decided(), 1'500u);
  EXPECT_EQ(said->moved_tier(), 1'500u);
  EXPECT_TRUE(said->complete());
  ASSERT_EQ(said->moves_size(), 3);
  EXPECT_EQ(said->moves(0).request_id(), "req-100");
  EXPECT_EQ(said->moves(0).tier_after(), "t3");
  request.clear_candidate();  // the newest revision: nothing moves
  EXPECT_EQ(replay(request)->moved_tier(), 0u);
}

TEST_F(RoutingMethodsTest, ReplaysTheNewestWhenThereAreTooMany) {
  put(kConfig);
  store_records(1'200);
  rpc::ReplayRoutesRequest request;
  request.mutable_candidate()->set_text(kMoreT3);
  request.set_max_records(700);
  request.set_max_moves(1);
  const auto said = replay(request);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->decided(), 700u);
  EXPECT_FALSE(said->complete());
  EXPECT_EQ(said->moves(0).request_id(), "req-500");
}

TEST_F(RoutingMethodsTest, CountsRecordsWithoutInputAndForgetsOtherEndpoints) {
  put(kConfig);
  v1::ReportRequest batch;
  batch.set_boot_id("boot");
  batch.set_first_sequence(1);
  batch.add_records()->set_endpoint("models");
  batch.add_records()->set_endpoint("chat_completions");
  ASSERT_TRUE(store->append_records(batch));
  const auto said = replay({});
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->decided(), 0u);
  EXPECT_EQ(said->skipped(), 1u);
}

TEST_F(RoutingMethodsTest, ReplayRefusesWhatMakesNoSenseAndStopsWithTheProcess) {
  put(kConfig);
  for (int row = 0; row < 4; ++row) {
    rpc::ReplayRoutesRequest request;
    if (row == 0) request.set_max_records(-1);
    if (row == 1) request.set_since_ms(-1);
    if (row == 2) request.set_since_ms(std::numeric_limits<std::int64_t>::max());
    if (row == 3) {
      request.set_since_ms(10);
      request.set_until_ms(10);
    }
    EXPECT_EQ(replay(request).error().code, Code::InvalidArgument) << row;
  }
  stopping = true;
  EXPECT_EQ(replay({}).error().code, Code::Unavailable);
}

TEST_F(RoutingMethodsTest, RecordsShowSignalsWhenTheyAreAskedFor) {
  put(kConfig);
  rpc::ExplainRouteRequest ask;
  ask.set_request_json(R"({"messages":[{"role":"user","content":"Write a haiku about rain"}]})");
  ask.mutable_source()->set_text(
      "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\"}]\n"
      "tiers: {t1: {models: [a/x]}, t2: {models: [a/x]}, t3: {models: [a/x]}}\nrouter: {mode: embedded}\n");
  const auto said = explain(ask);
  ASSERT_TRUE(said) << said.error().message;
  ASSERT_GT(said->route().signals_size(), 0);
  v1::ReportRequest batch;
  batch.set_boot_id("boot");
  batch.set_first_sequence(1);
  *batch.add_records()->mutable_route() = said->route();
  batch.mutable_records(0)->mutable_route()->clear_signals();
  ASSERT_TRUE(store->append_records(batch));
  for (const bool wanted : {false, true}) {
    rpc::ListRecordsRequest list;
    list.set_signals(wanted);
    const auto page = call<rpc::ListRecordsResponse>("LogService/ListRecords", list);
    ASSERT_EQ(page->records_size(), 1);
    EXPECT_EQ(page->records(0).route().signals_size(), wanted ? said->route().signals_size() : 0);
  }
}

}  // namespace
}  // namespace smartroute::control::admin
