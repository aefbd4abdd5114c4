#include "dataplane/core/sse/event_gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"
#include "dataplane/core/sse/gate_feed.hpp"
#include "dataplane/core/sse/reference_decoder.hpp"

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
  EXPECT_EQ(seen.usage.prompt, 11u);
  EXPECT_EQ(seen.usage.completion, 22u);
  EXPECT_EQ(seen.usage.total, 33u);
  EXPECT_EQ(seen.usage.cached, 4u);
  EXPECT_EQ(seen.usage.reasoning, 5u);
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

#define EIGHT(x) x x x x x x x x
constexpr std::string_view k64Events = EIGHT(EIGHT("data: {\"a\":1}\n\n"));
#undef EIGHT

struct Row {
  const char* name;
  std::string_view stream;
  std::string_view out;  // what reaches the client before finish()
  std::uint64_t events = 0;
  bool done = false;
};

// Every kind of line end and every kind of line. What comes out is canonical.
constexpr Row kForms[] = {
    {"LF", "data: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"CR", "data: {}\r\r"sv, "data: {}\n\n"sv, 1},
    {"CRLF", "data: {}\r\n\r\n"sv, "data: {}\n\n"sv, 1},
    {"LF then CR", "data: {}\n\r"sv, "data: {}\n\n"sv, 1},
    {"LF then CRLF", "data: {}\n\r\n"sv, "data: {}\n\n"sv, 1},
    {"CR then LF is one line end", "data: {}\r\n"sv, ""sv},
    {"CRLF then LF", "data: {}\r\n\n"sv, "data: {}\n\n"sv, 1},
    {"CRLF then CR", "data: {}\r\n\r"sv, "data: {}\n\n"sv, 1},
    {"mixed events", "data: {}\r\n\r\ndata: {}\n\ndata: {}\r\rdata: {}\n\n"sv,
     "data: {}\n\ndata: {}\n\ndata: {}\n\ndata: {}\n\n"sv, 4},
    {"no space after the colon", "data:{}\n\n"sv, "data: {}\n\n"sv, 1},
    {"two spaces after the colon", "data:  {}\n\n"sv, "data:  {}\n\n"sv, 1},
    {"a tab after the colon", "data:\t{}\n\n"sv, "data: \t{}\n\n"sv, 1},
    {"space behind the object", "data: {} \n\n"sv, "data: {} \n\n"sv, 1},
    {"several data lines", "data: {\ndata: \"a\":1\ndata: }\n\n"sv,
     "data: {\ndata: \"a\":1\ndata: }\n\n"sv, 1},
    {"several data lines of all kinds",
     "data:{\r\ndata\rid: 7\ndata:\n: x\ndata:  \"a\":1\r\ndata:}\n\r\n"sv,
     "data: {\ndata: \ndata: \ndata:  \"a\":1\ndata: }\n\n"sv, 1},
    {"comment", ": ping\n\n"sv, ""sv, 0},
    {"comment before data", ": ping\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"comment behind data", "data: {}\n: ping\n\n"sv, "data: {}\n\n"sv, 1},
    {"comment without a blank line", ":\n:\n:\n"sv, ""sv, 0},
    {"id, retry and event alone", "id: 1\n\nretry: 100\n\nevent: ping\n\nevent: x\n\n"sv, ""sv, 0},
    {"all fields", "id: 1\nretry: 2\nevent: x\ndata: {}\nother\n\n"sv, "data: {}\n\n"sv, 1},
    {"an id behind data", "data: {}\nid: 1\n\n"sv, "data: {}\n\n"sv, 1},
    {"ping", "event: ping\ndata: {\"type\":\"ping\"}\n\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"ping named behind its data", "data: {}\nevent:ping\n\n"sv, ""sv, 0},
    {"the last name counts", "event: ping\nevent: x\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"a name does not outlive its record", "event: ping\n\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"NUL in an id", "id: \0\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"field without a colon", "data\n\n"sv, ""sv, 0},
    {"empty data", "data:\n\ndata: \n\n"sv, ""sv, 0},
    {"blank data", "data:  \t \n\ndata: \ndata:\n\n"sv, ""sv, 0},
    {"blank lines", "\n\n\r\n\ndata: {}\n\n\n\n"sv, "data: {}\n\n"sv, 1},
    {"field that begins like data", "database: {}\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"field that begins with a space", " dat: 1\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"invalid UTF-8 outside data", ": \xff\nid: \xc0\xaf\ndata: {}\n\n"sv, "data: {}\n\n"sv, 1},
    {"byte order mark",
     "\xef\xbb\xbf"
     "data: {}\n\n"sv,
     "data: {}\n\n"sv, 1},
    {"byte order mark before [DONE]",
     "\xef\xbb\xbf"
     "data: [DONE]\n\n"sv,
     "data: [DONE]\n\n"sv, 1, true},
    {"text outside ASCII", "data: {\"c\":\"\xc3\xa4\xf0\x9f\x98\x80\\uD83D\\uDE00\"}\n\n"sv,
     "data: {\"c\":\"\xc3\xa4\xf0\x9f\x98\x80\\uD83D\\uDE00\"}\n\n"sv, 1},
    {"a surrogate pair split over events",
     "data: {\"c\":\"\\ud83d\"}\n\ndata: {\"c\":\"\\ude00\"}\n\n"sv,
     "data: {\"c\":\"\\ud83d\"}\n\ndata: {\"c\":\"\\ude00\"}\n\n"sv, 2},
    {"[DONE]", "data: [DONE]\n\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] without space", "data:[DONE]\n\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] with blanks", "data:  [DONE] \t\n\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] in CRLF", "data: [DONE]\r\n\r\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] in CR", "data: [DONE]\r\r"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] with an event name", "event: end\ndata: [DONE]\n\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"[DONE] and blank lines", "data: [DONE]\n\n\n\r\n"sv, "data: [DONE]\n\n"sv, 1, true},
    {"unfinished event", "data: {}\n\ndata: {\"a\":"sv, "data: {}\n\n"sv, 1},
    {"unfinished line end", "data: {}\n\ndata: {}\n"sv, "data: {}\n\n"sv, 1},
    {"64 events in one read", k64Events, k64Events, 64},
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
      {"data: [DONE]\n"sv, "data: [DONE]\n\n"sv, true},
      {"data:[DONE]\r"sv, "data: [DONE]\n\n"sv, true},
      {"\xef\xbb\xbf"
       "data: [DONE]\n"sv,
       "data: [DONE]\n\n"sv, true},
      {"id: 1\ndata: [DONE]\n: x"sv, "data: [DONE]\n\n"sv, true},
      {"data: [DONE]\r\n\r"sv, "data: [DONE]\n\n"sv, true},
      {"data: [DONE]\n\n"sv, "data: [DONE]\n\n"sv, true},
      {"data: [DON"sv, ""sv, false},
      {"data: {\"choices\":[{\"finish_reason\":\"stop\"}]}"sv, ""sv, false},
      {"data: {}\n\ndata: {}\n"sv, "data: {}\n\n"sv, false},
      {": x"sv, ""sv, false},
      {"\xef\xbb"sv, ""sv, false},
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
  const std::string front = "data: {\"choices\":[{\"finish_reason\":\"", back = "\"}]}\n\n";
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

TEST(EventGate, MakesTheLinesOfAnOversizeEventCanonicalToo) {
  std::string stream, expected;
  const std::string text(1000, 'x');
  while (stream.size() <= EventGate::kMaxHeldBytes + 5000) {
    stream += "data:" + text + "\r\nid: 1\r: comment\ndata\r\ndatabase: {}\ndata: " + text + "\r";
    expected += "data: " + text + "\ndata: \ndata: " + text + "\n";
  }
  stream += "{\"error\":1}\r\n\r\n" + std::string(kDelta);
  expected += "\n" + std::string(kDelta);
  const Outcome seen = whole("\xef\xbb\xbf" + stream);
  EXPECT_EQ(seen.out, expected);
  EXPECT_EQ(seen.events, 2u);
  EXPECT_TRUE(seen.oversize && seen.content);
  EXPECT_FALSE(seen.error || seen.malformed);
  EXPECT_EQ(bytewise("\xef\xbb\xbf" + stream), seen);
}

TEST(EventGate, HoldsBackAnOversizeEventThatBeginsAsAnError) {
  const std::string text(2 * EventGate::kMaxHeldBytes, 'x');
  for (const std::string& front :
       {std::string("data: {\"error\":{\"message\":\""), std::string("data: {\"error\":\""),
        std::string("event: error\ndata:")}) {
    const std::string stream = std::string(kDelta) + front + text;
    const Outcome seen = whole(stream);
    EXPECT_EQ(seen.out, kDelta);
    EXPECT_TRUE(seen.error) << front;
    EXPECT_FALSE(seen.oversize || seen.error_first);
    EXPECT_EQ(seen.error_text.size(), EventGate::kMaxErrorBytes);
    EXPECT_EQ(bytewise(stream), seen);
  }
}

TEST(EventGate, DropsWhatIsNoDataHoweverLongItIs) {
  const std::string text(3 * EventGate::kMaxHeldBytes, 'x');
  EventGate gate;
  std::string out;
  for (const std::string& line :
       {": " + text + "\n", "id: " + text + "\r\n", text + "\n", std::string("data: {}\n\n")}) {
    for (std::size_t at = 0; at < line.size(); at += 5000) {
      gate.push(std::string_view(line).substr(at, 5000));
      drain(gate, out);
      ASSERT_LE(gate.held_bytes(), EventGate::kMaxHeldBytes);
    }
  }
  EXPECT_EQ(out, "data: {}\n\n");
  EXPECT_FALSE(gate.facts().oversize);
}

TEST(EventGate, MeasuresAnEventInItsCanonicalForm) {
  std::string event = event_of(EventGate::kMaxHeldBytes);
  event.replace(event.size() - 2, 2, "\r\n\r\n");
  EXPECT_FALSE(whole(event).oversize);
  EXPECT_EQ(bytewise(event), whole(event));
  event.erase(5, 1);  // the space that the canonical form has again
  EXPECT_FALSE(whole(event).oversize);
  EXPECT_EQ(bytewise(event), whole(event));
  event.insert(event.size() - 8, 1, 'x');
  EXPECT_TRUE(whole(event).oversize);
  EXPECT_EQ(bytewise(event), whole(event));
  EXPECT_TRUE(whole(event).out.ends_with("}]}\n\n"));
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
    if (row.stream.starts_with("\xef")) continue;  // a mark stands at the very front only
    if (!row.done && !row.stream.ends_with("\":") && !row.stream.ends_with("{}\n"))
      stream += row.stream;
    stream += "\n\n";
  }
  stream +=
      "data: {\"a\":{\"error\":1},\"b\":\"\\\"usage\\\":{\"}\r\rdata: {\ndata: "
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
  EXPECT_TRUE(expected.out.ends_with(std::string(kUsage) + std::string(kDone)));
  EXPECT_GT(expected.events, 100u);
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
    expect_the_same_for_every_cut(row.stream, End::Finish);
  }
}

TEST(EventGate, LeavesTheTextThatAClientDecodesAsItWas) {
  for (const Row& row : kForms) {
    SCOPED_TRACE(row.name);
    std::vector<DecodedEvent> in = decode(row.stream);
    std::erase_if(in, [](const DecodedEvent& event) {
      return event.data.find_first_not_of(" \t\n") == std::string::npos || event.name == "ping";
    });
    const std::vector<DecodedEvent> out = decode(whole(row.stream).out);
    ASSERT_EQ(in.size(), out.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      EXPECT_TRUE(out[i].name.empty());
      EXPECT_TRUE(in[i].data == out[i].data || out[i].data == "[DONE]");
    }
  }
}

TEST(EventGate, KeepsWhatIsReadyInPlaceUntilSettled) {
  EventGate gate;
  std::string stream, expected;
  for (int i = 0; i < 500; ++i) {
    stream += "data:{\"a\":" + std::to_string(i) + "}\r\n\r\n";
    expected += "data: {\"a\":" + std::to_string(i) + "}\n\n";
  }
  for (std::size_t at = 0; at < stream.size(); at += 7)
    gate.push(std::string_view(stream).substr(at, 7));
  std::string out;
  drain(gate, out);
  EXPECT_EQ(out, expected);
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

TEST(EventGate, StaysSmall) { EXPECT_LE(sizeof(EventGate), 528u); }

}  // namespace
}  // namespace smartroute::sse
