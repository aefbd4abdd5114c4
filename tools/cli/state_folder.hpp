// The folder in which a gateway keeps everything, and the proof that only one gateway uses it.
#pragma once
#include <filesystem>
#include <string>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// Made 0700 with its logs/ and run/; locked while the object lives.
class StateFolder {
 public:
  // Error: Storage (cannot be made or written), Conflict (another `smartroute up` holds it, with
  // its process id).
  static Result<StateFolder> open(const std::filesystem::path& path);

  StateFolder(StateFolder&& other) noexcept;
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  // Again after something emptied it.
  Result<void> make_folders() const;

  const std::filesystem::path& path() const { return path_; }  // absolute
  std::filesystem::path admin_token_file() const { return path_ / "admin.token"; }
  std::filesystem::path generated_config() const { return path_ / "generated.yaml"; }
  // The control plane has acknowledged at least one revision here.
  bool has_stored_config() const;
  // "unix:<path>/control.sock", or when that is too long for a socket one in a private folder under
  // /tmp.
  Result<std::string> default_grpc_address() const;

 private:
  StateFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

}  // namespace smartroute::cli
