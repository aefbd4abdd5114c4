// CRC-32C (Castagnoli; RFC 3720, appendix B.4): by the processor where it can (SSE 4.2), else eight bytes a step by tables.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute {

// Of `bytes` behind those whose sum is `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;
// The same without the processor's help; for tests.
std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace smartroute
