#include "tools/cli/backup_command.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "contract/base/json_quote.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/admin_stream.hpp"
#include "tools/cli/backup_reader.hpp"
#include "tools/cli/disk_file.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace fs = std::filesystem;

std::string stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::string target_of(const BackupOptions& options) {
  return std::string("/admin/v1/backup?logs=") + (options.logs == WithLogs::Yes ? "true" : "false") +
         "&master_key=" + (options.master_key == WithMasterKey::Yes ? "true" : "false");
}

void print(const fs::path& file, std::uint64_t bytes, const admin::v1::BackupManifest& manifest, Output form) {
  const std::string place = fs::absolute(file).lexically_normal().string();
  if (form == Output::Json) {
    std::printf("{\"file\":%s,\"bytes\":%llu,\"manifest\":%s}\n", json_quote(place).c_str(), static_cast<unsigned long long>(bytes), to_json(manifest).c_str());
    return;
  }
  std::printf("%s\n%s bytes, %d files, revision %llu, %s\n", place.c_str(), grouped(bytes).c_str(), manifest.files_size(),
              static_cast<unsigned long long>(manifest.revision()), manifest.logs() ? "with request records" : "without request records");
  if (!manifest.master_key())
    std::printf("The master key is not in it. Keep STATE/master.key, or SMARTROUTE_MASTER_KEY, in another safe place: without it no secret in this backup can be opened.\n");
}

}  // namespace

int backup(const BackupOptions& options) {
  std::error_code error;
  fs::path file = options.output;
  if (fs::is_directory(file, error)) file /= "smartroute-" + stamp() + ".tar";
  if (fs::exists(file, error)) return complain(Error(ErrorKind::Conflict, file.string() + " is there already"), kUsage);
  const fs::path part = file.string() + ".part";
  auto out = DiskFile::create(part);
  if (!out) return complain(out.error(), kUsage);
  const auto failed = [&](const Error& why) {
    out->close_and_remove();
    return complain(why, kFailed);
  };
  BackupReader reader;
  std::uint64_t bytes = 0;
  const auto took = download(options.access, target_of(options), [&](std::string_view piece) -> Result<void> {
    bytes += piece.size();
    if (auto checked = reader.feed(piece); !checked) return fail(std::move(checked.error()).with_context("what the control plane sent"));
    return out->append(piece);
  });
  if (!took) return failed(took.error());
  const auto manifest = reader.finish();
  if (!manifest) return failed(Error(manifest.error().kind(), "what the control plane sent " + manifest.error().text()));
  if (auto placed = out->place_as(file); !placed) return failed(placed.error());
  if (manifest->master_key())
    std::fprintf(stderr, "smartroute: THE MASTER KEY IS IN THIS FILE: who can read %s can read every provider key and secret in it. Its mode is 0600; keep it so.\n", file.c_str());
  print(file, bytes, *manifest, options.form);
  return kOk;
}

}  // namespace smartroute::cli
