// A configuration that a file owns: applied at start, and again whenever the file becomes another
// one. A bad file changes nothing: the last good revision stays, and every problem is logged.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "controlplane/base/file_watch.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/store/config_service.hpp"

namespace smartroute::control::admin {

// Documents larger than this are not read (decode.hpp has the same limit).
constexpr std::size_t kMaxFileBytes = 4 * 1024 * 1024;

class ConfigFile {
 public:
  // Both references must outlive the object; `configs` must have been opened with this file as the
  // owner.
  ConfigFile(std::filesystem::path file, store::ConfigService& configs, base::Log& log);

  // Reads and applies the file. Refusal: NotFound or Storage (not readable), or as
  // ConfigService::apply_file.
  store::PutResult apply();
  // From now on applies every change, on a thread of its own, until the object goes.
  Result<void> follow();

 private:
  void on_change();

  const std::filesystem::path file_;
  store::ConfigService& configs_;
  base::Log& log_;
  std::unique_ptr<base::FileWatch> watch_;
};

}  // namespace smartroute::control::admin
