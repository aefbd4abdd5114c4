#include "controlplane/admin/backup.hpp"

#include <google/protobuf/util/json_util.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <utility>
#include <vector>

#include "contract/base/tar.hpp"
#include "controlplane/http/query.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {
namespace {

namespace fs = std::filesystem;
namespace rpc = smartroute::admin::v1;

constexpr std::size_t kPiece = 128 * 1024;
// Not a name that somebody might keep archives under: what is in it goes at each start.
constexpr const char* kFolder = ".checkpoints";
constexpr std::string_view kMasterKeyFile = "master.key";

struct Wanted {
  bool logs = true;
  bool master_key = false;
};

Result<Wanted> read_query(std::string_view query) {
  const auto pairs = http::parse_query(query);
  if (!pairs) return fail(pairs.error());
  Wanted wanted;
  for (const auto& [name, value] : *pairs) {
    if (name != "logs" && name != "master_key") return fail(ErrorKind::Invalid, "there is no parameter '" + name + "' here");
    if (value != "true" && value != "false") return fail(ErrorKind::Invalid, name + " must be true or false");
    (name == "logs" ? wanted.logs : wanted.master_key) = value == "true";
  }
  return wanted;
}

std::string to_json(const rpc::BackupManifest& manifest) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  if (!google::protobuf::util::MessageToJsonString(manifest, &json, options).ok()) return {};
  return json + "\n";
}

class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void update(std::string_view bytes) { crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()); }
  std::string hex() {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state_, digest);
    std::string text(2 * sizeof digest + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), digest, sizeof digest);
    text.pop_back();
    return text;
  }

 private:
  crypto_hash_sha256_state state_;
};

// A folder that goes with the last who holds it.
class Copy {
 public:
  Copy(fs::path path, std::shared_ptr<std::atomic<int>> open) : path_(std::move(path)), open_(std::move(open)) {}
  ~Copy() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    --*open_;
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
  const std::shared_ptr<std::atomic<int>> open_;
};

struct File {
  std::string name;
  fs::path path;
  std::uint64_t size = 0;
};

Result<std::vector<File>> files_of(const fs::path& copy) {
  std::vector<File> files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(copy, error); !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::uint64_t size = it->file_size(error);
    if (error) break;
    files.push_back({it->path().lexically_relative(copy).string(), it->path(), size});
  }
  if (error) return fail(ErrorKind::Storage, "cannot list " + copy.string() + ": " + error.message());
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

class Archive final : public http::BodySource {
 public:
  Archive(std::unique_ptr<Copy> copy, std::vector<File> files, rpc::BackupManifest manifest)
      : copy_(std::move(copy)), files_(std::move(files)), manifest_(std::move(manifest)), seconds_(manifest_.created_at_ms() / 1'000) {}

  Piece next(std::string& out) override {
    if (!begun_) {
      begun_ = true;
      return append_whole("backup.json", to_json(manifest_), out) ? Piece::More : Piece::Broken;
    }
    if (at_ == files_.size()) {
      if (!append_whole("manifest.json", to_json(manifest_), out)) return Piece::Broken;
      out.append(2 * kTarBlock, '\0');
      return Piece::Last;
    }
    while (out.size() < kPiece && at_ < files_.size())
      if (!append_some(out)) return Piece::Broken;
    return Piece::More;
  }

 private:
  bool append_header(const std::string& name, std::uint64_t size, std::string& out) const {
    const auto header = write_tar_header({name, size}, seconds_);
    if (header) out.append(header->data(), header->size());
    return header.has_value();
  }

  bool append_whole(const std::string& name, const std::string& text, std::string& out) const {
    if (text.empty() || !append_header(name, text.size(), out)) return false;
    out += text;
    out.append(tar_padding(text.size()), '\0');
    return true;
  }

  // Up to kPiece of the file that is under way.
  bool append_some(std::string& out) {
    const File& file = files_[at_];
    if (!open_) {
      stream_.clear();
      stream_.open(file.path, std::ios::binary);
      if (!stream_ || !append_header(file.name, file.size, out)) return false;
      open_ = true;
      left_ = file.size;
      hash_ = Sha256();
    }
    const std::size_t begin = out.size();
    const std::size_t some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPiece));
    out.resize(begin + some);
    stream_.read(out.data() + begin, static_cast<std::streamsize>(some));
    if (static_cast<std::size_t>(stream_.gcount()) != some) return false;
    hash_.update({out.data() + begin, some});
    left_ -= some;
    if (left_ == 0) finish(file, out);
    return true;
  }

  void finish(const File& file, std::string& out) {
    out.append(tar_padding(file.size), '\0');
    auto& entry = *manifest_.add_files();
    entry.set_path(file.name);
    entry.set_size(file.size);
    entry.set_sha256(hash_.hex());
    stream_.close();
    open_ = false;
    ++at_;
  }

  const std::unique_ptr<Copy> copy_;
  const std::vector<File> files_;
  rpc::BackupManifest manifest_;
  const std::int64_t seconds_;
  std::size_t at_ = 0;
  std::uint64_t left_ = 0;
  bool begun_ = false, open_ = false;
  std::ifstream stream_;
  Sha256 hash_;
};

std::string stamp(std::int64_t millis) {
  const std::time_t seconds = millis / 1'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

}  // namespace

Backups::Backups(store::Store& store, fs::path state, MasterKey master_key, const Clock& clock)
    : store_(store), state_(std::move(state)), master_key_(master_key), clock_(clock) {
  std::error_code ignored;
  fs::remove_all(state_ / kFolder, ignored);
}

http::Response Backups::open(const http::Head& head, const Caller& caller) {
  const auto wanted = read_query(head.query);
  if (!wanted) return http::error_response(400, "invalid_argument", wanted.error().text());
  if (wanted->master_key && caller.proof != Proof::AdminToken)
    return http::error_response(403, "permission_denied", "the master key is given to the token of STATE/admin.token only");
  if (wanted->master_key && master_key_ == MasterKey::Elsewhere)
    return http::error_response(400, "invalid_argument", "the master key is SMARTROUTE_MASTER_KEY of the control plane's environment: keep it where that comes from");
  if (++*open_ > kMost) {
    --*open_;
    auto busy = http::error_response(503, "resource_exhausted", "two backups are under way already");
    busy.headers.emplace_back("retry-after", "10");
    return busy;
  }
  rpc::BackupManifest manifest;
  manifest.set_format(kBackupFormat);
  manifest.set_version(SMARTROUTE_VERSION);
  manifest.set_created_at_ms(micros_since_epoch(clock_.wall()) / 1'000);
  const std::string name = stamp(manifest.created_at_ms());
  const fs::path folder = state_ / kFolder;
  auto copy = std::make_unique<Copy>(folder / (name + "-" + std::to_string(++number_)), open_);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return http::error_response(500, "internal", "cannot make " + folder.string() + ": " + error.message());
  const auto facts = store_.checkpoint(copy->path(), wanted->logs ? store::CheckpointScope::Everything : store::CheckpointScope::ConfigOnly);
  if (!facts) return http::error_response(500, "internal", facts.error().text());
  auto files = files_of(copy->path());
  if (!files) return http::error_response(500, "internal", files.error().text());
  if (wanted->master_key) {
    const fs::path key = state_ / kMasterKeyFile;
    const auto size = fs::file_size(key, error);
    if (error) return http::error_response(500, "internal", "cannot read " + key.string() + ": " + error.message());
    files->push_back({std::string(kMasterKeyFile), key, size});
  }
  manifest.set_store_id(facts->store_id);
  manifest.set_revision(facts->newest.number);
  manifest.set_fingerprint(facts->fingerprint);
  manifest.set_logs(wanted->logs);
  manifest.set_master_key(wanted->master_key);
  http::Response response;
  response.content_type = "application/x-tar";
  response.headers.emplace_back("content-disposition", "attachment; filename=\"smartroute-" + name + "-r" + std::to_string(facts->newest.number) + ".tar\"");
  response.headers.emplace_back("cache-control", "no-store");
  response.stream = std::make_shared<Archive>(std::move(copy), std::move(*files), std::move(manifest));
  return response;
}

void add_backup_route(HttpRoutes& routes, Backups& backups) {
  routes.get(std::string(kBackupPath), Role::Admin, [&backups](const http::Request& request, const Caller& caller) { return backups.open(request.head, caller); });
}

}  // namespace smartroute::control::admin
