// Feeds streams to an EventGate in any split and gathers what came of it. For tests only.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/core/sse/event_gate.hpp"

namespace smartroute::sse::testing {

struct Outcome {
  std::string out;
  std::uint64_t events = 0;
  bool done = false, finish_reason = false, error = false, error_first = false, malformed = false,
       oversize = false, extra = false;
  std::string error_text;
  openai::Usage usage;
  bool content = false;
  std::uint64_t content_bytes = 0;
  std::string text, finish;
  bool operator==(const Outcome&) const = default;
};

inline void drain(EventGate& gate, std::string& out) {
  std::size_t bytes = 0;
  for (const std::string_view piece : gate.ready()) {
    EXPECT_FALSE(piece.empty());
    out += piece;
    bytes += piece.size();
  }
  EXPECT_EQ(bytes, gate.ready_bytes());
  gate.settle();
  EXPECT_TRUE(gate.ready().empty());
  EXPECT_EQ(gate.ready_bytes(), 0u);
}

inline Outcome outcome_of(const EventGate& gate, std::string out) {
  const Facts& facts = gate.facts();
  return {std::move(out),
          facts.events,
          facts.done,
          facts.finish_reason,
          facts.error,
          facts.error_first,
          facts.malformed,
          facts.oversize,
          gate.extra_bytes(),
          facts.error_text,
          facts.usage,
          facts.content,
          facts.content_bytes,
          facts.text,
          facts.finish};
}

enum class End { Open, Finish };

// The stream in pieces of sizes drawn by `size_of`; a settle after some of the pushes. Pushed bytes
// are copies that die at settle, so that a view kept too long is seen by the sanitizer, or as wrong
// bytes.
template <class SizeOf, class SettleNow>
Outcome feed(std::string_view stream, End end, SizeOf size_of, SettleNow settle_now) {
  EventGate gate;
  std::string out;
  std::vector<std::unique_ptr<std::string>> cycle;
  const auto settle = [&] {
    drain(gate, out);
    for (auto& bytes : cycle) bytes->assign(bytes->size(), '!');
    cycle.clear();
  };
  while (!stream.empty()) {
    const std::size_t size = std::min<std::size_t>(stream.size(), size_of());
    cycle.push_back(std::make_unique<std::string>(stream.substr(0, size)));
    gate.push(*cycle.back());
    stream.remove_prefix(size);
    if (settle_now()) settle();
  }
  if (end == End::Finish) gate.finish();
  settle();
  return outcome_of(gate, out);
}

inline Outcome whole(std::string_view stream, End end = End::Open) {
  return feed(
      stream, end, [&] { return stream.size(); }, [] { return true; });
}

inline Outcome bytewise(std::string_view stream, End end = End::Open) {
  return feed(
      stream, end, [] { return 1; }, [] { return true; });
}

// The same for every place of one cut, and byte by byte.
inline void expect_the_same_for_every_cut(std::string_view stream, End end) {
  const Outcome expected = whole(stream, end);
  EXPECT_TRUE(bytewise(stream, end) == expected) << "byte by byte";
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    for (const bool settled : {true, false}) {
      bool first = true;
      const auto size = [&] { return std::exchange(first, false) ? cut : stream.size(); };
      ASSERT_TRUE(feed(stream, end, size, [settled] { return settled; }) == expected) << cut;
    }
  }
}

inline constexpr std::string_view kDelta =
    "data: "
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
    "\"system_fingerprint\":\"fp_1\","
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" "
    "hello\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
inline constexpr std::string_view kStop =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
inline constexpr std::string_view kUsage =
    "data: "
    "{\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":22,\"total_tokens\":33,"
    "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0},\"completion_tokens_"
    "details\":{\"reasoning_tokens\":5,\"audio_tokens\":0}}}\n\n";
inline constexpr std::string_view kDone = "data: [DONE]\n\n";

}  // namespace smartroute::sse::testing
