#include "dataplane/sync/last_known_good.hpp"

#include <sodium.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "dataplane/sync/state_file.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

constexpr std::string_view kMagic = "SRLK";
constexpr char kVersion = 1;
constexpr std::size_t kNonceAt = kMagic.size() + 1;
constexpr std::size_t kBoxAt = kNonceAt + crypto_secretbox_NONCEBYTES;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kOverhead = kBoxAt + crypto_secretbox_MACBYTES + kDigestBytes;
constexpr std::string_view kKeyContext = "smartroute last-known-good 1:";
static_assert(LastKnownGood::kKeyBytes == crypto_secretbox_KEYBYTES);

unsigned char* raw(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* raw(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

std::string digest(std::string_view bytes) {
  std::string out(kDigestBytes, '\0');
  crypto_generichash(raw(out), out.size(), raw(bytes), bytes.size(), nullptr, 0);
  return out;
}

Secret derived_key(const Secret& master) {
  std::string text(kKeyContext);
  text += master.reveal();
  Secret key(digest(text));
  sodium_memzero(text.data(), text.size());
  return key;
}

}  // namespace

std::string seal_snapshot(std::string_view plain, const Secret& key) {
  std::string sealed(kOverhead - kDigestBytes + plain.size(), '\0');
  std::memcpy(sealed.data(), kMagic.data(), kMagic.size());
  sealed[kMagic.size()] = kVersion;
  randombytes_buf(sealed.data() + kNonceAt, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(raw(sealed) + kBoxAt, raw(plain), plain.size(), raw(sealed) + kNonceAt,
                        raw(key.reveal()));
  sealed += digest(sealed);
  return sealed;
}

Result<Secret> open_snapshot(std::string_view sealed, const Secret& key) {
  if (sealed.size() < kMagic.size() + 1 || sealed.substr(0, kMagic.size()) != kMagic)
    return fail(ErrorKind::Crypto, "is not a last-known-good file");
  if (sealed[kMagic.size()] != kVersion)
    return fail(ErrorKind::Crypto,
                "has format version " +
                    std::to_string(static_cast<unsigned char>(sealed[kMagic.size()])) +
                    ", this program reads version " + std::to_string(kVersion));
  if (sealed.size() < kOverhead) return fail(ErrorKind::Crypto, "is cut short");
  const auto body = sealed.substr(0, sealed.size() - kDigestBytes);
  if (digest(body) != sealed.substr(body.size()))
    return fail(ErrorKind::Crypto, "is damaged: its checksum does not match");
  const auto box = body.substr(kBoxAt);
  std::string plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(raw(plain), raw(box), box.size(), raw(body) + kNonceAt,
                                 raw(key.reveal())) != 0)
    return fail(ErrorKind::Crypto, "was written with another key");
  return Secret(std::move(plain));
}

LastKnownGood::LastKnownGood(std::filesystem::path state_dir, Secret master_key)
    : state_dir_(std::move(state_dir)), master_key_(std::move(master_key)) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

std::filesystem::path LastKnownGood::file() const {
  return state_dir_.empty() ? std::filesystem::path() : state_dir_ / "last-known-good";
}

Result<void> LastKnownGood::save(const v1::ConfigPush& push) const {
  if (state_dir_.empty()) return {};
  if (::mkdir(state_dir_.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(ErrorKind::Storage,
                state_dir_.string() + ": cannot create: " + std::strerror(errno));
  const auto secret = key(MissingKey::Create);
  if (!secret) return fail(secret.error());
  const Secret plain(push.SerializeAsString());
  if (plain.reveal().size() + kOverhead > kMaxBytes)
    return fail(ErrorKind::Storage,
                "the configuration is larger than " + std::to_string(kMaxBytes) + " bytes");
  return write_private_file(file(), seal_snapshot(plain.reveal(), *secret), IfExists::Replace);
}

Result<std::unique_ptr<v1::ConfigPush>> LastKnownGood::load() const {
  if (state_dir_.empty()) return nullptr;
  const auto sealed = read_private_file(file(), kMaxBytes);
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return nullptr;
  const auto secret = key(MissingKey::Fail);
  if (!secret) return fail(secret.error());
  auto plain = open_snapshot(**sealed, *secret);
  if (!plain) return fail(ErrorKind::Crypto, file().string() + " " + plain.error().text());
  auto push = std::make_unique<v1::ConfigPush>();
  const auto bytes = plain->reveal();
  if (!push->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorKind::Crypto, file().string() + " does not hold a configuration");
  return push;
}

Result<Secret> LastKnownGood::key(MissingKey missing) const {
  if (!master_key_.empty()) return derived_key(master_key_);
  const auto path = state_dir_ / "lkg.key";
  auto bytes = read_private_file(path, kKeyBytes);
  if (bytes && !*bytes && missing == MissingKey::Create) {
    std::string fresh(kKeyBytes, '\0');
    randombytes_buf(fresh.data(), fresh.size());
    const Secret made(std::move(fresh));
    if (auto written = write_private_file(path, made.reveal(), IfExists::Keep); !written)
      return fail(std::move(written.error()));
    bytes = read_private_file(path, kKeyBytes);  // what is on disk counts, whoever wrote it
  }
  if (!bytes) return fail(std::move(bytes.error()));
  if (!*bytes)
    return fail(ErrorKind::Crypto,
                path.string() + " is missing: " + file().string() + " cannot be opened without it");
  if ((*bytes)->size() != kKeyBytes)
    return fail(ErrorKind::Crypto, path.string() + " is damaged: it must hold 32 bytes");
  return Secret(std::move(**bytes));
}

}  // namespace smartroute::sync
