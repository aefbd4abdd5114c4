#include "proto/tls/server_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <functional>

#include "proto/tls/test_certificate.hpp"

namespace smartroute::tls {
namespace {

using Look = ServerCertificate::Look;

class ServerCertificateTest : public ::testing::Test {
 protected:
  TestCertificates folder;
  FakeClock clock;
};

// What a client and a server agree upon over two memory queues. Empty: they do not.
struct Agreement {
  bool done = false;
  std::string version, cipher, protocol;
  long serial = 0;
};

Agreement shake_hands(const ServerCertificate& served, const std::function<void(SSL_CTX*)>& as_client) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_security_level(client_context.get(), 0);
  SSL_CTX_set_min_proto_version(client_context.get(), 0);
  as_client(client_context.get());
  const auto context = served.context();
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(client_context.get()), &SSL_free), server(SSL_new(context.get()), &SSL_free);
  BIO *client_end = nullptr, *server_end = nullptr;
  BIO_new_bio_pair(&client_end, 0, &server_end, 0);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  Agreement agreed;
  for (int turn = 0; turn < 10 && !agreed.done; ++turn) {
    const bool one = SSL_do_handshake(client.get()) == 1, other = SSL_do_handshake(server.get()) == 1;
    agreed.done = one && other;
  }
  ERR_clear_error();
  if (!agreed.done) return agreed;
  agreed.version = SSL_get_version(client.get());
  agreed.cipher = SSL_get_cipher_name(client.get());
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.get(), &protocol, &size);
  agreed.protocol.assign(reinterpret_cast<const char*>(protocol), size);
  X509* const shown = SSL_get1_peer_certificate(client.get());
  agreed.serial = ASN1_INTEGER_get(X509_get0_serialNumber(shown));
  X509_free(shown);
  return agreed;
}

long serial_of(const ServerCertificate& served) {
  return shake_hands(served, [](SSL_CTX*) {}).serial;
}

TEST_F(ServerCertificateTest, SpeaksModernTlsOnly) {
  const auto served = ServerCertificate::load(folder.make("own"), clock);
  ASSERT_TRUE(served) << served.error().text();
  const struct {
    const char* name;
    std::function<void(SSL_CTX*)> as_client;
    const char* version;      // nullptr: refused
    const char* protocol;
  } rows[] = {
      {"TLS 1.3", [](SSL_CTX*) {}, "TLSv1.3", ""},
      {"TLS 1.2 with AES-GCM", [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); }, "TLSv1.2", ""},
      {"TLS 1.2 with ChaCha20",
       [](SSL_CTX* c) {
         SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
         SSL_CTX_set_cipher_list(c, "ECDHE+CHACHA20");
       },
       "TLSv1.2", ""},
      {"TLS 1.1", [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION); }, nullptr, ""},
      {"TLS 1.2 with CBC",
       [](SSL_CTX* c) {
         SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
         SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:AES128-SHA");
       },
       nullptr, ""},
      {"HTTP/1.1 among others", [](SSL_CTX* c) { SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12); },
       "TLSv1.3", "http/1.1"},
      {"HTTP/2 only", [](SSL_CTX* c) { SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>("\x02h2"), 3); }, nullptr, ""},
  };
  for (const auto& row : rows) {
    const Agreement agreed = shake_hands(**served, row.as_client);
    EXPECT_EQ(agreed.done, row.version != nullptr) << row.name;
    if (row.version == nullptr) continue;
    EXPECT_EQ(agreed.version, row.version) << row.name;
    EXPECT_EQ(agreed.protocol, row.protocol) << row.name;
    EXPECT_TRUE(agreed.cipher.find("GCM") != std::string::npos || agreed.cipher.find("CHACHA20") != std::string::npos) << agreed.cipher;
  }
}

TEST_F(ServerCertificateTest, SaysWhatIsWrongWithItsFiles) {
  const auto good = folder.make("good"), other = folder.make("other");
  const std::string text = folder.write("text", "no PEM at all\n");
  const std::string half = folder.write("half", "-----BEGIN CERTIFICATE-----\nMIIB\n");
  const std::string locked = folder.write("locked",
                                          "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                          "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjP0hoxR3bYiAICCAAw\n"
                                          "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJfQ0b0bmxNwQ0tq9fuC1xEEgZBs\n"
                                          "-----END ENCRYPTED PRIVATE KEY-----\n");
  const std::string large = folder.write("large", std::string(ServerCertificate::kMaxFileBytes + 1, 'x'));
  const struct {
    const char* name;
    KeyPairFiles files;
    std::string says;
  } rows[] = {{"no certificate file", {folder.path("gone.pem"), good.key}, "cannot read the TLS certificate file " + folder.path("gone.pem") + ": No such file"},
              {"no key file", {good.certificate, folder.path("gone.key")}, "cannot read the TLS key file " + folder.path("gone.key")},
              {"a folder", {good.certificate, folder.path(".")}, "cannot read the TLS key file"},
              {"no PEM", {text, good.key}, "holds no certificate in PEM form"},
              {"cut off", {half, good.key}, "cannot be decoded"},
              {"the key where the certificate belongs", {good.key, good.key}, "holds no certificate in PEM form"},
              {"the certificate where the key belongs", {good.certificate, good.certificate}, "holds no private key in PEM form"},
              {"another one's key", {good.certificate, other.key}, "the TLS key file " + other.key + ": is not the key of the certificate"},
              {"a locked key", {good.certificate, locked}, "without a password"},
              {"too large", {large, good.key}, "is larger than 1 MiB"}};
  for (const auto& row : rows) {
    const auto served = ServerCertificate::load(row.files, clock);
    ASSERT_FALSE(served) << row.name;
    EXPECT_EQ(served.error().kind(), ErrorKind::Invalid) << row.name;
    EXPECT_NE(served.error().text().find(row.says), std::string::npos) << row.name << ": " << served.error().text();
  }
}

TEST_F(ServerCertificateTest, FollowsItsFiles) {
  const auto files = folder.make("own", 1, 1'000);
  folder.make("next", 2, 9'000);
  const auto served = ServerCertificate::load(files, clock);
  ASSERT_TRUE(served);
  EXPECT_EQ(serial_of(**served), 1);
  const auto first_end = (*served)->expires_unix_seconds();
  EXPECT_NE((*served)->text().find("CN=localhost, until 20"), std::string::npos) << (*served)->text();
  const auto before = (*served)->context();
  EXPECT_EQ((*served)->look(), Look::Same);
  EXPECT_EQ((*served)->context(), before);

  // One file after the other: the pair in between belongs together as little as it is told of.
  folder.copy(folder.path("next.pem"), files.certificate);
  EXPECT_EQ((*served)->look(), Look::Same);
  folder.copy(folder.path("next.key"), files.key);
  EXPECT_EQ((*served)->look(), Look::Replaced);
  EXPECT_EQ(serial_of(**served), 2);
  EXPECT_NEAR(static_cast<double>((*served)->expires_unix_seconds() - first_end), 8'000, 5);
  EXPECT_EQ((*served)->replaced(), 1u);
  EXPECT_EQ((*served)->refused(), 0u);
}

TEST_F(ServerCertificateTest, FollowsTheDataLinkOfKubernetes) {
  namespace fs = std::filesystem;
  for (const char* day : {"1", "2"}) {
    fs::create_directory(folder.path(std::string("..day") + day));
    const auto made = folder.make(std::string("day") + day, day[0] - '0');
    fs::rename(made.certificate, folder.path(std::string("..day") + day + "/tls.crt"));
    fs::rename(made.key, folder.path(std::string("..day") + day + "/tls.key"));
  }
  fs::create_directory_symlink("..day1", folder.path("..data"));
  fs::create_symlink("..data/tls.crt", folder.path("tls.crt"));
  fs::create_symlink("..data/tls.key", folder.path("tls.key"));
  const auto served = ServerCertificate::load({folder.path("tls.crt"), folder.path("tls.key")}, clock);
  ASSERT_TRUE(served);
  EXPECT_EQ(serial_of(**served), 1);
  fs::create_directory_symlink("..day2", folder.path("..data_tmp"));
  fs::rename(folder.path("..data_tmp"), folder.path("..data"));
  EXPECT_EQ((*served)->look(), Look::Replaced);
  EXPECT_EQ(serial_of(**served), 2);
}

TEST_F(ServerCertificateTest, KeepsTheOldPairAndTellsOnceOfABadOne) {
  const auto files = folder.make("own", 7);
  const auto served = ServerCertificate::load(files, clock);
  ASSERT_TRUE(served);
  folder.write("own.key", "rubbish");
  EXPECT_EQ((*served)->look(), Look::Same) << "it may be about to be completed";
  const auto told = (*served)->look();
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().text().find("holds no private key"), std::string::npos);
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*served)->look(), Look::Same) << "told before";
  std::filesystem::remove(files.certificate);
  EXPECT_EQ((*served)->look(), Look::Same);
  EXPECT_FALSE((*served)->look());
  EXPECT_EQ((*served)->refused(), 2u);
  EXPECT_EQ(serial_of(**served), 7);
  folder.make("own", 8);
  EXPECT_EQ((*served)->look(), Look::Replaced);
  EXPECT_EQ(serial_of(**served), 8);
}

TEST_F(ServerCertificateTest, GivesUpItsTicketKeyInTime) {
  const auto served = ServerCertificate::load(folder.make("own"), clock);
  ASSERT_TRUE(served);
  const auto before = (*served)->context();
  clock.advance(ServerCertificate::kTicketKeyLife - std::chrono::minutes(1));
  EXPECT_EQ((*served)->look(), Look::Same);
  EXPECT_EQ((*served)->context(), before);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ((*served)->look(), Look::Same) << "the certificate is the same";
  EXPECT_NE((*served)->context(), before) << "but not the key of the tickets";
}

}  // namespace
}  // namespace smartroute::tls
