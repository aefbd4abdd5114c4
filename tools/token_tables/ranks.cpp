#include "tools/token_tables/ranks.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>

namespace smartroute::token_tables {
namespace {

using namespace tokens::tables;

constexpr Token kTokenMask = (1U << kTokenBits) - 1;
constexpr std::uint32_t kKindMask = (1U << kByteKinds) - 1;

std::string base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    int value = 0;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    else if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    else if (c >= '0' && c <= '9') value = c - '0' + 52;
    else if (c == '+') value = 62;
    else if (c == '/') value = 63;
    else if (c == '=') break;
    else fail("a rank file holds something that is not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  return out;
}

// Whether merging by the ranks known in `merges` keeps the border between the two: see vocabulary.hpp.
bool compatible(const Merges& merges, Token left, Token right) {
  Token limit = std::numeric_limits<Token>::max();
  for (;;) {
    const auto found = merges.merged.find(pair_key(left, right));
    if (found != merges.merged.end() && found->second < limit) return false;
    if (left > right) {
      if (left < kByteTokens) return true;
      limit = left;
      left = merges.made[left].right;
    } else {
      if (right < kByteTokens) return true;
      limit = right + 1;
      right = merges.made[right].left;
    }
  }
}

// Byte pair encoding as it is defined: again and again the leftmost of the pairs with the lowest rank.
bool encodes_to_itself(const Ranks& ranks, std::string_view bytes) {
  std::vector<std::size_t> starts(bytes.size() + 1);
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = i;
  std::vector<Token> pairs;
  const auto pair_at = [&](std::size_t i) {
    if (i + 2 >= starts.size()) return std::numeric_limits<Token>::max();
    const auto found = ranks.rank_of.find(bytes.substr(starts[i], starts[i + 2] - starts[i]));
    return found == ranks.rank_of.end() ? std::numeric_limits<Token>::max() : found->second;
  };
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) pairs.push_back(pair_at(i));
  while (starts.size() > 2) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < pairs.size(); ++i)
      if (pairs[i] < pairs[best]) best = i;
    if (pairs[best] == std::numeric_limits<Token>::max()) return false;
    starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(best));
    pairs[best] = pair_at(best);
    if (best > 0) pairs[best - 1] = pair_at(best - 1);
  }
  return true;
}

// What each token merges with, by the kinds of the bytes that touch.
void note_kinds(const Ranks& ranks, Merges& merges) {
  const auto kind = [](char byte) { return byte_kind(static_cast<unsigned char>(byte)); };
  for (Token t = 0; t < ranks.bytes.size(); ++t) {
    if (ranks.bytes[t].empty()) continue;
    merges.made[t].first = kind(ranks.bytes[t].front()) & 0xff;
    merges.made[t].last = kind(ranks.bytes[t].back()) & 0xff;
  }
  for (const auto& [key, merged] : merges.merged) {
    Made& left = merges.made[merges.made[merged].left];
    Made& right = merges.made[merges.made[merged].right];
    left.before = (left.before | 1U << right.first) & kKindMask;
    right.behind = (right.behind | 1U << left.last) & kKindMask;
  }
}

}  // namespace

void fail(const std::string& what) {
  std::fprintf(stderr, "token_tables: %s\n", what.c_str());
  std::exit(1);
}

Ranks read_ranks(const std::string& file) {
  std::ifstream in(file);
  if (!in) fail("cannot read " + file);
  Ranks ranks;
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos) fail(file + " has a line without a rank");
    const unsigned long rank = std::strtoul(line.c_str() + space + 1, nullptr, 10);
    if (rank + 1 >= 1U << kTokenBits) fail(file + " has a rank that does not fit");
    if (rank >= ranks.bytes.size()) ranks.bytes.resize(rank + 1);
    std::string& bytes = ranks.bytes[rank];
    if (!bytes.empty()) fail(file + " has a rank twice");
    bytes = base64(std::string_view(line).substr(0, space));
    if (bytes.empty() || bytes.size() > kMaxLongest) fail(file + " has a token that is empty or too long");
    if ((bytes.size() == 1) != (rank < kByteTokens)) fail(file + " has single bytes elsewhere than in its first 256 ranks");
    ++count;
  }
  if (count < kByteTokens) fail(file + " is too short");
  for (Token t = 0; t < ranks.bytes.size(); ++t)
    if (!ranks.bytes[t].empty()) ranks.rank_of.emplace(ranks.bytes[t], t);
  if (ranks.rank_of.size() != count) fail(file + " has a token twice");
  return ranks;
}

Merges find_merges(const Ranks& ranks) {
  Merges merges;
  merges.made.resize(ranks.bytes.size());
  merges.merged.reserve(ranks.bytes.size());
  for (Token t = 0; t < ranks.bytes.size(); ++t) {
    const std::string_view bytes = ranks.bytes[t];
    Made& made = merges.made[t];
    made.shorter = t & kTokenMask;
    made.length = bytes.size();
    bool split = bytes.size() < 2;  // found what it is made of
    for (std::size_t size = bytes.size(); size-- > 1;) {
      const auto left = ranks.rank_of.find(bytes.substr(0, size));
      if (left == ranks.rank_of.end()) continue;
      if (made.shorter == t) made.shorter = left->second & kTokenMask;
      if (split) break;
      const auto right = ranks.rank_of.find(bytes.substr(size));
      if (right == ranks.rank_of.end() || left->second >= t || right->second >= t) continue;
      if (!compatible(merges, left->second, right->second)) continue;
      made.left = left->second & kTokenMask;
      made.right = right->second & kTokenMask;
      split = merges.merged.emplace(pair_key(made.left, made.right), t).second;
    }
    if (!split) fail("no pair makes the token of rank " + std::to_string(t));
    if (!encodes_to_itself(ranks, bytes) && !bytes.empty()) fail("rank " + std::to_string(t) + " does not encode to itself");
  }
  note_kinds(ranks, merges);
  return merges;
}

}  // namespace smartroute::token_tables
