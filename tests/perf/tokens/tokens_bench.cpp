// How long counting takes here, for tests/perf/tokens/bench.mjs. Reads documents from standard input: each its size in bytes, a line
// break, its bytes. Prints the tokens of all and the best time of a pass over all, in nanoseconds.
//
//   tokens_bench ENCODING count|stream PASSES     stream: fed in pieces of 16 bytes, total() asked at the end
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/tokens/counter.hpp"

namespace {

using namespace smartroute::tokens;

constexpr std::size_t kStreamPiece = 16;

std::uint64_t count_streamed(Encoding encoding, std::string_view text) {
  StreamCounter counter(encoding);
  for (std::size_t at = 0; at < text.size(); at += kStreamPiece) counter.feed(text.substr(at, kStreamPiece));
  return counter.total();
}

}  // namespace

int main(int argc, char** argv) {
  const auto encoding = argc == 4 ? encoding_named(argv[1]) : std::nullopt;
  if (!encoding) return 2;
  const bool streamed = std::string_view(argv[2]) == "stream";
  const int passes = std::atoi(argv[3]);
  std::vector<std::string> documents;
  for (std::string line; std::getline(std::cin, line);) {
    documents.emplace_back(std::strtoull(line.c_str(), nullptr, 10), '\0');
    std::cin.read(documents.back().data(), static_cast<std::streamsize>(documents.back().size()));
  }
  std::uint64_t tokens = 0;
  auto best = std::chrono::nanoseconds::max();
  for (int pass = 0; pass < passes; ++pass) {
    tokens = 0;
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& document : documents) tokens += streamed ? count_streamed(*encoding, document) : count(*encoding, document);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  std::printf("%llu %lld\n", static_cast<unsigned long long>(tokens), static_cast<long long>(best.count()));
}
