// GET /admin/v1/backup: everything that a control plane must not lose, copied while it runs, as one tar archive.
//
// The copy is a checkpoint of the store (store.hpp) in STATE/.checkpoints, which takes moments and shares its files with the store; it is then sent piece by
// piece, as fast as the client reads, and removed when that ends, however it ends. What a crash leaves there goes at the next start. In the archive:
//
//   backup.json        BackupManifest without files
//   config.high-water, config.db/..., logs.db/... (unless logs=false), master.key (if master_key=true)
//   manifest.json      BackupManifest, with the size and SHA-256 of each of them
//
// Not in it: the admin token (the next start makes one), the set-up code, what data planes keep, and the master key unless it is asked for by whoever
// has the token of STATE/admin.token, which lies beside it.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "contract/base/clock.hpp"
#include "controlplane/admin/http_routes.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::admin {

constexpr std::string_view kBackupPath = "/admin/v1/backup";
constexpr std::uint32_t kBackupFormat = 1;

// Thread rule: open() from any thread. What it returns must not outlive `store` and `clock`.
class Backups {
 public:
  // At once; one more is told to come again.
  static constexpr int kMost = 2;

  // Where copies are made, and what is left of earlier ones goes. `master_key_in_state`: false if the environment has the key.
  enum class MasterKey : std::uint8_t { InState, Elsewhere };
  Backups(store::Store& store, std::filesystem::path state, MasterKey master_key, const Clock& clock);

  http::Response open(const http::Head& head, const Caller& caller);

 private:
  store::Store& store_;
  const std::filesystem::path state_;
  const MasterKey master_key_;
  const Clock& clock_;
  std::shared_ptr<std::atomic<int>> open_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<std::uint64_t> number_{0};
};

void add_backup_route(HttpRoutes& routes, Backups& backups);

}  // namespace smartroute::control::admin
