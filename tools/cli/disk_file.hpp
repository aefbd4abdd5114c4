// A file that is written under a name of its own, and has its real one only once it is whole and on the disk.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// Errors: Storage, naming the file and what the system said.
class DiskFile {
 public:
  // Mode 0600. What was there under this name goes.
  static Result<DiskFile> create(const std::filesystem::path& path);
  DiskFile(DiskFile&& other) noexcept;
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  DiskFile& operator=(DiskFile&&) = delete;
  ~DiskFile();  // leaves the file

  Result<void> append(std::string_view bytes);
  // Synced and closed.
  Result<void> finish();
  // finish(), and renamed; never over a file that is there (Conflict).
  Result<void> place_as(const std::filesystem::path& name);
  void close_and_remove();

 private:
  DiskFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  Error failed(std::string_view doing) const;
  std::filesystem::path path_;
  int fd_;
};

Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace smartroute::cli
