// Small files that are either there as a whole or not at all. Internal to store/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace rocksdb {
class FileSystem;
class Status;
}  // namespace rocksdb

namespace smartroute::store {

// "<doing> <path>: <what RocksDB or the system said>"
Error storage_error(std::string_view doing, const std::string& path, const rocksdb::Status& status);

// Replaces `directory/name` with `text`: temp file, fsync, rename, fsync of the directory. Once Ok,
// it survives power loss; after an error the old file or the new one is there, whole.
Result<void> replace_file(rocksdb::FileSystem& files, const std::string& directory,
                          const std::string& name, std::string_view text);
// nullopt if there is none. Reads at most 64 KiB.
Result<std::optional<std::string>> read_file(rocksdb::FileSystem& files, const std::string& path);
// Removes the file durably; Ok if there is none.
Result<void> remove_file(rocksdb::FileSystem& files, const std::string& directory,
                         const std::string& name);
bool file_exists(rocksdb::FileSystem& files, const std::string& path);

}  // namespace smartroute::store
