// Event streams: what is let through and seen does not depend on how the bytes come, what is let
// through is canonical, and a client decodes from it what it would have decoded from the stream.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/sse/event_gate.hpp"
#include "dataplane/core/sse/reference_decoder.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;

struct Outcome {
  std::string out;
  sse::Facts facts;
  bool extra = false, mid_event = false;
};

bool same(const Outcome& a, const Outcome& b) {
  return a.out == b.out && a.extra == b.extra && a.facts.events == b.facts.events &&
         a.facts.done == b.facts.done && a.facts.finish_reason == b.facts.finish_reason &&
         a.facts.error == b.facts.error && a.facts.error_first == b.facts.error_first &&
         a.facts.malformed == b.facts.malformed && a.facts.oversize == b.facts.oversize &&
         a.facts.error_text == b.facts.error_text && a.facts.content == b.facts.content &&
         a.facts.content_bytes == b.facts.content_bytes && a.facts.text == b.facts.text &&
         a.facts.finish == b.facts.finish && a.mid_event == b.mid_event && a.facts.usage == b.facts.usage;
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
  result.mid_event = gate.mid_event();
  return result;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t\n") + 1 - first);
}

// Nothing but lines of data, each event with its blank line.
void require_canonical(std::string_view out, bool mid_event) {
  bool in_event = false;
  while (!out.empty()) {
    const std::size_t stop = out.find('\n');
    require(mid_event || stop != std::string_view::npos, "the last line ends");
    const std::string_view line = out.substr(0, stop);
    require(line.find('\r') == std::string_view::npos, "no CR is left");
    require(line.empty() ? in_event : line.substr(0, 6) == "data: ",
            "a line is data, or ends an event");
    in_event = !line.empty();
    out.remove_prefix(stop == std::string_view::npos ? out.size() : stop + 1);
  }
  require(mid_event || !in_event, "the last event ends");
}

// What a client decodes of `whole.out`, compared with what it would have decoded of `stream`.
void require_same_text(std::string_view stream, const Outcome& whole) {
  const auto sent = sse::testing::decode(whole.out);
  std::size_t next = 0;
  std::string stack;
  for (const auto& event :
       sse::testing::decode(std::string(stream) + (whole.facts.done ? "\n\n" : ""))) {
    const std::string_view data = without_blanks(event.data);
    const std::string_view name = without_blanks(event.name);
    if (next > 0 && sent[next - 1].data == "[DONE]") break;
    if (data.empty() || (name == "ping" && !whole.facts.oversize)) continue;
    if (next == sent.size()) {
      const bool held_back = whole.facts.error || whole.facts.malformed;
      require(held_back || whole.facts.oversize,
              "an event is missing only where one was held back");
      break;
    }
    require(sent[next].name.empty(), "no names are left");
    require(sent[next].data == event.data || (sent[next].data == "[DONE]" && data == "[DONE]"),
            "the text is the same");
    if (!whole.facts.oversize) {
      require(openai::is_utf8(event.data), "what is sent is UTF-8");
      require(data == "[DONE]" || openai::walk_answer(event.data, stack, nullptr, 0).whole,
              "what is sent is JSON");
    }
    ++next;
  }
  require(next == sent.size(), "no event is invented");
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

  require_canonical(whole.out, whole.mid_event);
  if (!whole.mid_event) require_same_text(stream, whole);
  require(!whole.facts.error_first || whole.facts.error, "first of the errors");
  require(whole.facts.error_text.size() <= sse::EventGate::kMaxErrorBytes, "error text is bounded");
  require(
      whole.facts.text.size() <= sse::EventGate::kMaxTextBytes && openai::is_utf8(whole.facts.text),
      "text is bounded and whole");
  require(whole.facts.finish.size() <= sse::EventGate::kMaxFinishBytes,
          "the finish reason is bounded");
  return 0;
}
