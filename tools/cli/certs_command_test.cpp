#include "tools/cli/certs_command.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "contract/certificates/certificate.hpp"
#include "contract/certificates/identity.hpp"
#include "tools/cli/certificate_maker.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr WallTime kNow{1'700'000'000s};

TEST(CertificateMaker, MakesAnAuthorityAndWhatItSigns) {
  const auto authority = make_authority("an authority", 10, kNow);
  ASSERT_TRUE(authority) << authority.error().text();
  EXPECT_TRUE(certificates::check_key(authority->certificate, authority->key.reveal()));
  CertificateWish wish;
  wish.common_name = "edge-1";
  wish.uris = {certificates::instance_uri("edge-1")};
  wish.dns_names = {"edge.example", "10.0.0.1", "::1"};
  const auto pair = make_certificate(*authority, wish, 5, kNow);
  ASSERT_TRUE(pair) << pair.error().text();
  EXPECT_TRUE(certificates::check_key(pair->certificate, pair->key.reveal()));
  const auto facts = certificates::parse_certificate(pair->certificate);
  ASSERT_TRUE(facts);
  EXPECT_TRUE(certificates::is_instance(*facts, "edge-1"));
  EXPECT_EQ(facts->dns_names, std::vector<std::string>{"edge.example"}) << "addresses are no DNS names";
  EXPECT_EQ(facts->not_before, kNow - 5min);
  EXPECT_EQ(facts->not_after, kNow + 120h);
  EXPECT_NE(make_certificate(*authority, wish, 5, kNow)->certificate, pair->certificate) << "a key and a number of its own";
}

TEST(CertificateMaker, RefusesWhatCannotHold) {
  const auto authority = make_authority("an authority", 10, kNow);
  ASSERT_TRUE(authority);
  CertificateWish good;
  good.common_name = "x";
  good.dns_names = {"x"};
  EXPECT_FALSE(make_certificate(*authority, good, 11, kNow)) << "outlives its authority";
  EXPECT_FALSE(make_certificate(*make_certificate(*authority, good, 5, kNow), good, 1, kNow)) << "signed by none";
  EXPECT_FALSE(make_certificate({authority->certificate, make_authority("another", 10, kNow)->key}, good, 5, kNow));
  for (const char* name : {"", "a b", "a\n", "\xc3\xa4.example"}) {
    CertificateWish wish = good;
    wish.dns_names = {name};
    EXPECT_FALSE(make_certificate(*authority, wish, 5, kNow)) << name;
  }
  CertificateWish comma = good;
  comma.uris = {"spiffe://x/a,DNS:evil.example"};
  EXPECT_EQ(certificates::parse_certificate(make_certificate(*authority, comma, 5, kNow)->certificate)->dns_names, std::vector<std::string>{"x"});
  EXPECT_FALSE(make_authority("", 10, kNow));
}

class CertsCommand : public testing::Test {
 protected:
  CertsCommand() {
    char path[] = "/tmp/smartroute-certs-XXXXXX";
    root_ = ::mkdtemp(path);
    folder_ = root_ / "pki";
  }
  ~CertsCommand() override { fs::remove_all(root_); }

  int init() const {
    CertsInit options;
    options.folder = folder_;
    options.output = Output::Json;
    return init_certs(options);
  }
  CertsIssue issue_of(const std::string& instance) const {
    CertsIssue options;
    options.folder = folder_;
    options.instance = instance;
    options.output = Output::Json;
    return options;
  }
  std::string text(const char* name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root_, folder_;
};

TEST_F(CertsCommand, WritesFilesThatOnlyTheirOwnerReads) {
  ASSERT_EQ(init(), kOk);
  ASSERT_EQ(issue_certs(issue_of("edge-1")), kOk);
  CertsIssue control;
  control.folder = folder_;
  control.names = {"control.example", "127.0.0.1"};
  ASSERT_EQ(issue_certs(control), kOk);
  CertsIssue group;
  group.folder = folder_;
  group.group = "spiffe://smartroute/proxies";
  ASSERT_EQ(issue_certs(group), kOk);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    struct stat about {};
    ASSERT_EQ(::stat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 8u) << "no drafts are left";
  struct stat about {};
  ASSERT_EQ(::stat(folder_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777u, 0700u);
  EXPECT_TRUE(certificates::check_key(text("instance-edge-1.crt"), text("instance-edge-1.key")));
  EXPECT_TRUE(certificates::is_instance(*certificates::parse_certificate(text("instance-edge-1.crt")), "edge-1"));
  EXPECT_TRUE(certificates::has_uri(*certificates::parse_certificate(text("proxies.crt")), certificates::kGroupUri));
  EXPECT_EQ(certificates::parse_certificate(text("control.crt"))->dns_names, std::vector<std::string>{"control.example"});
}

TEST_F(CertsCommand, OverwriteNothingUnlessTold) {
  ASSERT_EQ(init(), kOk);
  const auto authority = text("ca.key");
  EXPECT_EQ(init(), kFailed);
  EXPECT_EQ(text("ca.key"), authority);
  ASSERT_EQ(issue_certs(issue_of("edge-1")), kOk);
  const auto before = text("instance-edge-1.crt");
  EXPECT_EQ(issue_certs(issue_of("edge-1")), kFailed);
  EXPECT_EQ(text("instance-edge-1.crt"), before);
  auto again = issue_of("edge-1");
  again.there = IfThere::Replace;
  ASSERT_EQ(issue_certs(again), kOk);
  EXPECT_NE(text("instance-edge-1.crt"), before);
  EXPECT_TRUE(certificates::check_key(text("instance-edge-1.crt"), text("instance-edge-1.key")));
}

TEST_F(CertsCommand, SaysWhatIsMissing) {
  EXPECT_EQ(issue_certs(issue_of("edge-1")), kUsage) << "no authority";
  ASSERT_EQ(init(), kOk);
  for (const char* name : {"", "../edge", "a b"}) EXPECT_EQ(issue_certs(issue_of(name)), kUsage) << name;
  EXPECT_FALSE(fs::exists(root_ / "edge.crt"));
  auto long_lived = issue_of("edge-1");
  long_lived.days = kAuthorityDays + 1;
  EXPECT_EQ(issue_certs(long_lived), kFailed);
}

}  // namespace
}  // namespace smartroute::cli
