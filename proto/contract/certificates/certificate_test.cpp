#include "contract/certificates/certificate.hpp"

#include <gtest/gtest.h>

#include <map>

#include "contract/certificates/credential_files.hpp"
#include "contract/certificates/identity.hpp"
#include "contract/certificates/test_certificates.hpp"

namespace smartroute::certificates {
namespace {

using namespace test;

TEST(Certificate, SaysWhomItStandsForAndHowLong) {
  const auto edge = parse_certificate(kEdge);
  ASSERT_TRUE(edge) << edge.error().text();
  EXPECT_EQ(edge->subject, "CN=edge-1,O=Test");
  EXPECT_EQ(edge->uris, std::vector<std::string>{"spiffe://smartroute/instance/edge-1"});
  EXPECT_EQ(edge->dns_names, (std::vector<std::string>{"edge-1", "edge-1.example"}));
  EXPECT_EQ(date_text(edge->not_before), "2026-11-23T14:02:01Z");
  EXPECT_EQ(date_text(edge->not_after), "2126-10-30T14:02:01Z");
}

TEST(Certificate, OfAChainIsTheFirst) {
  const auto all = parse_certificates("a comment\n" + kEdge + "another\n" + kAuthority);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[1].subject, "CN=a test's authority");
  EXPECT_TRUE((*all)[1].uris.empty());
  EXPECT_EQ(parse_certificate(kEdge + kAuthority)->subject, (*all)[0].subject);
}

TEST(Certificate, RefusesWhatIsNone) {
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"words", "hello"},
      {"a key", kEdgeKey},
      {"half of one", kEdge.substr(0, kEdge.size() / 2)},
      {"a whole one and a half", kAuthority + kEdge.substr(0, kEdge.size() / 2)},
      {"a damaged one", std::string(kEdge).replace(60, 4, "!!!!")},
      {"other bytes in the frame", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"},
      {"far too much", std::string(kMaxPemBytes + 1, '\n')},
  };
  for (const auto& [name, pem] : rows) {
    const auto parsed = parse_certificate(pem);
    EXPECT_FALSE(parsed) << name;
    if (!parsed) {
      EXPECT_EQ(parsed.error().kind(), ErrorKind::Invalid) << name;
    }
  }
}

TEST(CheckKey, TakesTheOneKeyOfACertificate) {
  EXPECT_TRUE(check_key(kEdge, kEdgeKey));
  EXPECT_TRUE(check_key(kEdge + kAuthority, kEdgeKey));
  const std::pair<const char*, std::string> rows[] = {
      {"another's", kOtherKey}, {"a locked one", kLockedKey}, {"none", ""}, {"a certificate", kEdge}, {"half of it", kEdgeKey.substr(0, 60)}};
  for (const auto& [name, key] : rows) EXPECT_FALSE(check_key(kEdge, key)) << name;
  EXPECT_FALSE(check_key("", kEdgeKey));
}

TEST(Identity, IsReadFromTheNames) {
  const auto edge = *parse_certificate(kEdge);
  EXPECT_TRUE(is_instance(edge, "edge-1"));
  EXPECT_TRUE(is_instance(edge, "edge-1.example"));
  EXPECT_FALSE(is_instance(edge, "edge-2"));
  EXPECT_FALSE(is_instance(edge, "127.0.0.1"));
  EXPECT_EQ(named_instance(edge), "edge-1");
  EXPECT_FALSE(named_instance(*parse_certificate(kAuthority)));
  EXPECT_EQ(names_text(edge), "URI spiffe://smartroute/instance/edge-1, DNS edge-1, DNS edge-1.example");
  EXPECT_EQ(names_text(*parse_certificate(kAuthority)), "no names");
  Certificate odd;
  odd.uris = {"spiffe://smartroute/instance/a/b", "spiffe://smartroute/instance/", "spiffe://smartroute/instance/x\n"};
  EXPECT_FALSE(named_instance(odd)) << "no name of an instance";
  EXPECT_EQ(names_text(odd).find('\n'), std::string::npos);
}

class CredentialFilesTest : public testing::Test {
 protected:
  std::map<std::string, std::string> folder{{"ca", kAuthority}, {"cert", kEdge}, {"key", kEdgeKey}};
  CredentialFiles files{{"ca", "cert", "key"}, [this](const std::string& path) -> Result<std::string> {
                          const auto found = folder.find(path);
                          if (found == folder.end()) return fail(ErrorKind::NotFound, "cannot read " + path);
                          return found->second;
                        }};
};

TEST_F(CredentialFilesTest, AreTakenOnceAndAgainWhenTheyChange) {
  EXPECT_FALSE(files.current());
  EXPECT_TRUE(files.look().value());
  EXPECT_EQ(files.current()->generation, 1u);
  EXPECT_EQ(files.current()->own.subject, "CN=edge-1,O=Test");
  EXPECT_FALSE(files.look().value());
  folder["ca"] = kAuthority + kAuthority;
  EXPECT_TRUE(files.look().value()) << "an authority more";
  EXPECT_EQ(files.current()->generation, 2u);
}

TEST_F(CredentialFilesTest, ThatDoNotFitTogetherChangeNothing) {
  ASSERT_TRUE(files.look().value());
  const auto before = files.current();
  const auto good = folder;
  struct Row {
    const char* path;
    std::string bytes;
    const char* blamed;
  };
  const Row rows[] = {{"key", kOtherKey, "key"},
                      {"key", "", "key"},
                      {"cert", kAuthority, "key"},
                      {"cert", kEdge.substr(0, 99), "cert"},
                      {"ca", "words", "ca"}};
  for (const auto& [path, bytes, blamed] : rows) {
    folder = good;
    folder[path] = bytes;
    const auto look = files.look();
    ASSERT_FALSE(look) << path;
    EXPECT_TRUE(look.error().text().starts_with(std::string(blamed) + ": ")) << look.error().text();
    EXPECT_EQ(look.error().text().find("PRIVATE"), std::string::npos);
    EXPECT_EQ(files.current(), before);
  }
  folder = good;
  folder.erase("key");
  EXPECT_FALSE(files.look());
  folder = good;
  EXPECT_FALSE(files.look().value()) << "back to what is used";
  EXPECT_EQ(files.current(), before);
}

}  // namespace
}  // namespace smartroute::certificates
