#include "tools/cli/certificate_maker.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "contract/certificates/certificate.hpp"

namespace smartroute::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kClockSlack = 5min;
constexpr std::size_t kMaxCommonName = 64;  // X.520
constexpr int kSerialBits = 159;            // RFC 5280: at most 20 bytes and positive

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
using Number = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releaser<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Releaser<GENERAL_NAMES_free>>;

auto crypto_failure(const char* doing) {
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  ERR_clear_error();
  return fail(ErrorKind::Crypto, std::string("cannot ") + doing, reason);
}

std::string bytes_of(BIO* out) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Bio reader_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool set_serial(X509* certificate) {
  const Number number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_dates(X509* certificate, WallTime from, WallTime to) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(to)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Built as values and not from the text of a configuration, in which a name could say more than a name.
bool add_name(GENERAL_NAMES* names, int kind, const std::string& bytes) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_STRING* const value = kind == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
  if (name == nullptr || value == nullptr ||
      ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) != 1) {
    GENERAL_NAME_free(name);
    ASN1_STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(name, kind, value);
  return sk_GENERAL_NAME_push(names, name) > 0;
}

bool add_host(GENERAL_NAMES* names, const std::string& host) {
  unsigned char address[16];
  const auto bytes = [&](std::size_t size) { return std::string(reinterpret_cast<char*>(address), size); };
  if (::inet_pton(AF_INET, host.c_str(), address) == 1) return add_name(names, GEN_IPADD, bytes(4));
  if (::inet_pton(AF_INET6, host.c_str(), address) == 1) return add_name(names, GEN_IPADD, bytes(16));
  return add_name(names, GEN_DNS, host);
}

bool add_names(X509* certificate, const CertificateWish& wish) {
  const Names names(sk_GENERAL_NAME_new_null());
  if (!names) return false;
  for (const auto& uri : wish.uris)
    if (!add_name(names.get(), GEN_URI, uri)) return false;
  for (const auto& host : wish.dns_names)
    if (!add_host(names.get(), host)) return false;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_APPEND) == 1;
}

Result<void> check_wish(const CertificateWish& wish) {
  if (wish.common_name.empty() || wish.common_name.size() > kMaxCommonName)
    return fail(ErrorKind::Invalid, "a common name has 1 to 64 bytes");
  for (const auto* names : {&wish.uris, &wish.dns_names})
    for (const auto& name : *names)
      if (!is_plain(name)) return fail(ErrorKind::Invalid, "'" + name + "' cannot be a name in a certificate");
  return {};
}

Result<KeyPair> to_pem(X509* certificate, EVP_PKEY* key) {
  const Bio text(BIO_new(BIO_s_mem()));
  const Bio secret(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return crypto_failure("write a certificate");
  return KeyPair{bytes_of(text.get()), Secret(bytes_of(secret.get()))};
}

struct Blank {
  X509Ptr certificate;
  Key key;
};

// A fresh key, and a certificate of it that lacks issuer, extensions and signature.
Result<Blank> blank(const std::string& common_name, int days, WallTime now) {
  Blank made{X509Ptr(X509_new()), Key(EVP_EC_gen("P-256"))};
  X509* const certificate = made.certificate.get();
  if (certificate == nullptr || !made.key || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      !set_serial(certificate) || !set_dates(certificate, now - kClockSlack, now + days * 24h) ||
      !set_subject(certificate, common_name) || X509_set_pubkey(certificate, made.key.get()) != 1)
    return crypto_failure("make a key");
  return made;
}

}  // namespace

Result<KeyPair> make_authority(const std::string& common_name, int days, WallTime now) {
  CertificateWish wish;
  wish.common_name = common_name;
  if (auto good = check_wish(wish); !good) return fail(std::move(good.error()));
  auto made = blank(common_name, days, now);
  if (!made) return fail(std::move(made.error()));
  X509* const own = made->certificate.get();
  const bool signed_now = X509_set_issuer_name(own, X509_get_subject_name(own)) == 1 &&
                          add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                          add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                          add_extension(own, own, NID_subject_key_identifier, "hash") &&
                          X509_sign(own, made->key.get(), EVP_sha256()) > 0;
  if (!signed_now) return crypto_failure("make an authority");
  return to_pem(own, made->key.get());
}

Result<KeyPair> make_certificate(const KeyPair& authority, const CertificateWish& wish, int days, WallTime now) {
  if (auto good = check_wish(wish); !good) return fail(std::move(good.error()));
  if (auto belongs = certificates::check_key(authority.certificate, authority.key.reveal()); !belongs)
    return fail(std::move(belongs.error()).with_context("the authority's key"));
  const Bio certificate_text = reader_of(authority.certificate);
  const X509Ptr issuer(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const Bio key_text = reader_of(authority.key.reveal());
  const Key issuer_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (!issuer || !issuer_key || X509_check_ca(issuer.get()) == 0)
    return fail(ErrorKind::Invalid, "this is no certificate of an authority");
  const auto facts = certificates::parse_certificate(authority.certificate);
  if (facts && now + days * 24h > facts->not_after)
    return fail(ErrorKind::Invalid, "the authority ends at " + certificates::date_text(facts->not_after) +
                                        ", before the certificate would: ask for fewer --days");
  auto made = blank(wish.common_name, days, now);
  if (!made) return fail(std::move(made.error()));
  X509* const own = made->certificate.get();
  const char* const role = wish.role == CertificateRole::Client ? "clientAuth" : "serverAuth";
  const bool signed_now = X509_set_issuer_name(own, X509_get_subject_name(issuer.get())) == 1 &&
                          add_extension(own, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                          add_extension(own, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
                          add_extension(own, issuer.get(), NID_ext_key_usage, role) &&
                          add_extension(own, issuer.get(), NID_subject_key_identifier, "hash") &&
                          add_extension(own, issuer.get(), NID_authority_key_identifier, "keyid:always") &&
                          add_names(own, wish) && X509_sign(own, issuer_key.get(), EVP_sha256()) > 0;
  if (!signed_now) return crypto_failure("make a certificate");
  return to_pem(own, made->key.get());
}

}  // namespace smartroute::cli
