#include "tools/cli/backup_reader.hpp"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <utility>

#include "contract/base/tar.hpp"
#include "tools/cli/preview.hpp"

namespace smartroute::cli {
namespace {

constexpr std::string_view kFirst = "backup.json", kLast = "manifest.json";
constexpr std::size_t kMaxNameInFolder = 80;

tl::unexpected<Error> refused(std::string why) { return fail(ErrorKind::Invalid, std::move(why)); }

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text(2 * size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();
  return text;
}

}  // namespace

bool is_backup_name(std::string_view name) {
  if (name == "config.high-water" || name == "master.key") return true;
  for (const std::string_view folder : {"config.db/", "logs.db/"}) {
    if (!name.starts_with(folder)) continue;
    name.remove_prefix(folder.size());
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= kMaxNameInFolder && name.front() != '.' && std::all_of(name.begin(), name.end(), fits);
  }
  return false;
}

struct BackupReader::State {
  explicit State(BackupSink the_sink) : sink(std::move(the_sink)) {}

  struct Seen {
    std::uint64_t size = 0;
    std::string sha256;
  };

  Result<void> begin_file(const TarEntry& entry) {
    name = entry.name;
    left = entry.size;
    pad = tar_padding(entry.size);
    const bool ours = name == kFirst || name == kLast;
    if (done) return refused("holds something behind its manifest");
    if (first && name != kFirst) return refused("is no backup of SmartRoute: it does not begin with " + std::string(kFirst));
    if (!first && name == kFirst) return refused("has two beginnings");
    first = false;
    if (ours) {
      text.clear();
      if (entry.size > kMaxManifestBytes) return refused("has a manifest that is too large");
      return left == 0 ? end_file() : Result<void>();
    }
    if (!is_backup_name(name)) return refused("holds a file that no backup has: '" + name.substr(0, 80) + "'");
    if (seen.size() >= kMaxBackupFiles) return refused("holds too many files");
    if ((total += entry.size) > kMaxBackupBytes) return refused("is too large");
    if (seen.contains(name)) return refused("holds " + name + " twice");
    crypto_hash_sha256_init(&hash);
    if (sink.begin)
      if (auto begun = sink.begin(name, entry.size); !begun) return begun;
    return left == 0 ? end_file() : Result<void>();
  }

  Result<void> take(std::string_view bytes) {
    left -= bytes.size();
    if (name == kFirst || name == kLast) {
      text += bytes;
    } else {
      crypto_hash_sha256_update(&hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      if (sink.data)
        if (auto taken = sink.data(bytes); !taken) return taken;
    }
    return left == 0 ? end_file() : Result<void>();
  }

  Result<void> end_file() {
    if (name == kFirst || name == kLast) {
      admin::v1::BackupManifest read;
      if (auto parsed = from_json(text, read); !parsed) return refused("has a " + name + " that cannot be read");
      if (read.format() > kBackupFormat)
        return refused("was made by a later SmartRoute (" + read.version() + ", format " + std::to_string(read.format()) + "): restore it with that one");
      if (read.format() == 0) return refused("has a " + name + " without a format");
      done = name == kLast;
      manifest = std::move(read);
      return {};
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&hash, digest);
    auto& one = seen[name];
    one.sha256 = hex(digest, sizeof digest);
    one.size = size_of_file();
    return sink.end ? sink.end() : Result<void>();
  }

  std::uint64_t size_of_file() const { return header_size; }

  BackupSink sink;
  std::string block;      // of a header, as far as it has come
  std::string name, text;
  std::uint64_t left = 0, total = 0, header_size = 0;
  std::size_t pad = 0;
  bool in_file = false, first = true, done = false;
  crypto_hash_sha256_state hash{};
  std::map<std::string, Seen, std::less<>> seen;
  admin::v1::BackupManifest manifest;
};

BackupReader::BackupReader(BackupSink sink) : state_(std::make_unique<State>(std::move(sink))) {}
BackupReader::~BackupReader() = default;

Result<void> BackupReader::feed(std::string_view bytes) {
  State& s = *state_;
  while (!bytes.empty()) {
    if (s.in_file && s.left > 0) {
      const auto some = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(s.left, bytes.size())));
      bytes.remove_prefix(some.size());
      if (auto taken = s.take(some); !taken) return taken;
    } else if (s.in_file) {
      const std::size_t some = std::min(s.pad, bytes.size());
      s.pad -= some;
      bytes.remove_prefix(some);
      s.in_file = s.pad > 0;
    } else {
      const std::size_t some = std::min(kTarBlock - s.block.size(), bytes.size());
      s.block += bytes.substr(0, some);
      bytes.remove_prefix(some);
      if (s.block.size() < kTarBlock) continue;
      const std::string block = std::exchange(s.block, {});
      if (is_zero_block(block)) continue;
      const auto entry = read_tar_header(block);
      if (!entry) return tl::unexpected(entry.error());
      s.in_file = true;
      s.header_size = entry->size;
      if (auto begun = s.begin_file(*entry); !begun) return begun;
      s.in_file = s.left > 0 || s.pad > 0;
    }
  }
  return {};
}

Result<admin::v1::BackupManifest> BackupReader::finish() {
  State& s = *state_;
  if (s.first) return refused("is empty");
  if (!s.done) return refused("is not whole: its end is missing");
  for (const auto& file : s.manifest.files()) {
    const auto found = s.seen.find(file.path());
    if (found == s.seen.end()) return refused("is not whole: " + file.path().substr(0, 80) + " is missing");
    if (found->second.size != file.size() || found->second.sha256 != file.sha256()) return refused("is damaged: " + found->first + " is not what its manifest says");
    s.seen.erase(found);
  }
  if (!s.seen.empty()) return refused("holds " + s.seen.begin()->first + ", which its manifest does not name");
  return s.manifest;
}

}  // namespace smartroute::cli
