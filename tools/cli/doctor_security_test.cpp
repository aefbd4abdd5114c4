#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tools/cli/doctor_checks.hpp"

namespace smartroute::cli {
namespace {

GatewayFacts nothing() {
  const auto none = [] { return fail(ErrorKind::UpstreamUnreachable, "nobody"); };
  return {none(), none(), none(), none(), none(), none(), {}, 0, {}, {}, false, false, {}};
}

OpsFacts showing(const std::string& peer, const std::string& ends) {
  const HttpAnswer page{200, "smartroute_certificate_expiry_seconds{peer=\"" + peer + "\"} " + ends + "\n"};
  return {"127.0.0.1:1", false, page, page, page};
}

Tick verdict_of(const FindingGroup& group, const std::string& id) {
  for (const Finding& finding : group.findings)
    if (finding.id == id) return finding.verdict;
  ADD_FAILURE() << "no finding " << id;
  return Tick::Skipped;
}

TEST(DoctorSecurity, LooksAtTheEndOfTheCertificatesThatAreShown) {
  const struct {
    const char* name;
    std::string ends;
    Tick verdict;
  } rows[] = {{"long ago", "1.7e9", Tick::Failed}, {"in a far year", "9.9e9", Tick::Ok}};
  for (const auto& row : rows) {
    GatewayFacts facts = nothing();
    facts.control = showing("data_plane", row.ends);
    facts.proxies.push_back(showing("client", row.ends));
    const FindingGroup group = check_security({}, facts);
    EXPECT_EQ(verdict_of(group, "security.certificate.control.data_plane"), row.verdict) << row.name;
    EXPECT_EQ(verdict_of(group, "security.certificate.proxy.client"), row.verdict) << row.name;
  }
  GatewayFacts facts = nothing();
  facts.control = showing("data_plane", "0");
  EXPECT_EQ(verdict_of(check_security({}, facts), "security"), Tick::Skipped);
}

TEST(DoctorSecurity, DoesNotMindAnAddressBeyondThisMachineThatHasTls) {
  GatewayFacts facts = nothing();
  facts.about = admin::v1::GetAboutResponse();
  facts.about->set_admin_address("0.0.0.0:6688");
  facts.about->set_grpc_address("0.0.0.0:6689");
  EXPECT_EQ(verdict_of(check_security({}, facts), "security.admin"), Tick::Warning);
  EXPECT_EQ(verdict_of(check_security({}, facts), "security.grpc"), Tick::Warning);
  facts.admin_has_tls = true;
  facts.control = showing("data_plane", "9.9e9");
  EXPECT_EQ(verdict_of(check_security({}, facts), "security.admin"), Tick::Ok);
  EXPECT_EQ(verdict_of(check_security({}, facts), "security.grpc"), Tick::Ok);
}

TEST(DoctorSecurity, SeesSecretsThatOthersMayReadAndFilesThatAreNoCertificate) {
  char name[] = "/tmp/smartroute-doctor-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name);
  std::ofstream(folder / "admin.token") << "x";
  ::chmod((folder / "admin.token").c_str(), 0600);
  GatewayFacts facts = nothing();
  facts.state = folder.string();
  DoctorOptions options;
  options.certificates = {(folder / "admin.token").string(), (folder / "none.pem").string()};
  EXPECT_EQ(verdict_of(check_security(options, facts), "security.files"), Tick::Ok);
  EXPECT_EQ(verdict_of(check_security(options, facts), "security.certificate.admin.token"), Tick::Failed);
  EXPECT_EQ(verdict_of(check_security(options, facts), "security.certificate.none.pem"), Tick::Failed);
  ::chmod((folder / "admin.token").c_str(), 0640);
  EXPECT_EQ(verdict_of(check_security(options, facts), "security.files"), Tick::Failed);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace smartroute::cli
