#include "dataplane/sync/control_credentials.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "contract/certificates/test_certificates.hpp"
#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {
namespace {

using namespace std::chrono_literals;
using namespace certificates::test;

class ControlCredentialsTest : public testing::Test {
 protected:
  ControlCredentialsTest() {
    write("ca", kAuthority);
    write("cert", kEdge);
    write("key", kEdgeKey);
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  Result<std::shared_ptr<ControlCredentials>> open() {
    return ControlCredentials::open({path("ca"), path("cert"), path("key")}, "control.example", clock_, log_);
  }
  int lines_with(const std::string& text) const {
    int lines = 0;
    std::istringstream in(said_.str());
    for (std::string line; std::getline(in, line);)
      if (line.find(text) != std::string::npos) ++lines;
    return lines;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::ostringstream said_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_)};
};

TEST_F(ControlCredentialsTest, SayWhoThisDataPlaneIs) {
  const auto credentials = open();
  ASSERT_TRUE(credentials) << credentials.error().text();
  EXPECT_EQ((*credentials)->instance(), "edge-1");
  EXPECT_EQ((*credentials)->name(), "control.example");
  EXPECT_EQ(certificates::date_text((*credentials)->expires()), "2126-10-30T14:02:01Z");
}

TEST_F(ControlCredentialsTest, CannotBeWithoutTheirFiles) {
  for (const char* name : {"ca", "cert", "key"}) {
    const std::string kept = path(name) + ".kept";
    ASSERT_EQ(::rename(path(name).c_str(), kept.c_str()), 0);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text().find(path(name)), std::string::npos);
    ASSERT_EQ(::rename(kept.c_str(), path(name).c_str()), 0);
  }
}

TEST_F(ControlCredentialsTest, FollowTheirFilesThroughLinksOnceASecond) {
  const auto credentials = *open();
  ASSERT_EQ(::rename(path("ca").c_str(), path("ca.1").c_str()), 0);
  write("ca.2", kAuthority + kAuthority);
  ASSERT_EQ(::symlink("ca.2", path("ca").c_str()), 0);
  EXPECT_EQ(credentials->current()->generation, 1u) << "looked at just now";
  clock_.advance(ControlCredentials::kLookEvery);
  EXPECT_EQ(credentials->current()->generation, 2u);
  EXPECT_EQ(lines_with("was renewed"), 1);
}

TEST_F(ControlCredentialsTest, KeepWhatWasGoodAndSayOnceWhy) {
  const auto credentials = *open();
  write("key", kOtherKey);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(ControlCredentials::kLookEvery);
    EXPECT_EQ(credentials->current()->generation, 1u);
  }
  EXPECT_EQ(lines_with("is not the key of the certificate"), 1);
  EXPECT_EQ(said_.str().find("PRIVATE"), std::string::npos);
}

TEST_F(ControlCredentialsTest, ExplainWhatTlsLeavesUnsaid) {
  const auto credentials = *open();
  clock_.jump_wall(credentials->current()->own.not_before + 24h - clock_.wall());
  const auto remark = [&](const char* why) { return credentials->remark(why); };
  EXPECT_NE(remark("UNAVAILABLE: Socket closed").find("DNS edge-1.example; a control plane hangs up"), std::string::npos);
  EXPECT_NE(remark("certificate verify failed").find("--control-ca"), std::string::npos);
  EXPECT_NE(remark("Peer name x is not in peer certificate").find("--control-name"), std::string::npos);
  EXPECT_EQ(remark("Connection refused"), "");
  clock_.jump_wall(credentials->expires() + 1h - clock_.wall());
  EXPECT_NE(remark("UNAVAILABLE: Socket closed").find("ended at 2126-10-30"), std::string::npos);
}

}  // namespace
}  // namespace smartroute::sync
