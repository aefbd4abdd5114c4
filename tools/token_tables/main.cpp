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

// Two bits of filter in eight for a merge: one pair in ten that does not merge is looked up in vain.
constexpr unsigned kFilterBitsPerMerge = 8;
constexpr std::size_t kSpareMerges = 1024;

void append_merges(std::string& blob, Header& header, const Merges& merges) {
  header.merge_bits = static_cast<unsigned>(std::bit_width(merges.merged.size() + merges.merged.size() / 8));
  header.filter_bits = static_cast<unsigned>(std::bit_width(merges.merged.size() * kFilterBitsPerMerge));
  std::vector<std::uint64_t> slots((std::size_t{1} << header.merge_bits) + kSpareMerges);
  std::vector<std::uint64_t> filter((std::size_t{1} << header.filter_bits) / 64);
  for (const auto& [key, token] : merges.merged) {
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

std::string vocabulary(const std::string& file) {
  const Ranks ranks = read_ranks(file);
  const Merges merges = find_merges(ranks);
  const Trie trie = build_trie(ranks);
  std::vector<std::uint8_t> lengths;
  for (const std::string& bytes : ranks.bytes) lengths.push_back(static_cast<std::uint8_t>(bytes.size()));
  std::vector<Token> bytes(256);
  for (unsigned b = 0; b < 256; ++b) {
    const std::string byte(1, static_cast<char>(b));
    const auto found = ranks.rank_of.find(byte);
    if (found == ranks.rank_of.end()) fail(file + " lacks a byte");
    bytes[b] = found->second;
  }

  Header header{};
  header.magic = kMagic;
  header.tokens = static_cast<std::uint32_t>(ranks.bytes.size());
  header.longest = static_cast<std::uint32_t>(ranks.longest);
  header.trie_bits = trie.bits;
  std::string blob(sizeof header, '\0');
  header.first = append(blob, trie.first);
  header.trie = append(blob, trie.edges);
  append_merges(blob, header, merges);
  header.splits = append(blob, merges.splits);
  header.shorter = append(blob, merges.shorter);
  header.lengths = append(blob, lengths);
  header.bytes = append(blob, bytes);
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
