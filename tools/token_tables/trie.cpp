#include "tools/token_tables/trie.hpp"

#include <bit>
#include <string>

namespace smartroute::token_tables {
namespace {

using namespace tokens::tables;

std::uint32_t pair_at(std::string_view bytes, std::size_t at) {
  return pair_of(static_cast<unsigned char>(bytes[at]), static_cast<unsigned char>(bytes[at + 1]));
}

// The beginnings of even length that longer tokens have, with their nodes, and whether a token is exactly one byte longer.
struct Node {
  std::uint32_t number = 0;
  bool singles = false;
};
using Nodes = std::unordered_map<std::string_view, Node>;

Nodes nodes_of(const Ranks& ranks) {
  Nodes nodes;
  for (const std::string& token : ranks.bytes)
    for (std::size_t size = 2; size < token.size(); size += 2) {
      Node& node = nodes[std::string_view(token).substr(0, size)];
      if (node.number == 0) node.number = static_cast<std::uint32_t>(nodes.size());
      if (size + 1 == token.size()) node.singles = true;
    }
  if (nodes.size() >= 1U << kNodeBits) fail("the trie has too many nodes");
  return nodes;
}

// The edge into `path` from its beginning that is two bytes shorter, without a tag.
Edge edge_into(const Ranks& ranks, const Nodes& nodes, std::string_view path) {
  Edge edge = 0;
  if (const auto node = nodes.find(path); node != nodes.end())
    edge = Edge{node->second.number} << kChildShift | (node->second.singles ? kSinglesFollow : 0);
  if (const auto even = ranks.rank_of.find(path); even != ranks.rank_of.end()) return edge | (even->second + 1);
  if (const auto odd = ranks.rank_of.find(path.substr(0, path.size() - 1)); odd != ranks.rank_of.end())
    return edge | kOddEnd | (odd->second + 1);
  return edge;
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

Token walk(const Ranks& ranks, const Trie& trie, const EdgeTable& table, std::string_view bytes) {
  if (bytes.size() == 1) return ranks.rank_of.at(bytes);
  Edge edge = trie.first[pair_at(bytes, 0)];
  std::size_t at = 2;
  for (; at + 2 <= bytes.size(); at += 2) edge = table.find(pair_edge(child_of(edge), pair_at(bytes, at)));
  if (at < bytes.size()) edge = table.find(single_edge(child_of(edge), static_cast<unsigned char>(bytes[at])));
  return token_and_one(edge) - 1;
}

}  // namespace

Trie build_trie(const Ranks& ranks) {
  const Nodes nodes = nodes_of(ranks);
  std::unordered_map<std::string_view, Edge> pairs;
  for (const std::string& token : ranks.bytes)
    for (std::size_t size = 4; size <= token.size(); size += 2) {
      const auto [at, fresh] = pairs.try_emplace(std::string_view(token).substr(0, size), 0);
      if (fresh) at->second = edge_into(ranks, nodes, at->first);
    }
  std::size_t odd = 0;
  for (const std::string& token : ranks.bytes) odd += token.size() % 2 == 1 && token.size() > 1;

  EdgeTable table(pairs.size() + odd);
  for (const auto& [path, edge] : pairs)
    table.insert(pair_edge(nodes.at(path.substr(0, path.size() - 2)).number, pair_at(path, path.size() - 2)), edge);
  for (Token t = 0; t < ranks.bytes.size(); ++t) {
    const std::string_view token = ranks.bytes[t];
    if (token.size() % 2 == 0 || token.size() == 1) continue;
    const std::uint32_t node = nodes.at(token.substr(0, token.size() - 1)).number;
    table.insert(single_edge(node, static_cast<unsigned char>(token.back())), t + 1);
  }

  Trie trie;
  trie.bits = table.bits();
  trie.first.resize(0x10000);
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) {
      const std::string path{static_cast<char>(a), static_cast<char>(b)};
      trie.first[pair_at(path, 0)] = edge_into(ranks, nodes, path);
    }
  for (Token t = 0; t < ranks.bytes.size(); ++t)
    if (!ranks.bytes[t].empty() && walk(ranks, trie, table, ranks.bytes[t]) != t) fail("the trie loses rank " + std::to_string(t));
  trie.edges = table.take();
  return trie;
}

}  // namespace smartroute::token_tables
