// Which form of a file a client gets, and whether it has it already: RFC 9110, sections 12.5.3 and
// 13.1.2. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace smartroute::control::dashboard {

enum class Coding : std::uint8_t { Identity, Gzip, Brotli };
constexpr std::size_t kCodings = 3;
// Which of them there are; Identity always is.
using Available = std::array<bool, kCodings>;

// "gzip", "br"; empty for Identity.
std::string_view name_of(Coding coding) noexcept;

// The available one that `accept_encoding` prefers; of equals the smallest. An absent (empty) field,
// or one that leaves nothing, gives Identity: better a file that was not asked for than none.
Coding choose(std::string_view accept_encoding, const Available& available) noexcept;

// Whether If-None-Match names `etag`, which is a quoted string. Weak marks do not count.
bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace smartroute::control::dashboard
