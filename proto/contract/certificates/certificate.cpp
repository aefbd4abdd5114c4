#include "contract/certificates/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <optional>

namespace smartroute::certificates {
namespace {

template <auto Release>
struct Releaser {
  template <class T>
  void operator()(T* object) const noexcept {
    Release(object);
  }
};
using Bio = std::unique_ptr<BIO, Releaser<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Releaser<GENERAL_NAMES_free>>;

Bio reader_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string subject_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  constexpr unsigned long kOneLine = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, kOneLine);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::optional<WallTime> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Result<Certificate> facts_of(X509* certificate) {
  Certificate facts;
  facts.subject = subject_of(certificate);
  const auto from = time_of(X509_get0_notBefore(certificate));
  const auto to = time_of(X509_get0_notAfter(certificate));
  if (!from || !to) return fail(ErrorKind::Invalid, "a certificate has no readable dates");
  facts.not_before = *from;
  facts.not_after = *to;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) facts.dns_names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_URI) facts.uris.push_back(text_of(name->d.uniformResourceIdentifier));
  }
  return facts;
}

// A key that asks for a password has none here: without this, OpenSSL would ask the terminal.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::vector<Certificate>> parse_certificates(std::string_view pem) {
  if (pem.size() > kMaxPemBytes)
    return fail(ErrorKind::Invalid, "is larger than 1 MiB, which is no certificate");
  const Bio in = reader_of(pem);
  std::vector<Certificate> all;
  for (;;) {
    ERR_clear_error();
    const X509Ptr one(PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr));
    if (!one) break;
    auto facts = facts_of(one.get());
    if (!facts) return fail(std::move(facts.error()));
    all.push_back(std::move(*facts));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return fail(ErrorKind::Invalid, "holds a certificate that cannot be decoded");
  if (all.empty()) return fail(ErrorKind::Invalid, "holds no certificate in PEM form");
  return all;
}

Result<Certificate> parse_certificate(std::string_view pem) {
  auto all = parse_certificates(pem);
  if (!all) return fail(std::move(all.error()));
  return std::move(all->front());
}

Result<void> check_key(std::string_view chain, std::string_view key) {
  if (chain.size() > kMaxPemBytes || key.size() > kMaxPemBytes)
    return fail(ErrorKind::Invalid, "is larger than 1 MiB, which is no key");
  const Bio certificates = reader_of(chain);
  const X509Ptr owner(PEM_read_bio_X509(certificates.get(), nullptr, no_password, nullptr));
  const Bio keys = reader_of(key);
  const Key own(PEM_read_bio_PrivateKey(keys.get(), nullptr, no_password, nullptr));
  const bool belongs = owner && own && X509_check_private_key(owner.get(), own.get()) == 1;
  ERR_clear_error();
  if (!owner) return fail(ErrorKind::Invalid, "holds no certificate in PEM form");
  if (!own) return fail(ErrorKind::Invalid, "holds no private key in PEM form without a password");
  if (!belongs) return fail(ErrorKind::Invalid, "is not the key of the certificate");
  return {};
}

std::string date_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace smartroute::certificates
