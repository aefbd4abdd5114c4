// The trie over the tokens' bytes, as table_layout.hpp describes it.
#pragma once
#include <vector>

#include "dataplane/core/tokens/table_layout.hpp"
#include "tools/token_tables/ranks.hpp"

namespace smartroute::token_tables {

struct Trie {
  std::vector<tokens::tables::Start> pairs, characters;
  std::vector<tokens::tables::Edge> edges;
  unsigned bits = 0;
};

// Checks that every token is found by its own bytes.
Trie build_trie(const Ranks& ranks);

}  // namespace smartroute::token_tables
