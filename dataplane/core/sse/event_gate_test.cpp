#include "dataplane/core/sse/event_gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/random.hpp"
#include "dataplane/core/sse/gate_feed.hpp"

namespace smartroute::sse {
namespace {

using namespace std::string_view_literals;

using namespace testing;

TEST(EventGate, PassesAnOrdinaryStreamAndSeesItsFacts) {
  const std::string stream = std::string(kDelta) + std::string(kDelta) + std::string(kStop) +
                             std::string(kUsage) + std::string(kDone);
  const Outcome seen = whole(stream);
  EXPECT_EQ(seen.out, stream);
  EXPECT_EQ(seen.events, 5u);
  EXPECT_TRUE(seen.done);
  EXPECT_TRUE(seen.finish_reason);
  EXPECT_FALSE(seen.error || seen.malformed || seen.oversize || seen.extra);
  EXPECT_EQ(seen.usage, (std::vector<std::uint64_t>{11, 22, 4, 5}));
}

TEST(EventGate, ReleasesTheEventsOfOneReadInOnePiece) {
  const std::string stream = std::string(kDelta) + std::string(kDelta) + std::string(kDelta);
  EventGate gate;
  gate.push(stream);
  ASSERT_EQ(gate.ready().size(), 1u);
  EXPECT_EQ(gate.ready()[0].data(), stream.data());
  EXPECT_EQ(gate.ready()[0].size(), stream.size());
}

TEST(EventGate, KeepsBackTheEventThatHasNotEnded) {
  EventGate gate;
  const std::string first = std::string(kDelta) + "data: {\"a";
  gate.push(first);
  EXPECT_EQ(gate.ready_bytes(), kDelta.size());
  EXPECT_EQ(gate.held_bytes(), 9u);
  gate.settle();
  gate.push("\":1}\n");
  EXPECT_EQ(gate.ready_bytes(), 0u);
  EXPECT_EQ(gate.held_bytes(), 14u);
  gate.settle();
  gate.push("\n");
  EXPECT_EQ(gate.ready_bytes(), 15u);
  EXPECT_EQ(gate.held_bytes(), 0u);
  EXPECT_EQ(gate.facts().events, 2u);
}

TEST(EventGate, JoinsAnEventOfManyPushesInOneCycle) {
  EventGate gate;
  const std::vector<std::string> pieces = {"da",          "ta: {\"x\"", ":1}\n",
                                           "\ndata: [DO", "NE]\n",      "\n"};
  std::string out;
  for (const std::string& piece : pieces) gate.push(piece);
  drain(gate, out);
  EXPECT_EQ(out, "data: {\"x\":1}\n\ndata: [DONE]\n\n");
  EXPECT_TRUE(gate.facts().done);
  EXPECT_EQ(gate.facts().events, 2u);
}

struct Row {
  const char* name;
  std::string_view stream;
  std::string_view out;  // what reaches the client before finish()
  std::uint64_t events = 0;
  bool done = false;
};

// Every kind of line end and every kind of line.
constexpr Row kForms[] = {
    {"LF", "data: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"CR", "data: {}\r\r"sv, "data: {}\r\r"sv, 1},
    {"CRLF", "data: {}\r\n\r\n"sv, "data: {}\r\n\r\n"sv, 1},
    {"LF then CR", "data: {}\n\r"sv, "data: {}\n\r"sv, 1},
    {"LF then CRLF", "data: {}\n\r\n"sv, "data: {}\n\r\n"sv, 1},
    {"CR then LF is one line end", "data: {}\r\n"sv, ""sv},
    {"CRLF then LF", "data: {}\r\n\n"sv, "data: {}\r\n\n"sv, 1},
    {"CRLF then CR", "data: {}\r\n\r"sv, "data: {}\r\n\r"sv, 1},
    {"mixed events", "data: {}\r\n\r\ndata: {}\n\ndata: {}\r\rdata: {}\n\n"sv,
     "data: {}\r\n\r\ndata: {}\n\ndata: {}\r\rdata: {}\n\n"sv, 4},
    {"no space after the colon", "data:{}\n\n"sv, "data:{}\n\n"sv, 1},
    {"two spaces after the colon", "data:  {}\n\n"sv, "data:  {}\n\n"sv, 1},
    {"several data lines", "data: {\ndata: \"a\":1\ndata: }\n\n"sv,
     "data: {\ndata: \"a\":1\ndata: }\n\n"sv, 1},
    {"comment", ": ping\n\n"sv, ": ping\n\n"sv, 0},
    {"comment before data", ": ping\ndata: {}\n\n"sv, ": ping\ndata: {}\n\n"sv, 1},
    {"id, retry and event alone", "id: 1\n\nretry: 100\n\nevent: ping\n\n"sv,
     "id: 1\n\nretry: 100\n\nevent: ping\n\n"sv, 0},
    {"all fields", "id: 1\nretry: 2\nevent: x\ndata: {}\nother\n\n"sv,
     "id: 1\nretry: 2\nevent: x\ndata: {}\nother\n\n"sv, 1},
    {"NUL in an id", "id: \0\ndata: {}\n\n"sv, "id: \0\ndata: {}\n\n"sv, 1},
    {"field without a colon", "data\n\n"sv, "data\n\n"sv, 0},
    {"empty data", "data:\n\ndata: \n\n"sv, "data:\n\ndata: \n\n"sv, 0},
    {"blank lines", "\n\n\r\n\ndata: {}\n\n\n\n"sv, "\n\n\r\n\ndata: {}\n\n\n\n"sv, 1},
    {"field that begins like data", "database: {}\n\n"sv, "database: {}\n\n"sv, 0},
    {"byte order mark",
     "\xef\xbb\xbf"
     "data: {}\n\n"sv,
     "\xef\xbb\xbf"
     "data: {}\n\n"sv,
     1},
    {"byte order mark before [DONE]",
     "\xef\xbb\xbf"
     "data: [DONE]\n\n"sv,
     "\xef\xbb\xbf"
     "data: [DONE]\n\n"sv,
     1, true},
    {"byte order mark later is no mark",
     "data: {}\n\n\xef\xbb\xbf"
     "data: {}\n\n"sv,
     "data: {}\n\n\xef\xbb\xbf"
     "data: {}\n\n"sv,
     1},
    {"text outside ASCII", "data: {\"c\":\"\xc3\xa4\xf0\x9f\x98\x80\\uD83D\\uDE00\"}\n\n"sv,
     "data: {\"c\":\"\xc3\xa4\xf0\x9f\x98\x80\\uD83D\\uDE00\"}\n\n"sv, 1},
    {"[DONE]", "data: [DONE]\n\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] without space", "data:[DONE]\n\n"sv, "data:[DONE]\n\n"sv, 1, true},
    {"[DONE] in CRLF", "data: [DONE]\r\n\r\n"sv, "data: [DONE]\r\n\r\n"sv, 1, true},
    {"[DONE] in CR", "data: [DONE]\r\r"sv, "data: [DONE]\r\r"sv, 1, true},
    {"[DONE] with an event name", "event: end\ndata: [DONE]\n\n"sv,
     "event: end\ndata: [DONE]\n\n"sv, 1, true},
    {"[DONE] and blank lines", "data: [DONE]\n\n\n\r\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"unfinished event", "data: {}\n\ndata: {\"a\":"sv, "data: {}\n\n"sv, 1},
    {"unfinished line end", "data: {}\n\ndata: {}\n"sv, "data: {}\n\n"sv, 1},
    {"nothing", ""sv, ""sv, 0},
};

TEST(EventGate, TakesEveryFormOfTheFormat) {
  for (const Row& row : kForms) {
    SCOPED_TRACE(row.name);
    const Outcome seen = whole(row.stream);
    EXPECT_EQ(seen.out, row.out);
    EXPECT_EQ(seen.events, row.events);
    EXPECT_EQ(seen.done, row.done);
    EXPECT_FALSE(seen.malformed || seen.error || seen.extra);
    EXPECT_EQ(bytewise(row.stream), seen);
  }
}

TEST(EventGate, FinishCompletesAnEndMarkWithoutBlankLine) {
  struct FinishRow {
    std::string_view stream, out;
    bool done;
  };
  constexpr FinishRow kRows[] = {
      {"data: {}\n\ndata: [DONE]"sv, "data: {}\n\ndata: [DONE]\n\n"sv, true},
      {"data: [DONE]\n"sv, "data: [DONE]\n\n\n"sv, true},
      {"\xef\xbb\xbf"
       "data: [DONE]\n"sv,
       "\xef\xbb\xbf"
       "data: [DONE]\n\n\n"sv,
       true},
      {"data: [DONE]\r\n\r"sv, "data: [DONE]\r\n\r"sv, true},
      {"data: [DONE]\n\n"sv, "data: [DONE]\n\n"sv, true},
      {"data: [DON"sv, ""sv, false},
      {"data: {\"choices\":[{\"finish_reason\":\"stop\"}]}"sv, ""sv, false},
      {"data: {}\n\ndata: {}\n"sv, "data: {}\n\n"sv, false},
      {""sv, ""sv, false},
  };
  for (const FinishRow& row : kRows) {
    SCOPED_TRACE(row.stream);
    const Outcome seen = whole(row.stream, End::Finish);
    EXPECT_EQ(seen.out, row.out);
    EXPECT_EQ(seen.done, row.done);
    EXPECT_FALSE(seen.finish_reason);
    EXPECT_EQ(bytewise(row.stream, End::Finish), seen);
  }
}

TEST(EventGate, DropsWhatFollowsTheEndMark) {
  struct ExtraRow {
    std::string_view behind;
    bool extra;
  };
  constexpr ExtraRow kRows[] = {
      {"\n"sv, false},          {"\r\n \t\n"sv, false}, {"data: [DONE]\n\n"sv, true},
      {"data: {}\n\n"sv, true}, {": ping\n\n"sv, true}, {"\n\nx"sv, true}};
  for (const ExtraRow& row : kRows) {
    SCOPED_TRACE(row.behind);
    const Outcome seen = whole(std::string(kDone) + std::string(row.behind));
    EXPECT_EQ(seen.out, kDone);
    EXPECT_EQ(seen.extra, row.extra);
    EXPECT_EQ(seen.events, 1u);
    EXPECT_EQ(bytewise(std::string(kDone) + std::string(row.behind)), seen);
  }
}

std::string event_of(std::size_t size) {
  const std::string front = "data: {\"finish_reason\":\"", back = "\"}\n\n";
  return front + std::string(size - front.size() - back.size(), 'x') + back;
}

TEST(EventGate, HoldsAnEventUpToItsLimitAndLetsALongerOneThrough) {
  const std::string at_limit = event_of(EventGate::kMaxHeldBytes);
  for (const Outcome& seen : {whole(at_limit), bytewise(at_limit)}) {
    EXPECT_EQ(seen.out, at_limit);
    EXPECT_TRUE(seen.finish_reason);
    EXPECT_FALSE(seen.oversize);
  }
  const std::string over = event_of(EventGate::kMaxHeldBytes + 1) + std::string(kDelta);
  for (const Outcome& seen : {whole(over), bytewise(over)}) {
    EXPECT_EQ(seen.out, over);
    EXPECT_FALSE(seen.finish_reason);
    EXPECT_TRUE(seen.oversize);
    EXPECT_EQ(seen.events, 2u);
  }
}

TEST(EventGate, CountsAnOversizeEventOnceWhateverItsLineEnds) {
  const std::string line = "data: " + std::string(1000, 'x') + "\r\n";
  std::string stream;
  while (stream.size() <= EventGate::kMaxHeldBytes + 5000) stream += line;
  stream += "\r\n" + std::string(kDelta);
  const Outcome expected = whole(stream);
  EXPECT_EQ(expected.out, stream);
  EXPECT_EQ(expected.events, 2u);
  EXPECT_EQ(bytewise(stream), expected);
}

TEST(EventGate, MeasuresAnEventWithoutTheLastByteOfACrLf) {
  std::string event = event_of(EventGate::kMaxHeldBytes - 1);
  event.replace(event.size() - 2, 2, "\r\n\r\n");  // one byte over, if its last LF counted
  EXPECT_EQ(event.size(), EventGate::kMaxHeldBytes + 1);
  EXPECT_TRUE(whole(event).finish_reason);
  EXPECT_EQ(bytewise(event), whole(event));
}

TEST(EventGate, DoesNotBufferAHugeEvent) {
  EventGate gate;
  const std::string block(8 * 1024, 'x');
  std::size_t sent = 6, received = 0;
  gate.push("data: ");
  gate.settle();
  for (int i = 0; i < 4096; ++i) {  // 32 MiB
    gate.push(block);
    sent += block.size();
    received += gate.ready_bytes();
    gate.settle();
    ASSERT_LE(gate.held_bytes(), EventGate::kMaxHeldBytes);
    ASSERT_EQ(received + gate.held_bytes(), sent);
  }
  EXPECT_EQ(gate.held_bytes(), 0u);
  EXPECT_TRUE(gate.mid_event());
  gate.push("\n\ndata: [DONE]\n\n");
  EXPECT_FALSE(gate.mid_event());
  EXPECT_EQ(gate.ready_bytes(), 16u);
  EXPECT_TRUE(gate.facts().oversize);
  EXPECT_TRUE(gate.facts().done);
}

std::string long_stream() {
  std::string stream = "\xef\xbb\xbf: hello\r\n\r\n";
  for (const Row& row : kForms) {
    if (!row.done) stream += row.stream;
  }
  stream +=
      ": hi\nevent: error\ndata: {\"error\":{\"x\":1}}\n\n<html>\n\n{\"x\":1}\r\n\r\ndata: [1]\r\r";
  stream +=
      "data: {\"a\":{\"error\":1},\"b\":\"\\\"usage\\\":{\"}\n\ndata: {\ndata: "
      "\"finish_reason\":\"x\"}\n\n";
  stream += std::string(kDelta) + event_of(EventGate::kMaxHeldBytes + 5) + std::string(kStop) +
            std::string(kUsage);
  stream += "data: [DONE]\r\n\r\n\ndata: more\n\n";
  return stream;
}

TEST(EventGate, GivesTheSameBytesAndFactsForEverySplit) {
  constexpr std::uint64_t kSeed = 11;
  SeededRandom random(kSeed);
  const std::string stream = long_stream();
  const Outcome expected = whole(stream);
  EXPECT_EQ(expected.out, stream.substr(0, stream.find("\ndata: more")));
  EXPECT_TRUE(expected.done && expected.oversize && expected.extra);
  EXPECT_EQ(bytewise(stream), expected);
  for (int round = 0; round < 120; ++round) {
    SCOPED_TRACE(round);
    const std::uint64_t largest = 1 + random.below(round % 3 == 0 ? 4000 : 40);
    const std::uint64_t settles = 1 + random.below(4);
    const Outcome seen = feed(
        stream, End::Finish, [&] { return 1 + static_cast<std::size_t>(random.below(largest)); },
        [&] { return random.below(settles) == 0; });
    ASSERT_TRUE(seen == expected);
  }
}

TEST(EventGate, GivesTheSameForEveryPlaceOfOneCut) {
  for (const Row& row : kForms) {
    SCOPED_TRACE(row.name);
    const Outcome expected = whole(row.stream, End::Finish);
    for (std::size_t cut = 0; cut <= row.stream.size(); ++cut) {
      bool first = true;
      const auto size = [&] {
        return std::exchange(first, false) ? std::max<std::size_t>(cut, 1) : row.stream.size();
      };
      ASSERT_TRUE(feed(row.stream, End::Finish, size, [] { return true; }) == expected) << cut;
    }
  }
}

// What a client holds if the upstream breaks at any byte: an exact prefix of the stream, made of
// whole events.
TEST(EventGate, LeavesAnExactPrefixOfWholeEventsWhereverTheStreamBreaks) {
  const std::string stream = std::string(kDelta) + std::string(kStop) + std::string(kUsage);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const std::string out = whole(stream.substr(0, cut), End::Finish).out;
    ASSERT_EQ(stream.compare(0, out.size(), out), 0);
    ASSERT_TRUE(out.empty() || out.ends_with("}\n\n"));
    ASSERT_TRUE(cut != stream.size() || out == stream);
  }
}

TEST(EventGate, StaysSmall) { EXPECT_LT(sizeof(EventGate), 400u); }

}  // namespace
}  // namespace smartroute::sse
