#include "dataplane/core/tokens/piece_count.hpp"

#include <array>
#include <bitset>
#include <cstring>
#include <optional>

#include "dataplane/core/tokens/prefix_walk.hpp"

namespace smartroute::tokens {
namespace {

constexpr std::size_t kWord = 64;
constexpr std::size_t kWindow = 4096;
constexpr std::size_t kRepeated = 256;
static_assert(kWord < kRepeated);

// Takes the longest token that goes with the one before; where none does, takes back the one before and marks the place, so that no place
// is tried twice. Remembers the last Window bytes only: on what would lead further back it gives up. Whatever it finds is the encoding,
// since all neighbours go with each other; a text shorter than the window and than kRepeated it always encodes.
template <std::size_t Window>
class Search {
 public:
  Search(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept
      : vocabulary_(vocabulary), text_(text), size_(static_cast<std::size_t>(end - text)) {}

  // From the longest token at the beginning on.
  std::optional<std::uint64_t> run(Vocabulary::Match match) noexcept {
    // The longest one at each place is nearly always right, and while it is, nothing is given up.
    for (;;) {
      if (tokens_ > 0 && !vocabulary_.compatible_with_longest(last(), match.token)) break;
      push(match);
      if (at_ == size_) return tokens_;
      match = longest();
    }
    furthest_ = at_;
    for (;;) {
      if (take(match)) {
        if (at_ == size_) return tokens_;
        match = repeats() ? Vocabulary::Match{last(), vocabulary_.length(last())} : longest();
      } else {
        if (tokens_ == 0) return std::nullopt;
        match = take_back();
        if (forgotten()) return std::nullopt;
      }
    }
  }

 private:
  Token last() const noexcept { return stack_[(tokens_ - 1) % Window]; }
  Vocabulary::Match longest() const noexcept { return vocabulary_.longest(text_ + at_, text_ + size_); }
  // Whether the last token stands there twice and the text goes on as it does for a while: another one is likely then. In long runs of one
  // byte the longest tokens are wrong nearly everywhere. Trying this one alone may miss the encoding, but what is found is right.
  bool repeats() const noexcept {
    if (size_ < at_ + kRepeated || tokens_ < 2 || stack_[(tokens_ - 2) % Window] != last()) return false;
    const unsigned char* const next = text_ + at_;
    return std::memcmp(next - vocabulary_.length(last()), next, kRepeated) == 0;
  }
  void push(Vocabulary::Match match) noexcept {
    stack_[tokens_++ % Window] = match.token;
    at_ += match.length;
  }

  // The longest token among `match` and those it begins with that goes with the one before and leads to a place not given up.
  bool take(Vocabulary::Match match) noexcept {
    for (;;) {
      if (!given_up(at_ + match.length) && (tokens_ == 0 || vocabulary_.compatible(last(), match.token))) {
        push(match);
        while (furthest_ < at_) given_up_[++furthest_ % Window] = false;
        return true;
      }
      const Token shorter = vocabulary_.shorter(match.token);
      if (shorter == match.token) return false;
      match = {shorter, vocabulary_.length(shorter)};
    }
  }

  Vocabulary::Match take_back() noexcept {
    given_up_[at_ % Window] = true;
    const Token token = stack_[--tokens_ % Window];
    const std::size_t length = vocabulary_.length(token);
    at_ -= length;
    return {token, length};
  }

  // Whether it has gone back further than it remembers places, tokens, and the token before them.
  bool forgotten() const noexcept { return size_ >= Window && at_ + Window <= furthest_ + tables::kMaxLongest; }
  bool given_up(std::size_t place) const noexcept { return place <= furthest_ && given_up_[place % Window]; }

  const Vocabulary& vocabulary_;
  const unsigned char* text_;
  std::size_t size_;
  std::size_t at_ = 0, furthest_ = 0;
  std::uint64_t tokens_ = 0;
  std::bitset<Window> given_up_;
  std::array<Token, Window> stack_;
};

}  // namespace

std::uint64_t count_piece(const Vocabulary& vocabulary, const unsigned char* text, const unsigned char* end) noexcept {
  const Vocabulary::Match first = vocabulary.longest(text, end);
  if (text + first.length == end) return 1;
  // Nearly all pieces are words, for which little is to be set up.
  if (end - text < static_cast<std::ptrdiff_t>(kWord)) return *Search<kWord>(vocabulary, text, end).run(first);
  if (const auto tokens = Search<kWindow>(vocabulary, text, end).run(first)) return *tokens;
  PrefixWalk walk;
  for (; text != end; ++text) walk.push(vocabulary, *text);
  return walk.tokens();
}

}  // namespace smartroute::tokens
