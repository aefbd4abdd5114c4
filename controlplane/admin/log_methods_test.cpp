#include <gtest/gtest.h>

#include <map>
#include <set>

#include "controlplane/admin/convert.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/store/memory_store.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

class LogMethodsTest : public testing::Test {
 protected:
  LogMethodsTest() { add_log_methods(dispatch, *store, clock); }

  template <class Response, class Request>
  CallResult<Response> call(const char* name, const Request& request) {
    const Method* method = dispatch.find(std::string("smartroute.admin.v1.LogService/") + name);
    EXPECT_NE(method, nullptr);
    Response response;
    if (auto done = dispatch.call(*method, request, response); !done) return tl::unexpected<CallError>(done.error());
    return response;
  }
  std::int64_t now_us() const { return micros_since_epoch(clock.wall()); }

  // One a minute, the newest now.
  void store_records(int count, std::size_t body_bytes = 10) {
    v1::ReportRequest batch;
    batch.set_instance_id("proxy");
    batch.set_boot_id("boot");
    batch.set_first_sequence(1);
    for (int i = 0; i < count; ++i) {
      auto& record = *batch.add_records();
      record.set_request_id("r" + std::to_string(i));
      record.set_received_us(now_us() - i * kMinute);
      record.set_completed_us(record.received_us() + 1'000);
      record.set_endpoint("chat_completions");
      record.set_tier(i % 2 == 0 ? "t1" : "t3");
      record.set_model("p/m");
      record.set_provider("p");
      record.set_status(200);
      record.set_ending("completed");
      record.set_key_id("cafe");
      record.set_key_name("the shop");
      record.set_request_body(std::string(body_bytes, 'q'));
      record.set_response_body(std::string(body_bytes, 'a'));
      record.mutable_route()->set_weights(std::string(classify::built_in_classifier()->name()));
      for (const float p : {0.1F, 0.2F, 0.7F}) record.mutable_route()->add_probabilities(p);
      auto& route = *record.mutable_route();
      route.mutable_input()->set_ask("prove that every bounded sequence has a convergent subsequence");
      // Signals are computed for decisions of this very classifier.
      for (const float probability : {0.1f, 0.2f, 0.7f}) route.add_probabilities(probability);
      route.set_weights(std::string(classify::built_in_classifier()->name()));
    }
    ASSERT_TRUE(store->append_records(batch));
  }

  FakeClock clock;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  Dispatch dispatch;
};

TEST_F(LogMethodsTest, PagesThroughWhatAFilterMeansWithoutBodies) {
  store_records(30);
  rpc::ListRecordsRequest request;
  request.set_page_size(4);
  request.mutable_filter()->add_tiers("t3");
  std::set<std::string> seen;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = call<rpc::ListRecordsResponse>("ListRecords", request);
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_LE(page->records_size(), 4);
    EXPECT_EQ(page->searched_to_us(), 0);
    for (const auto& record : page->records()) {
      EXPECT_EQ(record.tier(), "t3");
      EXPECT_TRUE(record.request_body().empty());
      EXPECT_EQ(record.route().signals_size(), 0);
      EXPECT_TRUE(seen.insert(record.record_id()).second);
    }
    request.set_cursor(page->next_cursor());
    if (page->next_cursor().empty()) break;
  }
  EXPECT_EQ(seen.size(), 15u);
}

TEST_F(LogMethodsTest, RefusesAQuestionThatMakesNoSense) {
  rpc::ListRecordsRequest negative;
  negative.set_page_size(-1);
  EXPECT_EQ(call<rpc::ListRecordsResponse>("ListRecords", negative).error().code, Code::InvalidArgument);
  rpc::ListRecordsRequest text;
  text.mutable_filter()->set_text(std::string(300, 'x'));
  EXPECT_EQ(call<rpc::ListRecordsResponse>("ListRecords", text).error().code, Code::InvalidArgument);
  rpc::ListRecordsRequest cursor;
  cursor.set_cursor("never given out");
  EXPECT_EQ(call<rpc::ListRecordsResponse>("ListRecords", cursor).error().code, Code::InvalidArgument);
}

TEST_F(LogMethodsTest, GivesARecordWholeByEitherId) {
  store_records(3);
  rpc::GetRecordRequest request;
  request.set_request_id("r1");
  const auto by_request = call<rpc::GetRecordResponse>("GetRecord", request);
  ASSERT_TRUE(by_request) << by_request.error().message;
  EXPECT_TRUE(by_request->bodies_kept());
  EXPECT_EQ(by_request->record().request_body(), "qqqqqqqqqq");
  request.clear_request_id();
  request.set_record_id(by_request->record().record_id());
  request.set_signals(true);
  const auto by_id = call<rpc::GetRecordResponse>("GetRecord", request);
  ASSERT_TRUE(by_id) << by_id.error().message;
  EXPECT_EQ(by_id->record().request_id(), "r1");
  EXPECT_GT(by_id->record().route().signals_size(), 0);
}

TEST_F(LogMethodsTest, SaysWhichRecordIsNotThere) {
  rpc::GetRecordRequest request;
  EXPECT_EQ(call<rpc::GetRecordResponse>("GetRecord", request).error().code, Code::InvalidArgument);
  request.set_request_id("nobody");
  const auto none = call<rpc::GetRecordResponse>("GetRecord", request);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::NotFound);
  EXPECT_NE(none.error().message.find("'nobody'"), std::string::npos);
  request.set_record_id("both");
  EXPECT_EQ(call<rpc::GetRecordResponse>("GetRecord", request).error().code, Code::InvalidArgument);
}

TEST_F(LogMethodsTest, CutsBodiesThatDoNotFitIntoAMessage) {
  store_records(1, 3 * 1024 * 1024);
  rpc::GetRecordRequest request;
  request.set_request_id("r0");
  const auto said = call<rpc::GetRecordResponse>("GetRecord", request);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_LE(said->ByteSizeLong(), 4u * 1024 * 1024);
  EXPECT_EQ(said->record().request_body().size(), said->record().response_body().size());
  EXPECT_TRUE(said->record().request_cut());
  EXPECT_TRUE(said->record().response_cut());
}

TEST_F(LogMethodsTest, ListsTheValuesThereAreToFilterByAndNamesKeys) {
  store_records(30);
  rpc::ListFacetsRequest request;
  request.set_since_us(now_us() - 10 * kMinute);
  const auto said = call<rpc::ListFacetsResponse>("ListFacets", request);
  ASSERT_TRUE(said) << said.error().message;
  std::map<std::string, const rpc::Facet*> by_name;
  for (const auto& facet : said->facets()) by_name[facet.dimension()] = &facet;
  EXPECT_EQ(by_name.at("tier")->values_size(), 2);
  ASSERT_EQ(by_name.at("key")->values_size(), 1);
  const auto& key = by_name.at("key")->values(0);
  EXPECT_EQ(key.value(), "cafe");
  EXPECT_EQ(key.label(), "the shop");
  EXPECT_GE(key.records(), 10u);
  EXPECT_LT(key.records(), 30u);
}

TEST_F(LogMethodsTest, PrunesForAdministratorsOnlyAndKeepsStatistics) {
  store_records(30);
  EXPECT_FALSE(Dispatch::authorize(*dispatch.find("smartroute.admin.v1.LogService/PruneRecords"), Role::Viewer));
  rpc::PruneRecordsRequest request;
  request.set_before_us(-1);
  EXPECT_EQ(call<rpc::PruneRecordsResponse>("PruneRecords", request).error().code, Code::InvalidArgument);
  request.set_before_us(now_us() - 9 * kMinute);
  const auto pruned = call<rpc::PruneRecordsResponse>("PruneRecords", request);
  ASSERT_TRUE(pruned) << pruned.error().message;
  EXPECT_EQ(pruned->records(), 20u);
  EXPECT_EQ(call<rpc::LogStorage>("GetLogStorage", rpc::GetLogStorageRequest())->records(), 10u);
  const auto facets = call<rpc::ListFacetsResponse>("ListFacets", rpc::ListFacetsRequest());
  ASSERT_TRUE(facets);
  EXPECT_EQ(facets->facets(0).values(0).records(), 15u);
}

}  // namespace
}  // namespace smartroute::control::admin
