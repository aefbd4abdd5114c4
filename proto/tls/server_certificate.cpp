#include "proto/tls/server_certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <string_view>
#include <utility>

#include "contract/certificates/certificate.hpp"

namespace smartroute::tls {
namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; those of 1.3 are AEAD all
constexpr int kSecurityLevel = 2;                                // RSA of 2048 bits at least, no SHA-1
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr unsigned char kSessionContext[] = "smartroute";

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

// What OpenSSL has to say, in its words; nothing is left of it.
std::string openssl_word() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

Result<std::string> read(const std::string& file, const char* what) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text;
  char buffer[16 * 1024];
  while (in && text.size() <= ServerCertificate::kMaxFileBytes) {
    in.read(buffer, sizeof buffer);
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
  }
  if (in.is_open() && text.size() > ServerCertificate::kMaxFileBytes)
    return fail(ErrorKind::Invalid, std::string("the TLS ") + what + " file " + file + ": is larger than 1 MiB");
  if (!in.is_open() || in.bad() || (text.empty() && errno != 0))
    return fail(ErrorKind::Invalid, std::string("cannot read the TLS ") + what + " file " + file + ": " + std::strerror(errno));
  return text;
}

BioPtr bytes_of(std::string_view text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all}; }

// Both texts were found sound before.
bool install(SSL_CTX* context, std::string_view chain, std::string_view key) {
  const BioPtr certificates = bytes_of(chain), keys = bytes_of(key);
  bool is_own = true;
  for (;;) {
    const X509Ptr one(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!one) break;
    const bool taken = is_own ? SSL_CTX_use_certificate(context, one.get()) == 1 : SSL_CTX_add1_chain_cert(context, one.get()) == 1;
    if (!taken) return false;
    is_own = false;
  }
  const KeyPtr own(PEM_read_bio_PrivateKey(keys.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  return own && SSL_CTX_use_PrivateKey(context, own.get()) == 1;
}

// A client that speaks something else only is told so at once, instead of being served what it cannot read.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
  for (unsigned at = 0; at < in_size; at += 1u + in[at]) {
    if (in[at] != kAlpn[0] || at + sizeof kAlpn > in_size || std::memcmp(in + at, kAlpn, sizeof kAlpn) != 0) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void apply_policy(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, 0);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Sessions live in tickets that clients keep: nothing of them is held here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(ServerCertificate::kSessionLife).count());
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
}

}  // namespace

std::size_t ServerCertificate::Pair::hash() const noexcept {
  return std::hash<std::string>()(certificate) * 31 + std::hash<std::string_view>()(key.reveal()) + 1;
}

ServerCertificate::~ServerCertificate() = default;

Result<std::unique_ptr<ServerCertificate>> ServerCertificate::load(KeyPairFiles files, const Clock& clock) {
  std::unique_ptr<ServerCertificate> made(new ServerCertificate(std::move(files), clock));
  const auto pair = made->read_pair();
  if (!pair) return fail(pair.error());
  if (auto taken = made->take(*pair); !taken) return fail(std::move(taken.error()));
  return made;
}

Result<ServerCertificate::Pair> ServerCertificate::read_pair() const {
  auto certificate = read(files_.certificate, "certificate");
  if (!certificate) return fail(std::move(certificate.error()));
  auto key = read(files_.key, "key");
  if (!key) return fail(std::move(key.error()));
  return Pair{std::move(*certificate), Secret(std::move(*key))};
}

Result<void> ServerCertificate::take(const Pair& pair) {
  auto chain = certificates::parse_certificates(pair.certificate);
  if (!chain) return fail(std::move(chain.error()).with_context("the TLS certificate file " + files_.certificate));
  if (auto belongs = certificates::check_key(pair.certificate, pair.key.reveal()); !belongs)
    return fail(std::move(belongs.error()).with_context("the TLS key file " + files_.key));
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context) return fail(ErrorKind::Internal, "OpenSSL could not be started: " + openssl_word());
  apply_policy(context.get());
  if (!install(context.get(), pair.certificate, pair.key.reveal()))
    return fail(ErrorKind::Invalid, "the TLS certificate file " + files_.certificate + ": OpenSSL refuses it: " + openssl_word());
  ERR_clear_error();

  WallTime ends = chain->front().not_after;
  for (const auto& one : *chain) ends = std::min(ends, one.not_after);
  expires_ = std::chrono::duration_cast<std::chrono::seconds>(ends.time_since_epoch()).count();
  taken_ = pair.hash();
  made_ = clock_.steady();
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  text_ = chain->front().subject + ", until " + certificates::date_text(ends);
  return {};
}

Result<ServerCertificate::Look> ServerCertificate::look() {
  const auto pair = read_pair();
  const bool as_before = pair && pair->hash() == taken_;
  if (as_before && clock_.steady() - made_ < kTicketKeyLife) {
    doubted_ = told_ = 0;
    return Look::Same;
  }
  const std::size_t seen = pair ? pair->hash() : std::hash<std::string>()(pair.error().text());
  const auto taken = pair ? take(*pair) : Result<void>(fail(pair.error()));
  if (taken) {
    doubted_ = told_ = 0;
    if (as_before) return Look::Same;
    ++replaced_;
    return Look::Replaced;
  }
  if (seen == told_ || std::exchange(doubted_, seen) != seen) return Look::Same;
  told_ = seen;
  ++refused_;
  return fail(taken.error());
}

ServerCertificate::Context ServerCertificate::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

std::string ServerCertificate::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

}  // namespace smartroute::tls
