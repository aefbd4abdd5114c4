// The tokens of an encoding and how they may stand side by side. A view of tables that are part of the program; costs nothing to copy.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>

#include "dataplane/core/tokens/encoding.hpp"
#include "dataplane/core/tokens/table_layout.hpp"

namespace smartroute::tokens {

using Token = tables::Token;

class Vocabulary {
 public:
  explicit Vocabulary(Encoding encoding) noexcept;

  struct Match {
    Token token;
    std::size_t length;
  };
  // The longest token that the text begins with. `text` < `end`.
  Match longest(const unsigned char* text, const unsigned char* end) const noexcept;

  // Where a piece is if it is one of the frequent tokens: among the kShortWays or kLongWays from there on.
  const tables::ShortWord* home(tables::ShortWord piece) const noexcept { return short_words_ + tables::word_home(piece); }
  const tables::LongWord* home(const tables::LongWord& piece) const noexcept { return long_words_ + tables::word_home(piece); }

  // Whether byte pair encoding of the two tokens' bytes ends in these two. A row of tokens is the encoding of its bytes if and only if
  // that holds for all neighbours.
  //
  // It is found by taking back the merges that made the two, the last one first: whenever the pair that then touches the border makes a
  // token earlier than the side it came from was made, the encoding would have merged across. Of equal ranks the left one merges first,
  // hence the one more on the right.
  bool compatible(Token left, Token right) const noexcept;
  // The same of a left one that was the longest where it stands: the two do not merge, or their sum would have been longer.
  bool compatible_with_longest(Token left, Token right) const noexcept;

  // The longest token that `token` begins with but is not; `token` itself if there is none.
  Token shorter(Token token) const noexcept { return made_[token].shorter; }
  std::size_t length(Token token) const noexcept { return made_[token].length; }

  // A walk along the trie, byte by byte, from Walk{} on.
  struct Walk {
    std::uint32_t node;
    unsigned char held[2];
    std::uint8_t depth;  // bytes taken
    std::uint8_t start;  // bytes it starts with
  };
  static constexpr Token kNone = std::numeric_limits<Token>::max();
  struct Step {
    Token token;  // that ends here, or kNone
    bool alive;   // longer tokens may follow
  };
  Step step(Walk& walk, unsigned char byte) const noexcept;

 private:
  using Edge = tables::Edge;
  Edge edge(std::uint64_t key) const noexcept {
    const std::uint64_t mix = tables::edge_mix(key);
    const Edge tag = tables::edge_tag(mix);
    const Edge* at = trie_ + (mix >> trie_shift_);
    while (*at != 0 && !tables::same_tag(*at, tag)) ++at;
    return *at;
  }
  // Whether they merge, to a token below `limit`.
  bool merges_below(Token left, Token right, Token limit) const noexcept {
    const std::uint64_t key = tables::pair_key(left, right);
    const std::uint64_t mix = tables::pair_mix(key);
    const std::uint64_t bit = mix >> filter_shift_;
    if ((filter_[bit / 64] >> bit % 64 & 1) == 0) return false;
    const std::uint64_t* at = merges_ + tables::merge_home(mix, merge_bits_);
    while (*at != 0 && *at >> tables::kTokenBits != key) ++at;
    return *at != 0 && (*at & ((1U << tables::kTokenBits) - 1)) < limit;
  }

  const tables::Start* pairs_;
  const tables::Start* characters_;
  const Edge* trie_;
  const std::uint64_t* merges_;
  const std::uint64_t* filter_;
  const tables::Made* made_;
  const Token* bytes_;
  const tables::ShortWord* short_words_;
  const tables::LongWord* long_words_;
  unsigned trie_shift_, filter_shift_, merge_bits_;
};

inline Vocabulary::Match Vocabulary::longest(const unsigned char* text, const unsigned char* end) const noexcept {
  using namespace tables;
  const std::size_t size = static_cast<std::size_t>(end - text);
  if (size == 1) return {bytes_[*text], 1};
  const bool three = begins_three(*text) && size >= 3;
  const Start& start = three ? characters_[character_of(text[0], text[1], text[2])] : pairs_[pair_of(text[0], text[1])];
  std::size_t depth = three ? 3 : 2;
  std::uint32_t best = token_and_one(start.edge);
  std::size_t length = depth - short_by(start);
  bool pair_may_follow = depth + 2 <= size && start.follow & follow_bit(pair_of(text[depth], text[depth + 1]));
  Edge at = start.edge;
  while (const std::uint32_t node = child_of(at)) {
    if (pair_may_follow) {
      const Edge next = edge(pair_edge(node, pair_of(text[depth], text[depth + 1])));
      if (next != 0) {
        at = next;
        depth += 2;
        pair_may_follow = depth + 2 <= size;
        if (const std::uint32_t token = token_and_one(at)) {
          best = token;
          length = at & kEndsBefore ? depth - 1 : depth;
        }
        continue;
      }
    }
    if (depth < size && at & kSinglesFollow) {
      if (const Edge next = edge(single_edge(node, text[depth]))) {
        best = token_and_one(next);
        length = depth + 1;
      }
    }
    break;
  }
  return {best - 1, length};
}

inline bool Vocabulary::compatible(Token left, Token right) const noexcept {
  return !merges_below(left, right, std::numeric_limits<Token>::max()) && compatible_with_longest(left, right);
}

inline bool Vocabulary::compatible_with_longest(Token left, Token right) const noexcept {
  using tables::kByteTokens;
  tables::Made on_left = made_[left], on_right = made_[right];
  // However far the merges are taken back, these two bytes stay where they touch.
  const std::uint64_t touch_left = 1U << on_left.last, touch_right = 1U << on_right.first;
  for (;;) {
    Token limit;
    if (left > right) {
      if (left < kByteTokens) return true;
      limit = left;
      left = on_left.right;
      on_left = made_[left];
    } else {
      if (right < kByteTokens) return true;
      limit = right + 1;
      right = on_right.left;
      on_right = made_[right];
    }
    if (on_left.before & touch_right && on_right.behind & touch_left && merges_below(left, right, limit)) return false;
  }
}

inline Vocabulary::Step Vocabulary::step(Walk& walk, unsigned char byte) const noexcept {
  using namespace tables;
  const unsigned depth = walk.depth++;
  if (depth == 0) {
    walk.start = begins_three(byte) ? 3 : 2;
    walk.held[0] = byte;
    return {bytes_[byte], true};
  }
  if (depth < walk.start) {
    const Start& at = depth == 1 ? pairs_[pair_of(walk.held[0], byte)] : characters_[character_of(walk.held[0], walk.held[1], byte)];
    walk.held[1] = byte;
    walk.node = child_of(at.edge);
    const bool started = walk.depth == walk.start;
    return {short_by(at) == 0 ? token_and_one(at.edge) - 1 : kNone, !started || walk.node != 0};
  }
  if ((depth - walk.start) % 2 == 0) {
    walk.held[0] = byte;
    const Edge single = edge(single_edge(walk.node, byte));
    return {single == 0 ? kNone : token_and_one(single) - 1, true};
  }
  const Edge at = edge(pair_edge(walk.node, pair_of(walk.held[0], byte)));
  walk.node = child_of(at);
  const bool ends_here = token_and_one(at) != 0 && !(at & kEndsBefore);
  return {ends_here ? token_and_one(at) - 1 : kNone, walk.node != 0};
}

}  // namespace smartroute::tokens
