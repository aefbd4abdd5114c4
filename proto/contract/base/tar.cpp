#include "contract/base/tar.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace smartroute {
namespace {

// Where the fields of POSIX ustar lie.
struct Field {
  std::size_t at, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12}, kCheck{148, 8}, kMagic{257, 8}, kPrefix{345, 155};
constexpr std::size_t kTypeAt = 156;

void put_octal(TarHeader& header, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i-- > 0; value /= 8) header[field.at + i] = static_cast<char>('0' + value % 8);
}

// Of unsigned bytes, the field of the sum itself taken as blanks.
std::uint64_t check_sum(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) sum += i >= kCheck.at && i < kCheck.at + kCheck.size ? ' ' : static_cast<unsigned char>(block[i]);
  return sum;
}

std::optional<std::uint64_t> octal(std::string_view block, Field field) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const char c : block.substr(field.at, field.size)) {
    if (c == '\0' || c == ' ') {
      if (digits > 0) break;
      continue;
    }
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
    ++digits;
  }
  return digits > 0 ? std::optional(value) : std::nullopt;
}

std::string_view text(std::string_view block, Field field) {
  const std::string_view whole = block.substr(field.at, field.size);
  return whole.substr(0, whole.find('\0'));
}

}  // namespace

Result<TarHeader> write_tar_header(const TarEntry& entry, std::int64_t seconds) {
  if (entry.name.empty() || entry.name.size() > kMaxTarName || entry.name.find('\0') != std::string::npos)
    return fail(ErrorKind::Invalid, "'" + entry.name + "' is no name for a tar archive");
  if (entry.size > kMaxTarFileBytes) return fail(ErrorKind::Invalid, "'" + entry.name + "' is too large for a tar archive");
  TarHeader header{};
  std::memcpy(header.data() + kName.at, entry.name.data(), entry.name.size());
  put_octal(header, kMode, 0600);
  put_octal(header, kOwner, 0);
  put_octal(header, kGroup, 0);
  put_octal(header, kSize, entry.size);
  put_octal(header, kTime, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  header[kTypeAt] = '0';
  std::memcpy(header.data() + kMagic.at, "ustar\00000", kMagic.size);
  put_octal(header, {kCheck.at, kCheck.size - 1}, check_sum({header.data(), header.size()}));
  header[kCheck.at + kCheck.size - 1] = ' ';
  return header;
}

Result<TarEntry> read_tar_header(std::string_view block) {
  const auto refused = [](std::string_view why) { return fail(ErrorKind::Invalid, "is no archive of ours: " + std::string(why)); };
  if (block.size() != kTarBlock || text(block, {kMagic.at, 5}) != "ustar") return refused("a header is missing");
  if (octal(block, kCheck) != check_sum(block)) return refused("a header is damaged");
  if (block[kTypeAt] != '0' && block[kTypeAt] != '\0') return refused("it holds something else than files");
  if (!text(block, kPrefix).empty()) return refused("it holds a name that is too long");
  const auto size = octal(block, kSize);
  if (!size) return refused("a size is no number");
  TarEntry entry{std::string(text(block, kName)), *size};
  if (entry.name.empty()) return refused("a file has no name");
  return entry;
}

bool is_zero_block(std::string_view block) noexcept {
  return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

}  // namespace smartroute
