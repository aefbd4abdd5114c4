// Token counts. The first byte of the input picks the encoding and how often the text is repeated, the rest is the text, UTF-8 or not: the
// count is the slow reference's, and a stream that is cut anywhere counts what came so far.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/tokens/counter.hpp"
#include "tests/fuzz/fuzz_support.hpp"
#include "tests/fuzz/tokens/reference.hpp"

namespace {

using namespace smartroute;
using fuzz::require;

// The reference takes time with the square of a piece.
constexpr std::size_t kMaxText = 1500;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr auto kEncodings = static_cast<unsigned>(tokens::Encoding::kCount);
  const auto encoding = static_cast<tokens::Encoding>(data[0] % kEncodings);
  const std::string_view input = fuzz::view_of(data + 1, size - 1);
  std::string text;
  for (unsigned times = data[0] / kEncodings + 1; times > 0 && text.size() < kMaxText; --times) text += input.substr(0, kMaxText);
  text.resize(std::min(text.size(), kMaxText));

  const std::uint64_t count = tokens::count(encoding, text);
  require(count == fuzz::reference_count(encoding, text), "a text has as many tokens as the reference says");

  SeededRandom random = fuzz::random_of(input);
  const std::size_t longest = 1 + random.below(200);
  tokens::StreamCounter counter(encoding);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t piece = std::min<std::size_t>(text.size() - at, random.below(longest + 1));
    counter.feed(std::string_view(text).substr(at, piece));
    at += piece;
    require(counter.total() == tokens::count(encoding, std::string_view(text).substr(0, at)), "a stream counts what came so far");
  }
  require(counter.total() == count, "a stream that has ended counts as the text");
  return 0;
}
