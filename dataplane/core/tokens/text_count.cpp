#include "dataplane/core/tokens/text_count.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "dataplane/core/tokens/piece_count.hpp"
#include "dataplane/core/tokens/splitter.hpp"
#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {
namespace {

// As a number, the first of them lowest.
std::uint64_t eight_bytes(const unsigned char* at) noexcept {
  std::uint64_t number;
  std::memcpy(&number, at, sizeof number);
  if constexpr (std::endian::native == std::endian::big) number = __builtin_bswap64(number);
  return number;
}

// The pieces of a text, some at a time: what decides on each is fetched from memory while the next ones are cut.
class Batch {
 public:
  static constexpr std::size_t kPieces = 16;
  // Behind the beginning of a piece, for it is read without a look at its end.
  static constexpr std::ptrdiff_t kReadable = 8;

  explicit Batch(const Vocabulary& vocabulary) noexcept : vocabulary_(vocabulary) {}

  bool full() const noexcept { return size_ == kPieces; }
  void add(const unsigned char* begin, const unsigned char* end) noexcept {
    Entry& entry = entries_[size_++];
    entry.begin = begin;
    entry.end = end;
    const std::size_t length = entry.length();
    if (length <= tables::kShortWord) {
      entry.word.tail = tables::short_word(eight_bytes(begin), length);
      __builtin_prefetch(vocabulary_.home(entry.word.tail));
    } else if (length <= tables::kLongWord) {
      entry.word = tables::long_word(eight_bytes(begin), eight_bytes(end - 8), length);
      __builtin_prefetch(vocabulary_.home(entry.word));
    }
  }
  std::uint64_t count() noexcept {
    std::uint64_t tokens = 0;
    for (std::size_t i = 0; i < size_; ++i)
      tokens += frequent(entries_[i]) ? 1 : count_piece(vocabulary_, entries_[i].begin, entries_[i].end);
    size_ = 0;
    return tokens;
  }

 private:
  struct Entry {
    const unsigned char* begin;
    const unsigned char* end;
    tables::LongWord word;  // of a short one: `tail`

    std::size_t length() const noexcept { return static_cast<std::size_t>(end - begin); }
  };

  bool frequent(const Entry& entry) const noexcept {
    if (entry.length() <= tables::kShortWord) {
      const tables::ShortWord* home = vocabulary_.home(entry.word.tail);
      bool found = false;
      for (std::size_t i = 0; i < tables::kShortWays; ++i) found |= home[i] == entry.word.tail;
      return found;
    }
    if (entry.length() > tables::kLongWord) return false;
    const tables::LongWord* home = vocabulary_.home(entry.word);
    return home[0] == entry.word || home[1] == entry.word;
  }

  const Vocabulary& vocabulary_;
  std::size_t size_ = 0;
  std::array<Entry, kPieces> entries_;
};

enum class Until : std::uint8_t { End, OpenPiece };

template <Rules R, Until U>
Settled count_pieces(const Vocabulary& vocabulary, const unsigned char* const begin, const unsigned char* const end) noexcept {
  Batch batch(vocabulary);
  std::uint64_t tokens = 0;
  const unsigned char* at = begin;
  while (at != end) {
    const Piece piece = next_piece<R>(at, end);
    if (U == Until::OpenPiece && piece.open) break;
    if (end - at < Batch::kReadable) {
      tokens += count_piece(vocabulary, at, piece.end);
    } else {
      batch.add(at, piece.end);
      if (batch.full()) tokens += batch.count();
    }
    at = piece.end;
  }
  return {static_cast<std::size_t>(at - begin), tokens + batch.count()};
}

template <Until U>
Settled count_text(Encoding encoding, std::string_view text) noexcept {
  const auto* const begin = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = begin + text.size();
  const Vocabulary vocabulary(encoding);
  switch (rules_of(encoding)) {
    case Rules::O200k: return count_pieces<Rules::O200k, U>(vocabulary, begin, end);
    case Rules::Cl100k: return count_pieces<Rules::Cl100k, U>(vocabulary, begin, end);
    case Rules::Gpt2: break;
  }
  return count_pieces<Rules::Gpt2, U>(vocabulary, begin, end);
}

}  // namespace

std::uint64_t count_characters(Encoding encoding, std::string_view text) noexcept { return count_text<Until::End>(encoding, text).tokens; }

Settled count_settled(Encoding encoding, std::string_view text) noexcept { return count_text<Until::OpenPiece>(encoding, text); }

}  // namespace smartroute::tokens
