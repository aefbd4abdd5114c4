#include "controlplane/core/peer_rule.hpp"

#include <gtest/gtest.h>

namespace smartroute::control {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{1'700'000'000s};

certificates::Certificate certificate_of(std::vector<std::string> uris, std::vector<std::string> dns = {}) {
  certificates::Certificate certificate;
  certificate.uris = std::move(uris);
  certificate.dns_names = std::move(dns);
  certificate.not_before = kNow - 1h;
  certificate.not_after = kNow + 1h;
  return certificate;
}

TEST(PeerRule, WithoutCertificatesLetsAnybodySpeak) {
  EXPECT_FALSE(PeerRule().refusal(nullptr, "edge-1", kNow));
}

TEST(PeerRule, TellsInstancesApartByTheirCertificates) {
  const auto rule = PeerRule::by_certificate("spiffe://smartroute/proxies");
  struct Row {
    const char* name;
    certificates::Certificate peer;
    const char* instance;
    bool may;
  };
  const Row rows[] = {
      {"its URI", certificate_of({"spiffe://smartroute/instance/edge-1"}), "edge-1", true},
      {"its DNS name", certificate_of({}, {"edge-1"}), "edge-1", true},
      {"one of several", certificate_of({"spiffe://other/x", "spiffe://smartroute/instance/edge-1"}), "edge-1", true},
      {"the group", certificate_of({"spiffe://smartroute/proxies"}), "anything", true},
      {"another's URI", certificate_of({"spiffe://smartroute/instance/edge-2"}), "edge-1", false},
      {"another's DNS name", certificate_of({}, {"edge-2"}), "edge-1", false},
      {"a longer name", certificate_of({"spiffe://smartroute/instance/edge-10"}), "edge-1", false},
      {"a shorter name", certificate_of({"spiffe://smartroute/instance/edge-"}), "edge-1", false},
      {"another case", certificate_of({"spiffe://smartroute/instance/Edge-1"}), "edge-1", false},
      {"another domain", certificate_of({"spiffe://elsewhere/instance/edge-1"}), "edge-1", false},
      {"a wildcard", certificate_of({}, {"*"}), "edge-1", false},
      {"a group's URI as a DNS name", certificate_of({}, {"spiffe://smartroute/proxies"}), "edge-1", false},
      {"another group", certificate_of({"spiffe://smartroute/proxies/"}), "edge-1", false},
      {"no names", certificate_of({}), "edge-1", false},
      {"no instance", certificate_of({"spiffe://smartroute/instance/"}, {""}), "", false},
  };
  for (const Row& row : rows) {
    const auto refusal = rule.refusal(&row.peer, row.instance, kNow);
    EXPECT_EQ(!refusal, row.may) << row.name;
    if (refusal) {
      EXPECT_EQ(refusal->kind(), ErrorKind::PermissionDenied) << row.name;
    }
  }
}

TEST(PeerRule, WithoutAGroupTakesNobodyForMany) {
  const auto peer = certificate_of({"spiffe://smartroute/proxies", ""});
  EXPECT_TRUE(PeerRule::by_certificate("").refusal(&peer, "edge-1", kNow));
}

TEST(PeerRule, EndsWithTheCertificate) {
  const auto rule = PeerRule::by_certificate("");
  const auto peer = certificate_of({"spiffe://smartroute/instance/edge-1"});
  EXPECT_FALSE(rule.refusal(&peer, "edge-1", kNow + 1h));
  for (const auto when : {kNow + 1h + 1s, kNow - 1h - 1s}) {
    const auto refusal = rule.refusal(&peer, "edge-1", when);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->kind(), ErrorKind::Unauthorized);
  }
  EXPECT_EQ(rule.refusal(nullptr, "edge-1", kNow)->kind(), ErrorKind::Unauthorized);
}

TEST(PeerRule, SaysWhatIsWantedAndWhatCame) {
  const auto peer = certificate_of({"spiffe://smartroute/instance/edge-2"}, {"b.example"});
  const auto refusal = PeerRule::by_certificate("").refusal(&peer, "edge-1", kNow);
  ASSERT_TRUE(refusal);
  for (const char* part : {"'edge-1'", "spiffe://smartroute/instance/edge-2", "DNS b.example", "wanted is URI spiffe://smartroute/instance/edge-1"})
    EXPECT_NE(refusal->text().find(part), std::string::npos) << refusal->text();
}

}  // namespace
}  // namespace smartroute::control
