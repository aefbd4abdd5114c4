// The 512-byte headers of a tar archive (POSIX ustar), regular files only. Pure: who reads and writes the bytes is somebody else.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute {

constexpr std::size_t kTarBlock = 512;
constexpr std::size_t kMaxTarName = 100;
constexpr std::uint64_t kMaxTarFileBytes = 077777777777ULL;  // 8 GiB - 1: eleven octal digits

struct TarEntry {
  std::string name;  // of 1 to kMaxTarName bytes
  std::uint64_t size = 0;
  friend bool operator==(const TarEntry&, const TarEntry&) = default;
};

using TarHeader = std::array<char, kTarBlock>;

// Mode 0600, no owner, the time `seconds` since 1970. Error: Invalid for a name or a size that does not fit.
Result<TarHeader> write_tar_header(const TarEntry& entry, std::int64_t seconds);

// `block` has kTarBlock bytes and is not all zeroes. Errors, Invalid: a wrong check sum, anything but a regular file, a name with a prefix.
Result<TarEntry> read_tar_header(std::string_view block);

// Zeroes that follow `size` bytes of a file up to the next block.
constexpr std::size_t tar_padding(std::uint64_t size) noexcept { return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock); }

bool is_zero_block(std::string_view block) noexcept;

}  // namespace smartroute
