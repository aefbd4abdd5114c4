#include "dataplane/core/tokens/piece_count.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>

#include "dataplane/core/tokens/prefix_walk.hpp"

namespace smartroute::tokens {
namespace {

// Takes the longest token that goes with the one before; where none does, takes back the one before and marks the place, so that no place
// is tried twice. Remembers the last kWindow bytes only: on what would lead further back it gives up, which no known text makes it do.
class Search {
 public:
  Search(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept
      : vocabulary_(vocabulary), text_(text), size_(static_cast<std::size_t>(end - text)) {}

  std::optional<std::uint64_t> run() noexcept {
    Token next = longest(0);
    for (;;) {
      if (take(next)) {
        if (at_ == size_) return tokens_;
        next = longest(at_);
        continue;
      }
      if (tokens_ == 0 || !take_back()) return std::nullopt;
      next = last_taken_back_;
    }
  }

 private:
  static constexpr std::size_t kWindow = 4096;

  Token longest(std::size_t at) const noexcept { return vocabulary_.longest(text_ + at, text_ + size_).token; }

  // The longest of `token` and those it begins with that leads to a place not given up.
  bool take(Token token) noexcept {
    const bool first = tokens_ == 0;
    const Token before = first ? 0 : stack_[(tokens_ - 1) % kWindow];
    for (;;) {
      const std::size_t end = at_ + vocabulary_.length(token);
      if (!given_up(end) && (first || vocabulary_.compatible(before, token))) {
        stack_[tokens_++ % kWindow] = token;
        at_ = end;
        if (at_ > furthest_) advance();
        return true;
      }
      const Token shorter = vocabulary_.shorter(token);
      if (shorter == token) return false;
      token = shorter;
    }
  }

  bool take_back() noexcept {
    given_up_[at_ % kWindow] = true;
    last_taken_back_ = stack_[--tokens_ % kWindow];
    at_ -= vocabulary_.length(last_taken_back_);
    // Places and tokens of this much are still remembered, and the token before them.
    return at_ + kWindow > furthest_ + tables::kMaxLongest;
  }

  bool given_up(std::size_t place) const noexcept { return place <= furthest_ && given_up_[place % kWindow]; }
  void advance() noexcept {
    while (furthest_ < at_) given_up_[++furthest_ % kWindow] = false;
  }

  const Vocabulary& vocabulary_;
  const unsigned char* text_;
  std::size_t size_;
  std::size_t at_ = 0, furthest_ = 0;
  std::uint64_t tokens_ = 0;
  Token last_taken_back_ = 0;
  std::bitset<kWindow> given_up_;
  std::array<Token, kWindow> stack_;
};

}  // namespace

std::uint64_t search_piece(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept {
  if (const auto tokens = Search(vocabulary, text, end).run()) return *tokens;
  PrefixWalk walk;
  for (; text != end; ++text) walk.push(vocabulary, *text);
  return walk.tokens();
}

}  // namespace smartroute::tokens
