#include "controlplane/store/durable_file.hpp"

#include <rocksdb/file_system.h>
#include <rocksdb/status.h>

#include <memory>

namespace smartroute::store {
namespace {

constexpr std::size_t kMaxReadBytes = 64 * 1024;

rocksdb::IOStatus sync_directory(rocksdb::FileSystem& files, const std::string& directory) {
  std::unique_ptr<rocksdb::FSDirectory> handle;
  auto status = files.NewDirectory(directory, rocksdb::IOOptions(), &handle, nullptr);
  if (status.ok()) status = handle->Fsync(rocksdb::IOOptions(), nullptr);
  return status;
}

rocksdb::IOStatus write_synced(rocksdb::FileSystem& files, const std::string& path,
                               std::string_view text) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = files.NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!status.ok()) return status;
  status = file->Append(rocksdb::Slice(text.data(), text.size()), rocksdb::IOOptions(), nullptr);
  if (status.ok()) status = file->Fsync(rocksdb::IOOptions(), nullptr);
  const auto closed = file->Close(rocksdb::IOOptions(), nullptr);
  return status.ok() ? closed : status;
}

}  // namespace

Error storage_error(std::string_view doing, const std::string& path,
                    const rocksdb::Status& status) {
  return Error(ErrorKind::Storage, std::string(doing) + " " + path + ": " + status.ToString());
}

Result<void> replace_file(rocksdb::FileSystem& files, const std::string& directory,
                          const std::string& name, std::string_view text) {
  const std::string path = directory + "/" + name;
  const std::string temp = path + ".new";
  if (const auto status = write_synced(files, temp, text); !status.ok())
    return fail(storage_error("cannot write", temp, status));
  if (const auto status = files.RenameFile(temp, path, rocksdb::IOOptions(), nullptr); !status.ok())
    return fail(storage_error("cannot replace", path, status));
  if (const auto status = sync_directory(files, directory); !status.ok())
    return fail(storage_error("cannot sync the directory", directory, status));
  return {};
}

Result<std::optional<std::string>> read_file(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  auto status = files.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return std::optional<std::string>();
  std::string buffer(kMaxReadBytes, '\0');
  rocksdb::Slice read;
  if (status.ok())
    status = file->Read(buffer.size(), rocksdb::IOOptions(), &read, buffer.data(), nullptr);
  if (!status.ok()) return fail(storage_error("cannot read", path, status));
  return std::optional<std::string>(read.ToString());
}

Result<void> remove_file(rocksdb::FileSystem& files, const std::string& directory,
                         const std::string& name) {
  const std::string path = directory + "/" + name;
  if (!file_exists(files, path)) return {};
  auto status = files.DeleteFile(path, rocksdb::IOOptions(), nullptr);
  if (status.ok()) status = sync_directory(files, directory);
  if (!status.ok()) return fail(storage_error("cannot remove", path, status));
  return {};
}

bool file_exists(rocksdb::FileSystem& files, const std::string& path) {
  return files.FileExists(path, rocksdb::IOOptions(), nullptr).ok();
}

}  // namespace smartroute::store
