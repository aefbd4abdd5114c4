// Small files, read with a bound and written whole or not at all.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::control::base {

// The file's bytes. Errors: NotFound (it is not there), Storage (not readable, no regular file,
// larger than `max_bytes`), each a sentence with the path.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

// Replaces `file` by one with these bytes and this mode: temporary file, fsync, rename, fsync of
// the directory. A reader sees the old bytes or the new ones. Error: Storage, a sentence with the
// path.
Result<void> replace_file(const std::filesystem::path& file, std::string_view bytes, mode_t mode);

}  // namespace smartroute::control::base
