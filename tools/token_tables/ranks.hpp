// The tokens of an encoding, as tiktoken's rank files list them, and how they come to be.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dataplane/core/tokens/table_layout.hpp"

namespace smartroute::token_tables {

using tokens::tables::Made;
using tokens::tables::Token;

struct Ranks {
  std::vector<std::string> bytes;  // by rank; empty where no token has that rank
  std::unordered_map<std::string_view, Token> rank_of;
};

// Ends the program with a message if the file is not what it should be, as everything here does.
Ranks read_ranks(const std::string& file);

struct Merges {
  std::vector<Made> made;                           // by rank
  std::unordered_map<std::uint64_t, Token> merged;  // by pair_key()
};

// Finds for every token the one pair whose merge makes it. Checks what the counting relies on: that byte pair encoding by ranks makes
// of every token's bytes that token.
Merges find_merges(const Ranks& ranks);

[[noreturn]] void fail(const std::string& what);

}  // namespace smartroute::token_tables
