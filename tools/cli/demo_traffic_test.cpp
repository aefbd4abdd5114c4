#include "tools/cli/demo_traffic.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tools/mock_provider/mock_provider.hpp"

namespace smartroute::cli {
namespace {

TEST(DemoTraffic, SamplesAreChatsOfBothLanguagesHalfOfThemStreams) {
  std::set<std::string> asks;
  std::size_t streams = 0, chinese = 0;
  for (std::size_t n = 0; n < kSampleRequests; ++n) {
    SCOPED_TRACE(n);
    const auto body = nlohmann::json::parse(sample_request(n), nullptr, false);
    ASSERT_TRUE(body.is_object());
    EXPECT_EQ(body.at("model"), "auto");
    const auto ask = body.at("messages").at(0).at("content").get<std::string>();
    asks.insert(ask);
    if (body.at("stream").get<bool>()) ++streams;
    if (static_cast<unsigned char>(ask.back()) >= 0x80) ++chinese;
  }
  EXPECT_EQ(asks.size(), kSampleRequests);
  EXPECT_EQ(streams, kSampleRequests / 2);
  EXPECT_GE(chinese, 6u);
  EXPECT_EQ(sample_request(kSampleRequests), sample_request(0));
}

TEST(DemoTraffic, EveryCallerAsksOnceEvenWhenThereIsNoTime) {
  mock_provider::MockProvider gateway;
  ASSERT_TRUE(gateway.start("127.0.0.1", 0));
  { DemoTraffic traffic(HostPort{"127.0.0.1", gateway.port()}, std::chrono::seconds(0)); }
  EXPECT_EQ(gateway.requests_seen(), DemoTraffic::kCallers);
}

TEST(DemoTraffic, EndsWhenToldLongBeforeItsTime) {
  mock_provider::MockProvider gateway;
  ASSERT_TRUE(gateway.start("127.0.0.1", 0));
  DemoTraffic traffic(HostPort{"127.0.0.1", gateway.port()}, std::chrono::hours(24));
  traffic.stop();
}

TEST(DemoTraffic, AGatewayThatIsNotThereDoesNoHarm) {
  mock_provider::MockProvider gone;
  ASSERT_TRUE(gone.start("127.0.0.1", 0));
  const HostPort address{"127.0.0.1", gone.port()};
  gone.stop();
  DemoTraffic traffic(address, std::chrono::seconds(0));
}

}  // namespace
}  // namespace smartroute::cli
