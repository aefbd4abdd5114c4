// Small private files that are whole or absent, never half written.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::sync {

enum class IfExists : std::uint8_t { Replace, Keep };

// Writes `bytes` beside `path` (0600), syncs, and moves it to its name; the directory is synced
// too. Keep: a file that is already there stays, and that is no error. ErrorKind::Storage with path
// and reason. One writer at a time for each path.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes,
                                IfExists existing);

// The whole file; nullopt if there is none. ErrorKind::Storage when it is larger than `limit`, not
// a regular file, or unreadable.
Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     std::size_t limit);

}  // namespace smartroute::sync
