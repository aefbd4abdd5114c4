// Where a UTF-8 text may be cut.
#pragma once

namespace smartroute {

// Whether a byte is the second, third or fourth of its character: a text is never cut before one.
constexpr bool continues_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace smartroute
