// The bytes of a vocabulary's tables: tools/token_tables writes them when the program is built, vocabulary.cpp reads them. One blob:
// this header, then the arrays at the offsets it names, in the byte order of the machine.
//
// Tokens are known by their ranks. A walk along the trie starts with two bytes, or with three where these are a character (most of Chinese,
// Japanese and Korean), and goes on by two at a time; an edge of one byte exists only where a token ends behind it. A node stands for the
// bytes so far where some longer token has them; node 0 is "nothing follows".
#pragma once
#include <cstddef>
#include <cstdint>

namespace smartroute::tokens::tables {

using Token = std::uint32_t;

inline constexpr std::size_t kAlignment = 64;
inline constexpr Token kByteTokens = 256;    // ranks below are the single bytes, in some order
inline constexpr std::size_t kMaxLongest = 128;  // bytes of the longest token of any vocabulary
inline constexpr unsigned kTokenBits = 18;
inline constexpr unsigned kNodeBits = 18;

struct Header {
  std::uint32_t trie_bits, merge_bits, filter_bits, reserved;
  // Offsets from the header.
  std::uint64_t pairs;    // Start[65536], by pair_of() the first two bytes; always with a token
  std::uint64_t characters;  // Start[65536], by character_of() the first three bytes; always with a token
  std::uint64_t trie;     // Edge[], open addressing from edge_home() on, ends with an empty one
  std::uint64_t merges;   // uint64[], open addressing: pair_key << kTokenBits | merged; ends with an empty one
  std::uint64_t filter;   // uint64[2^filter_bits / 64], a bit for each merge
  std::uint64_t made;     // Made[], by rank; some ranks may be unused
  std::uint64_t bytes;    // Token[256]
  std::uint64_t short_words;  // ShortWord[2^kShortWordBits], kShortWays from word_home() on
  std::uint64_t long_words;   // LongWord[2^kLongWordBits], kLongWays from word_home() on
};

// Kinds of bytes, fine enough that what a token merges with tells most others apart from it.
inline constexpr unsigned kByteKinds = 24;
constexpr unsigned byte_kind(unsigned char c) {
  if (c >= 'a' && c <= 'z') return (c - 'a') / 2U;
  if (c >= 'A' && c <= 'Z') return c < 'N' ? 13 : 14;
  if (c >= '0' && c <= '9') return 15;
  if (c == ' ') return 16;
  if (c < ' ') return 17;
  if (c < 0x80) return 18;
  if (c < 0xa0) return 19;
  if (c < 0xc0) return 20;
  if (c < 0xe0) return 21;
  return c < 0xf0 ? 22 : 23;
}

// How a token comes to be and what else is asked about it, side by side for the sake of the cache.
struct Made {
  std::uint64_t left : kTokenBits, right : kTokenBits;  // whose merge makes it; zeroes for single bytes
  std::uint64_t shorter : kTokenBits;  // the longest token that begins it and is not itself; itself if there is none
  std::uint64_t length : 8;            // bytes
  // A bit for each kind of byte that begins a token which this one merges with on the right, and that ends one on the left; and the kinds
  // of its own first and last byte.
  std::uint64_t before : kByteKinds, behind : kByteKinds, first : 8, last : 8;
};
static_assert(sizeof(Made) == 16);

constexpr std::uint32_t pair_of(unsigned char first, unsigned char second) {
  return first | static_cast<std::uint32_t>(second) << 8;
}

// Whether a character of three bytes begins with this one. In UTF-8 no other byte is like it.
constexpr bool begins_three(unsigned char byte) { return (byte & 0xf0) == 0xe0; }
constexpr std::uint32_t character_of(unsigned char a, unsigned char b, unsigned char c) { return (a & 0xfU) << 12 | (b & 0x3fU) << 6 | (c & 0x3fU); }

// Where a walk starts: an edge without a tag, but by how much its token is shorter than the bytes, and a bit for each of 64 kinds of pairs,
// set if such a pair may follow.
struct Start {
  std::uint64_t edge;
  std::uint64_t follow;
};
inline constexpr unsigned kShortByShift = 38;
constexpr std::uint64_t follow_bit(std::uint32_t pair) { return std::uint64_t{1} << (pair * 0x9e37'79b1U >> 26); }
constexpr std::uint32_t short_by(Start start) { return start.edge >> kShortByShift & 3; }

// An edge, from the top: 26 bits of the key's mix, the child node, whether it has edges of one byte, whether `token` ends one byte before
// this edge does, and 1 + the longest token that ends on this edge, 0 for none. 0: no edge.
using Edge = std::uint64_t;
inline constexpr unsigned kTagBits = 26;
inline constexpr unsigned kKeyBits = kNodeBits + 17;
inline constexpr Edge kEndsBefore = Edge{1} << kTokenBits;
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

// Frequent tokens by their bytes, to be found at once: most pieces of a text are one of these. Where too many have one home, the lower
// ranks live there. Keys hold the length, so that no two tokens have the same; `head` are the first eight bytes of a text, `tail` the last
// eight, the first of them lowest, and `head` may go on behind the word.
inline constexpr std::size_t kShortWord = 7, kLongWord = 15;  // bytes at most
inline constexpr unsigned kShortWordBits = 16, kLongWordBits = 14;
inline constexpr std::size_t kShortWays = 4, kLongWays = 2;  // half a cache line
using ShortWord = std::uint64_t;
struct LongWord {
  std::uint64_t head, tail;
  friend bool operator==(const LongWord&, const LongWord&) = default;
};
constexpr ShortWord short_word(std::uint64_t head, std::size_t length) { return head << (64 - 8 * length) | length; }
constexpr LongWord long_word(std::uint64_t head, std::uint64_t tail, std::size_t length) { return {head, (tail & ~std::uint64_t{0xff}) | length}; }
constexpr std::uint64_t word_home(ShortWord word) { return (word * 0x9e37'79b9'7f4a'7c15 >> (64 - kShortWordBits)) & ~(kShortWays - 1); }
constexpr std::uint64_t word_home(const LongWord& word) {
  return ((word.head * 0x9e37'79b9'7f4a'7c15 ^ word.tail) * 0xff51'afd7'ed55'8ccd >> (64 - kLongWordBits)) & ~(kLongWays - 1);
}

// Classes of characters: uint16[kBlocks], the number of its block by code point >> kBlockBits, then the blocks' bytes.
inline constexpr unsigned kBlockBits = 7;
inline constexpr std::size_t kBlocks = 0x110000 >> kBlockBits;

}  // namespace smartroute::tokens::tables
