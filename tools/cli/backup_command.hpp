// `smartroute backup` and `smartroute restore`.
//
// backup: the archive of a running control plane (controlplane/admin/backup.hpp), checked while it is written; it has its name only once it is whole, proven
// and on the disk. restore: such an archive as the state folder of a control plane that does not run.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

enum class WithLogs : std::uint8_t { Yes, No };
enum class WithMasterKey : std::uint8_t { No, Yes };

struct BackupOptions {
  AdminAccess access;
  std::string output = ".";  // a folder: a name is made in it; else the file, which must not be there
  WithLogs logs = WithLogs::Yes;
  WithMasterKey master_key = WithMasterKey::No;
  Output form = Output::Text;
};
// Prints where the archive is and what is in it (JSON: {"file","bytes","manifest"}). Exit codes of up.hpp.
int backup(const BackupOptions& options);

enum class Force : std::uint8_t { No, Yes };

struct RestoreOptions {
  std::string file;
  std::string state;
  Force force = Force::No;   // the state folder may hold a configuration: it is set aside as replaced-<time> in there
  Output form = Output::Text;
};
// Nothing in the state folder is touched before the archive is unpacked beside it and proven. JSON: {"state","set_aside","manifest"}.
int restore(const RestoreOptions& options);

}  // namespace smartroute::cli
