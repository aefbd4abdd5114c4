// Writes the tables that the token counting carries in the program (dataplane/core/tokens/table_layout.hpp). Run by the build:
//
//   token_tables vocabulary RANKS.tiktoken OUT     of an encoding
//   token_tables classes RANGES.txt OUT            of characters
//
// Everything the tables promise is checked while they are made; a table that breaks a promise is not written.
#include <bit>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/tokens/table_layout.hpp"
#include "tools/token_tables/classes.hpp"
#include "tools/token_tables/ranks.hpp"
#include "tools/token_tables/trie.hpp"

namespace smartroute::token_tables {
namespace {

using namespace tokens::tables;

template <class T>
std::uint64_t append(std::string& blob, const std::vector<T>& array) {
  blob.resize((blob.size() + kAlignment - 1) / kAlignment * kAlignment);
  const std::uint64_t at = blob.size();
  blob.append(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T));
  return at;
}

// One pair in ten that does not merge is looked up in vain then.
constexpr unsigned kFilterBitsPerMerge = 8;
constexpr std::size_t kSpareMerges = 1024;

void append_merges(std::string& blob, Header& header, const Merges& merges) {
  header.merge_bits = static_cast<unsigned>(std::bit_width(merges.merged.size() + merges.merged.size() / 8));
  header.filter_bits = static_cast<unsigned>(std::bit_width(merges.merged.size() * kFilterBitsPerMerge));
  std::vector<std::uint64_t> slots((std::size_t{1} << header.merge_bits) + kSpareMerges);
  std::vector<std::uint64_t> filter((std::size_t{1} << header.filter_bits) / 64);
  // In the order of the ranks: what is frequent lies where it is looked for first.
  for (Token token = kByteTokens; token < merges.made.size(); ++token) {
    const Made made = merges.made[token];
    const std::uint64_t key = pair_key(made.left, made.right);
    if (const auto found = merges.merged.find(key); found == merges.merged.end() || found->second != token) continue;
    const std::uint64_t mix = pair_mix(key);
    std::uint64_t at = merge_home(mix, header.merge_bits);
    while (slots[at] != 0) ++at;
    if (at + 1 >= slots.size()) fail("the table of merges is too full at its end");
    slots[at] = key << kTokenBits | token;
    const std::uint64_t bit = filter_bit(mix, header.filter_bits);
    filter[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  header.merges = append(blob, slots);
  header.filter = append(blob, filter);
}

// `bytes` as a number, the first of them lowest.
std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

template <class Word>
void settle(std::vector<Word>& words, const Word& word, std::size_t ways) {
  Word* home = &words[word_home(word)];
  for (std::size_t i = 0; i < ways; ++i)
    if (home[i] == Word{}) {
      home[i] = word;
      return;
    }
}

void append_words(std::string& blob, Header& header, const Ranks& ranks) {
  std::vector<ShortWord> short_words(std::size_t{1} << kShortWordBits);
  std::vector<LongWord> long_words(std::size_t{1} << kLongWordBits);
  for (const std::string& token : ranks.bytes) {
    const std::size_t size = token.size();
    if (size == 0 || size > kLongWord) continue;
    if (size <= kShortWord) settle(short_words, short_word(number_of(token), size), kShortWays);
    else settle(long_words, long_word(number_of(token.substr(0, 8)), number_of(token.substr(size - 8)), size), kLongWays);
  }
  header.short_words = append(blob, short_words);
  header.long_words = append(blob, long_words);
}

std::string vocabulary(const std::string& file) {
  const Ranks ranks = read_ranks(file);
  const Merges merges = find_merges(ranks);
  const Trie trie = build_trie(ranks);
  std::vector<Token> bytes(256);
  for (unsigned b = 0; b < 256; ++b) {
    const std::string byte(1, static_cast<char>(b));
    const auto found = ranks.rank_of.find(byte);
    if (found == ranks.rank_of.end()) fail(file + " lacks a byte");
    bytes[b] = found->second;
  }

  Header header{};
  header.trie_bits = trie.bits;
  std::string blob(sizeof header, '\0');
  header.pairs = append(blob, trie.pairs);
  header.characters = append(blob, trie.characters);
  header.trie = append(blob, trie.edges);
  append_merges(blob, header, merges);
  header.made = append(blob, merges.made);
  header.bytes = append(blob, bytes);
  append_words(blob, header, ranks);
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + blob.substr(sizeof header);
}

int run(int argc, char** argv) {
  const std::string_view what = argc == 4 ? argv[1] : "";
  if (what != "vocabulary" && what != "classes") fail("use: token_tables vocabulary|classes IN OUT");
  const std::string blob = what == "vocabulary" ? vocabulary(argv[2]) : build_classes(argv[2]);
  std::ofstream out(argv[3], std::ios::binary);
  if (!out.write(blob.data(), static_cast<std::streamsize>(blob.size())).flush()) fail(std::string("cannot write ") + argv[3]);
  return 0;
}

}  // namespace
}  // namespace smartroute::token_tables

int main(int argc, char** argv) { return smartroute::token_tables::run(argc, argv); }
