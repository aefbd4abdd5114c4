#include "dataplane/core/tokens/vocabulary.hpp"

#include "dataplane/core/tokens/token_tables.hpp"

namespace smartroute::tokens {

Vocabulary::Vocabulary(Encoding encoding) noexcept {
  const unsigned char* blob = vocabulary_tables(encoding);
  const auto* header = reinterpret_cast<const tables::Header*>(blob);
  pairs_ = reinterpret_cast<const tables::Start*>(blob + header->pairs);
  characters_ = reinterpret_cast<const tables::Start*>(blob + header->characters);
  trie_ = reinterpret_cast<const Edge*>(blob + header->trie);
  merges_ = reinterpret_cast<const std::uint64_t*>(blob + header->merges);
  filter_ = reinterpret_cast<const std::uint64_t*>(blob + header->filter);
  made_ = reinterpret_cast<const tables::Made*>(blob + header->made);
  bytes_ = reinterpret_cast<const Token*>(blob + header->bytes);
  short_words_ = reinterpret_cast<const tables::ShortWord*>(blob + header->short_words);
  long_words_ = reinterpret_cast<const tables::LongWord*>(blob + header->long_words);
  trie_shift_ = tables::kKeyBits - header->trie_bits;
  filter_shift_ = 64 - header->filter_bits;
  merge_bits_ = header->merge_bits;
}

}  // namespace smartroute::tokens
