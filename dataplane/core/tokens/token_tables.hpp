// The tables that tools/token_tables made, as they lie in the program.
#pragma once
#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {

// Of table_layout.hpp's Header.
const unsigned char* vocabulary_tables(Encoding encoding) noexcept;

}  // namespace smartroute::tokens
