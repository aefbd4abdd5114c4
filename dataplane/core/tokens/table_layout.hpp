// The bytes of a vocabulary's tables: tools/token_tables writes them when the program is built, vocabulary.cpp reads them. One blob:
// this header, then the arrays at the offsets it names, in the byte order of the machine.
//
// Tokens are known by their ranks. Node 0 of the trie is "nothing follows"; a node stands for a beginning of even length >= 2 that some
// longer token has. Edges are taken two bytes at a time; an edge of one byte exists only where a token of odd length ends.
#pragma once
#include <cstddef>
#include <cstdint>

namespace smartroute::tokens::tables {

using Token = std::uint32_t;

inline constexpr std::uint64_t kMagic = 0x3130'6c62'7474'7273;  // "srttbl01"
inline constexpr std::size_t kAlignment = 64;
inline constexpr Token kByteTokens = 256;    // ranks below are the single bytes, in some order
inline constexpr std::size_t kMaxLongest = 128;  // bytes of the longest token of any vocabulary
inline constexpr unsigned kTokenBits = 18;
inline constexpr unsigned kNodeBits = 18;

struct Header {
  std::uint64_t magic;
  std::uint32_t tokens;   // ranks 0..tokens-1; some may be unused
  std::uint32_t longest;  // bytes
  std::uint32_t trie_bits, merge_bits, filter_bits, reserved;
  // Offsets from the header.
  std::uint64_t first;    // Edge[65536], by the first two bytes; always with a token
  std::uint64_t trie;     // Edge[], open addressing from edge_home() on, ends with an empty one
  std::uint64_t merges;   // uint64[], open addressing: pair_key << kTokenBits | merged; ends with an empty one
  std::uint64_t filter;   // uint64[2^filter_bits / 64], a bit for each merge
  std::uint64_t splits;   // Split[tokens]: the two tokens whose merge made this one; single bytes: zeroes
  std::uint64_t shorter;  // Token[tokens]: the longest token that begins this one and is shorter, itself if none
  std::uint64_t lengths;  // uint8[tokens], bytes
  std::uint64_t bytes;    // Token[256]
};

struct Split {
  Token left, right;
};

constexpr std::uint32_t pair_of(unsigned char first, unsigned char second) {
  return first | static_cast<std::uint32_t>(second) << 8;
}

// An edge, from the top: 26 bits of the key's mix, the child node, whether tokens of odd length end right behind the child, whether `token`
// ends one byte before this edge does, and 1 + the longest token that ends on this edge, 0 for none. 0: no edge.
using Edge = std::uint64_t;
inline constexpr unsigned kTagBits = 26;
inline constexpr unsigned kKeyBits = kNodeBits + 17;
inline constexpr Edge kOddEnd = Edge{1} << kTokenBits;
inline constexpr Edge kSinglesFollow = Edge{1} << (kTokenBits + 1);
inline constexpr unsigned kChildShift = kTokenBits + 2;

constexpr std::uint64_t pair_edge(std::uint32_t node, std::uint32_t pair) { return std::uint64_t{node} << 17 | pair; }
constexpr std::uint64_t single_edge(std::uint32_t node, unsigned char byte) { return std::uint64_t{node} << 17 | 0x10000 | byte; }
// One to one on keys, so that home and tag together are the key: the tag overlaps the home's low bits, and no edge is displaced by as
// much as these can count.
constexpr std::uint64_t edge_mix(std::uint64_t key) {
  return key * 0x5'9e37'79b1 & ((std::uint64_t{1} << kKeyBits) - 1);
}
constexpr std::uint64_t edge_home(std::uint64_t mix, unsigned trie_bits) { return mix >> (kKeyBits - trie_bits); }
constexpr Edge edge_tag(std::uint64_t mix) { return mix << (64 - kTagBits); }
constexpr bool same_tag(Edge edge, Edge tag) { return (edge ^ tag) >> (64 - kTagBits) == 0; }
constexpr std::uint32_t child_of(Edge edge) { return edge >> kChildShift & ((1U << kNodeBits) - 1); }
constexpr std::uint32_t token_and_one(Edge edge) { return edge & ((1U << kTokenBits) - 1); }

constexpr std::uint64_t pair_key(Token left, Token right) { return std::uint64_t{left} << kTokenBits | right; }
constexpr std::uint64_t pair_mix(std::uint64_t key) { return key * 0x9e37'79b9'7f4a'7c15; }
constexpr std::uint64_t filter_bit(std::uint64_t mix, unsigned filter_bits) { return mix >> (64 - filter_bits); }
constexpr std::uint64_t merge_home(std::uint64_t mix, unsigned merge_bits) { return mix >> 18 & ((std::uint64_t{1} << merge_bits) - 1); }

// Classes of characters: uint16[kPlanes] blocks by code point >> kBlockBits, then the blocks' bytes.
inline constexpr unsigned kBlockBits = 7;
inline constexpr std::size_t kBlocks = 0x110000 >> kBlockBits;

}  // namespace smartroute::tokens::tables
