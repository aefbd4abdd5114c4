#include "dataplane/core/tokens/vocabulary.hpp"

#include "dataplane/core/tokens/token_tables.hpp"

namespace smartroute::tokens {

Vocabulary::Vocabulary(Encoding encoding) noexcept {
  const unsigned char* blob = vocabulary_tables(encoding);
  const auto* header = reinterpret_cast<const tables::Header*>(blob);
  first_ = reinterpret_cast<const Edge*>(blob + header->first);
  trie_ = reinterpret_cast<const Edge*>(blob + header->trie);
  merges_ = reinterpret_cast<const std::uint64_t*>(blob + header->merges);
  filter_ = reinterpret_cast<const std::uint64_t*>(blob + header->filter);
  splits_ = reinterpret_cast<const tables::Split*>(blob + header->splits);
  shorter_ = reinterpret_cast<const Token*>(blob + header->shorter);
  lengths_ = blob + header->lengths;
  bytes_ = reinterpret_cast<const Token*>(blob + header->bytes);
  trie_shift_ = tables::kKeyBits - header->trie_bits;
  filter_shift_ = 64 - header->filter_bits;
  merge_bits_ = header->merge_bits;
}

}  // namespace smartroute::tokens
