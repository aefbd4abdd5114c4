// The archive that GET /admin/v1/backup sends, read piece by piece and believed in nothing: names that are ours only, sizes within bounds, each file as the
// manifest at the end says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::cli {

constexpr std::uint32_t kBackupFormat = 1;              // the latest that is understood
constexpr std::size_t kMaxBackupFiles = 100'000;
constexpr std::uint64_t kMaxBackupBytes = 1ULL << 42;   // of all files together: 4 TiB
constexpr std::uint64_t kMaxManifestBytes = 32 << 20;

// Where a file's bytes go. Calls come in the order of the archive: begin, any number of data, end. backup.json and manifest.json are not among them.
struct BackupSink {
  std::function<Result<void>(const std::string& name, std::uint64_t size)> begin;
  std::function<Result<void>(std::string_view bytes)> data;
  std::function<Result<void>()> end;
};

class BackupReader {
 public:
  // A sink without functions: the archive is only checked.
  explicit BackupReader(BackupSink sink = {});
  ~BackupReader();
  BackupReader(const BackupReader&) = delete;
  BackupReader& operator=(const BackupReader&) = delete;

  // The next bytes. Errors: Invalid, as a sentence about the archive ("is ..."), or whatever the sink says. After an error no more.
  Result<void> feed(std::string_view bytes);
  // After the last bytes: what was in it, now that all of it is proven. Invalid if something is missing or not as the manifest says.
  Result<admin::v1::BackupManifest> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// config.high-water, master.key, and config.db/NAME and logs.db/NAME with a NAME of letters, digits, '.', '_' and '-' that does not begin with '.'.
bool is_backup_name(std::string_view name);

}  // namespace smartroute::cli
