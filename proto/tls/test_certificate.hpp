// Self-signed certificates for localhost and 127.0.0.1 as PEM files of a folder that goes with them. For tests.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "proto/tls/server_certificate.hpp"

namespace smartroute::tls {

class TestCertificates {
 public:
  TestCertificates() {
    char name[] = "/tmp/smartroute-tls-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~TestCertificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  KeyPairFiles files(const std::string& name) const { return {path(name + ".pem"), path(name + ".key")}; }

  // Writes NAME.pem and NAME.key; `seconds` from now until it ends.
  KeyPairFiles make(const std::string& name, long serial = 1, long seconds = 3600) const {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const auto* const common = reinterpret_cast<const unsigned char*>("localhost");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    const KeyPairFiles made = files(name);
    std::FILE* const cert_file = std::fopen(made.certificate.c_str(), "wb");
    PEM_write_X509(cert_file, certificate);
    std::fclose(cert_file);
    std::FILE* const key_file = std::fopen(made.key.c_str(), "wb");
    PEM_write_PrivateKey(key_file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
  }
  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace smartroute::tls
