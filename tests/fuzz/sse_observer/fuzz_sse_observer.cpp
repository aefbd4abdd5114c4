// Event streams: bytes let through and facts seen do not depend on how the bytes come, and nothing
// is invented.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/sse/event_gate.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;

struct Outcome {
  std::string out;
  sse::Facts facts;
  bool extra = false;
};

bool same(const Outcome& a, const Outcome& b) {
  const auto usage = [](const Outcome& o) {
    const sse::Usage u = o.facts.usage.value_or(sse::Usage{});
    return std::vector<std::uint64_t>{o.facts.usage.has_value(), u.prompt_tokens,
                                      u.completion_tokens, u.cached_tokens, u.reasoning_tokens};
  };
  return a.out == b.out && a.extra == b.extra && a.facts.events == b.facts.events &&
         a.facts.done == b.facts.done && a.facts.finish_reason == b.facts.finish_reason &&
         a.facts.error == b.facts.error && a.facts.error_first == b.facts.error_first &&
         a.facts.malformed == b.facts.malformed && a.facts.oversize == b.facts.oversize &&
         a.facts.error_text == b.facts.error_text && usage(a) == usage(b);
}

template <class SizeOf, class SettleNow>
Outcome feed(std::string_view stream, SizeOf size_of, SettleNow settle_now) {
  sse::EventGate gate;
  Outcome result;
  std::vector<std::unique_ptr<std::string>>
      cycle;  // die at settle(), so that a view kept too long is seen
  const auto settle = [&] {
    for (const std::string_view piece : gate.ready()) result.out += piece;
    gate.settle();
    cycle.clear();
  };
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, size_of(stream.size()));
    cycle.push_back(std::make_unique<std::string>(piece));
    gate.push(*cycle.back());
    stream.remove_prefix(piece.size());
    if (settle_now()) settle();
  }
  gate.finish();
  settle();
  result.facts = gate.facts();
  result.extra = gate.extra_bytes();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream = fuzz::view_of(data, size);
  SeededRandom random = fuzz::random_of(stream);
  const auto always = [] { return true; };
  const Outcome whole = feed(
      stream, [](std::size_t left) { return left; }, always);
  const Outcome bytewise = feed(
      stream, [](std::size_t) { return std::size_t{1}; }, always);
  const Outcome split = feed(
      stream,
      [&random](std::size_t left) {
        return 1 + static_cast<std::size_t>(random.below(left < 64 ? left : 64));
      },
      [&random] { return random.below(3) == 0; });
  require(same(whole, bytewise), "one byte at a time makes no difference");
  require(same(whole, split), "splits make no difference");

  std::string_view sent = whole.out;
  if (sent.size() > stream.size() || stream.compare(0, sent.size(), sent) != 0) {
    require(whole.facts.done && sent.ends_with("\n\n"), "only a blank line after [DONE] is added");
    sent.remove_suffix(2);
    require(sent.size() == stream.size(), "... and only at the end");
  }
  require(stream.substr(0, sent.size()) == sent, "what is sent is a prefix of the stream");
  require(!whole.facts.error_first || whole.facts.error, "first of the errors");
  require(whole.facts.error_text.size() <= sse::EventGate::kMaxErrorBytes, "error text is bounded");
  return 0;
}
