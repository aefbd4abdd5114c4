#include "tools/token_tables/trie.hpp"

#include <bit>
#include <string>
#include <unordered_set>

namespace smartroute::token_tables {
namespace {

using namespace tokens::tables;

std::uint32_t pair_at(std::string_view bytes, std::size_t at) {
  return pair_of(static_cast<unsigned char>(bytes[at]), static_cast<unsigned char>(bytes[at + 1]));
}

// How many bytes a walk along the token starts with.
std::size_t start_of(std::string_view token) {
  if (token.size() < 3 || !begins_three(static_cast<unsigned char>(token[0]))) return 2;
  for (const char c : token.substr(1, 2))
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) fail("a token begins with a broken character");
  return 3;
}

// What longer tokens begin with where the walks pass, with the nodes, and whether a token is exactly one byte longer.
struct Node {
  std::uint32_t number = 0;
  bool singles = false;
};
using Nodes = std::unordered_map<std::string_view, Node>;

Nodes nodes_of(const Ranks& ranks) {
  Nodes nodes;
  for (const std::string& token : ranks.bytes)
    for (std::size_t size = start_of(token); size < token.size(); size += 2) {
      Node& node = nodes[std::string_view(token).substr(0, size)];
      if (node.number == 0) node.number = static_cast<std::uint32_t>(nodes.size());
      if (size + 1 == token.size()) node.singles = true;
    }
  if (nodes.size() >= 1U << kNodeBits) fail("the trie has too many nodes");
  return nodes;
}

// The child that `path` leads to, as part of an edge.
Edge node_at(const Nodes& nodes, std::string_view path) {
  const auto node = nodes.find(path);
  if (node == nodes.end()) return 0;
  return Edge{node->second.number} << kChildShift | (node->second.singles ? kSinglesFollow : 0);
}

// The edge of two bytes into `path`, without a tag.
Edge edge_into(const Ranks& ranks, const Nodes& nodes, std::string_view path) {
  const Edge edge = node_at(nodes, path);
  if (const auto whole = ranks.rank_of.find(path); whole != ranks.rank_of.end()) return edge | (whole->second + 1);
  if (const auto before = ranks.rank_of.find(path.substr(0, path.size() - 1)); before != ranks.rank_of.end())
    return edge | kEndsBefore | (before->second + 1);
  return edge;
}

// The start with `path`, without what may follow.
Start start_with(const Ranks& ranks, const Nodes& nodes, std::string_view path) {
  for (std::size_t shorter = 0;; ++shorter)
    if (const auto found = ranks.rank_of.find(path.substr(0, path.size() - shorter)); found != ranks.rank_of.end())
      return {node_at(nodes, path) | std::uint64_t{shorter} << kShortByShift | (found->second + 1), 0};
}

class EdgeTable {
 public:
  explicit EdgeTable(std::size_t edges)
      : bits_(static_cast<unsigned>(std::bit_width(edges + edges / 2))), slots_((std::size_t{1} << bits_) + kSpare) {}

  void insert(std::uint64_t key, Edge edge) {
    const std::uint64_t mix = edge_mix(key);
    const std::uint64_t home = edge_home(mix, bits_);
    std::uint64_t at = home;
    while (slots_[at] != 0) ++at;
    // See edge_mix(): the tag's share of the home, and the empty slot behind the last.
    const std::uint64_t told_apart = std::uint64_t{1} << (kTagBits + bits_ - kKeyBits);
    if (at - home >= told_apart || at + 1 >= slots_.size()) fail("an edge of the trie is displaced too far");
    slots_[at] = edge | edge_tag(mix);
  }
  Edge find(std::uint64_t key) const {
    const std::uint64_t mix = edge_mix(key);
    for (std::uint64_t at = edge_home(mix, bits_);; ++at)
      if (slots_[at] == 0 || same_tag(slots_[at], edge_tag(mix))) return slots_[at];
  }
  unsigned bits() const { return bits_; }
  std::vector<Edge> take() { return std::move(slots_); }

 private:
  static constexpr std::size_t kSpare = 256;
  unsigned bits_;
  std::vector<Edge> slots_;
};

Start& start_at(Trie& trie, std::string_view path) {
  if (path.size() == 2) return trie.pairs[pair_at(path, 0)];
  return trie.characters[character_of(static_cast<unsigned char>(path[0]), static_cast<unsigned char>(path[1]), static_cast<unsigned char>(path[2]))];
}

void fill_starts(Trie& trie, const Ranks& ranks, const Nodes& nodes) {
  trie.pairs.resize(0x10000);
  trie.characters.resize(0x10000);
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) {
      std::string path{static_cast<char>(a), static_cast<char>(b)};
      start_at(trie, path) = start_with(ranks, nodes, path);
      if (!begins_three(static_cast<unsigned char>(a)) || (b & 0xc0) != 0x80) continue;
      for (unsigned c = 0x80; c < 0xc0; ++c) {
        path.resize(2);
        path += static_cast<char>(c);
        start_at(trie, path) = start_with(ranks, nodes, path);
      }
    }
  for (const std::string& token : ranks.bytes)
    if (const std::size_t start = start_of(token); start + 2 <= token.size())
      start_at(trie, std::string_view(token).substr(0, start)).follow |= follow_bit(pair_at(token, start));
}

Token walk(const Ranks& ranks, Trie& trie, const EdgeTable& table, std::string_view bytes) {
  if (bytes.size() == 1) return ranks.rank_of.at(bytes);
  std::size_t at = start_of(bytes);
  Edge edge = start_at(trie, bytes.substr(0, at)).edge;
  for (; at + 2 <= bytes.size(); at += 2) edge = table.find(pair_edge(child_of(edge), pair_at(bytes, at)));
  if (at < bytes.size()) edge = table.find(single_edge(child_of(edge), static_cast<unsigned char>(bytes[at])));
  return token_and_one(edge) - 1;
}

}  // namespace

Trie build_trie(const Ranks& ranks) {
  const Nodes nodes = nodes_of(ranks);
  // Where the edges of a token end.
  const auto for_edges = [](std::string_view token, const auto& take) {
    for (std::size_t at = start_of(token); at < token.size(); at += 2) take(token.substr(0, at), token.substr(0, at + 2));
  };
  std::unordered_set<std::string_view> paths;
  for (const std::string& token : ranks.bytes) for_edges(token, [&](std::string_view, std::string_view path) { paths.insert(path); });

  EdgeTable table(paths.size());
  // In the order of the ranks: what is frequent lies where it is looked for first.
  for (const std::string& token : ranks.bytes)
    for_edges(token, [&](std::string_view from, std::string_view path) {
      if (paths.erase(path) == 0) return;
      const std::uint32_t node = nodes.at(from).number;
      if (path.size() == from.size() + 2) table.insert(pair_edge(node, pair_at(path, from.size())), edge_into(ranks, nodes, path));
      else table.insert(single_edge(node, static_cast<unsigned char>(path.back())), ranks.rank_of.at(path) + 1);
    });

  Trie trie;
  trie.bits = table.bits();
  fill_starts(trie, ranks, nodes);
  for (Token t = 0; t < ranks.bytes.size(); ++t)
    if (!ranks.bytes[t].empty() && walk(ranks, trie, table, ranks.bytes[t]) != t) fail("the trie loses rank " + std::to_string(t));
  trie.edges = table.take();
  return trie;
}

}  // namespace smartroute::token_tables
