// The promise of counting: no allocation, whatever the text; of a stream: none after the first long piece. Counts every operator new of
// this program.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "dataplane/core/tokens/counter.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace smartroute::tokens {
namespace {

TEST(TokenCount, AllocatesNothing) {
  const std::string texts[] = {"Hello world, it's a text.\n", std::string(100'000, 'a'), std::string(100'000, '='), "broken \xe4\xb8 " + std::string(5'000, 'x')};
  const std::size_t before = allocations;
  std::uint64_t tokens = 0;
  for (const std::string& text : texts)
    for (int i = 0; i < static_cast<int>(Encoding::kCount); ++i) tokens += count(static_cast<Encoding>(i), text);
  EXPECT_EQ(allocations, before);
  EXPECT_GT(tokens, 0u);
}

TEST(TokenStream, AllocatesNothingOnceItHasSeenALongPiece) {
  StreamCounter counter(Encoding::O200kBase);
  const std::string words = "Hello world, it's a text.\n", run(5'000, 'x');
  counter.feed(run);
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) {
    counter.feed(words);
    counter.feed(run);
    EXPECT_GT(counter.total(), 0u);
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace smartroute::tokens
