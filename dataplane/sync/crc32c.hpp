// CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes a step by tables.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute::sync {

// Of `bytes` behind those whose sum is `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace smartroute::sync
