#include "dataplane/core/tokens/text_count.hpp"

#include "dataplane/core/tokens/piece_count.hpp"
#include "dataplane/core/tokens/splitter.hpp"
#include "dataplane/core/tokens/vocabulary.hpp"

namespace smartroute::tokens {
namespace {

template <Rules R>
std::uint64_t count_all(const Vocabulary vocabulary, const unsigned char* at, const unsigned char* const end) noexcept {
  std::uint64_t tokens = 0;
  while (at != end) {
    const Piece piece = next_piece<R>(at, end);
    tokens += count_piece(vocabulary, at, piece.end);
    at = piece.end;
  }
  return tokens;
}

template <Rules R>
Settled count_closed(const Vocabulary vocabulary, const unsigned char* const begin, const unsigned char* const end) noexcept {
  Settled settled;
  const unsigned char* at = begin;
  while (at != end) {
    const Piece piece = next_piece<R>(at, end);
    if (piece.open) break;
    settled.tokens += count_piece(vocabulary, at, piece.end);
    at = piece.end;
  }
  settled.bytes = static_cast<std::size_t>(at - begin);
  return settled;
}

const unsigned char* bytes_of(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::uint64_t count_characters(Encoding encoding, std::string_view text) noexcept {
  const unsigned char* const begin = bytes_of(text);
  const unsigned char* const end = begin + text.size();
  const Vocabulary vocabulary(encoding);
  switch (rules_of(encoding)) {
    case Rules::O200k: return count_all<Rules::O200k>(vocabulary, begin, end);
    case Rules::Cl100k: return count_all<Rules::Cl100k>(vocabulary, begin, end);
    case Rules::Gpt2: break;
  }
  return count_all<Rules::Gpt2>(vocabulary, begin, end);
}

Settled count_settled(Encoding encoding, std::string_view text) noexcept {
  const unsigned char* const begin = bytes_of(text);
  const unsigned char* const end = begin + text.size();
  const Vocabulary vocabulary(encoding);
  switch (rules_of(encoding)) {
    case Rules::O200k: return count_closed<Rules::O200k>(vocabulary, begin, end);
    case Rules::Cl100k: return count_closed<Rules::Cl100k>(vocabulary, begin, end);
    case Rules::Gpt2: break;
  }
  return count_closed<Rules::Gpt2>(vocabulary, begin, end);
}

}  // namespace smartroute::tokens
