#include "dataplane/core/http1/chunked.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::http1 {
namespace {

using namespace std::string_view_literals;
using Trailers = ChunkedDecoder::Trailers;
using Kind = ChunkedDecoder::Step::Kind;

struct Outcome {
  std::string payload;
  Kind end = Kind::NeedMore;
  std::size_t consumed = 0;
  bool operator==(const Outcome&) const = default;
};

// Feeds `body` in pieces that end at `cuts` (ascending) and at its end.
Outcome decode(std::string_view body, Trailers trailers,
               const std::vector<std::size_t>& cuts = {}) {
  ChunkedDecoder decoder(trailers);
  Outcome out;
  std::size_t at = 0;
  for (std::size_t piece = 0; piece <= cuts.size(); ++piece) {
    const std::size_t end = piece < cuts.size() ? cuts[piece] : body.size();
    while (true) {
      const auto step = decoder.step(body.substr(at, end - at));
      at += step.consumed;
      out.consumed = at;
      out.end = step.kind;
      if (step.kind == Kind::Payload) {
        EXPECT_FALSE(step.payload.empty());
        EXPECT_TRUE(step.payload.data() >= body.data() &&
                    step.payload.data() + step.payload.size() <= body.data() + at);
        out.payload += step.payload;
        continue;
      }
      if (step.kind == Kind::NeedMore) {
        EXPECT_EQ(at, end);
      }
      if (step.kind == Kind::Bad) {
        EXPECT_STRNE(step.why, "");
      }
      break;
    }
    if (out.end != Kind::NeedMore) break;
  }
  return out;
}

struct Row {
  const char* name;
  std::string_view body;
  Kind requests;
  Kind responses;
  std::string_view payload = {};
  std::size_t left = 0;  // bytes that belong to what comes next
};

std::string extension(std::size_t bytes) { return ";" + std::string(bytes - 1, 'x'); }

const std::string kExtensionAtLimit = "1" + extension(256) + "\r\na\r\n0\r\n\r\n";
const std::string kExtensionOverLimit = "1" + extension(257) + "\r\na\r\n0\r\n\r\n";
const std::string kExtensionOverLimitInTwo =
    "1" + extension(200) + "\r\na\r\n1" + extension(57) + "\r\nb\r\n0\r\n\r\n";
const std::string kTrailerAtLimit =
    "0\r\nX: " + std::string(ChunkedDecoder::kMaxTrailerBytes - 3, 'x') + "\r\n\r\n";
const std::string kTrailerOverLimit =
    "0\r\nX: " + std::string(ChunkedDecoder::kMaxTrailerBytes - 2, 'x') + "\r\n\r\n";

std::string repeated(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}
const std::string kManyChunks = repeated("3\r\nabc\r\n", 40) + "0\r\n\r\n";
const std::string kManyPayload = repeated("abc", 40);

const Row kRows[] = {
    {"many chunks", kManyChunks, Kind::Done, Kind::Done, kManyPayload},
    {"empty body", "0\r\n\r\n"sv, Kind::Done, Kind::Done},
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n"sv, Kind::Done, Kind::Done, "hello"sv},
    {"two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"sv, Kind::Done, Kind::Done,
     "hello world"sv},
    {"hex sizes in both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"sv, Kind::Done,
     Kind::Done, "01234567890123456789"sv},
    {"zeros in front", "0005\r\nhello\r\n000\r\n\r\n"sv, Kind::Done, Kind::Done, "hello"sv},
    {"payload that looks like framing", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n"sv, Kind::Done, Kind::Done,
     "0\r\n\r\n\r\n"sv},
    {"extension", "5;name=value\r\nhello\r\n0;last\r\n\r\n"sv, Kind::Done, Kind::Done, "hello"sv},
    {"quoted extension", "5;n=\"a b;c\"\r\nhello\r\n0\r\n\r\n"sv, Kind::Done, Kind::Done,
     "hello"sv},
    {"extensions at their limit", kExtensionAtLimit, Kind::Done, Kind::Done, "a"sv},
    {"bytes of the next message", "0\r\n\r\nGET / HTTP/1.1\r\n"sv, Kind::Done, Kind::Done, ""sv,
     16},
    {"trailer", "0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"sv, Kind::Bad, Kind::Done},
    {"trailer after data", "1\r\na\r\n0\r\nHost: evil\r\nAuthorization: Bearer x\r\n\r\n"sv,
     Kind::Bad, Kind::Done, "a"sv},
    {"trailers at their limit", kTrailerAtLimit, Kind::Bad, Kind::Done},

    {"nothing yet", ""sv, Kind::NeedMore, Kind::NeedMore},
    {"cut in the size", "5"sv, Kind::NeedMore, Kind::NeedMore},
    {"cut in the size line", "5\r"sv, Kind::NeedMore, Kind::NeedMore},
    {"cut in the data", "5\r\nhel"sv, Kind::NeedMore, Kind::NeedMore, "hel"sv},
    {"cut after the data", "5\r\nhello"sv, Kind::NeedMore, Kind::NeedMore, "hello"sv},
    {"cut in the last line", "0\r\n\r"sv, Kind::NeedMore, Kind::NeedMore},

    {"size 0x5", "0x5\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size +5", "+5\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size -0", "-0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size 0_2e", "0_2e\r\n"sv, Kind::Bad, Kind::Bad},
    {"size empty", "\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size empty with extension", ";a\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size with space in front", " 5\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size with space behind", "5 \r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size with tab behind", "5\t\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size with space before extension", "5 ;a\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size of no hex digit", "g\r\n"sv, Kind::Bad, Kind::Bad},
    {"size with high byte", "\xb5\r\n"sv, Kind::Bad, Kind::Bad},
    {"size of sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size of seventeen digits", "FFFFFFFFFFFFFFFF0\r\n"sv, Kind::Bad, Kind::Bad},
    {"size 2^64", "10000000000000000\r\n"sv, Kind::Bad, Kind::Bad},
    {"size line with LF", "5\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size line with CR alone", "5\rhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"size line with CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"data without line end", "5\r\nhello0\r\n\r\n"sv, Kind::Bad, Kind::Bad, "hello"sv},
    {"data with LF", "5\r\nhello\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad, "hello"sv},
    {"data with CR alone", "5\r\nhello\r0\r\n\r\n"sv, Kind::Bad, Kind::Bad, "hello"sv},
    {"data longer than its size", "5\r\nhello!\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad, "hello"sv},
    {"data shorter than its size", "5\r\nhel\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad, "hel\r\n"sv},
    {"last size line with LF", "0\n\n"sv, Kind::Bad, Kind::Bad},
    {"last line with LF", "0\r\n\n"sv, Kind::Bad, Kind::Bad},
    {"last line with CR alone", "0\r\n\rX"sv, Kind::Bad, Kind::Bad},
    {"extension with NUL", "5;a\0\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with NUL in quotes", "5;a=\"\0\"\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with LF", "5;a\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with LF in quotes", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with CR in quotes", "5;a=\"\rx\"\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with tab", "5;a\t\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension with high byte", "5;\xff\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extension without name", "5;\r\nhello\r\n0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"extensions over their limit", kExtensionOverLimit, Kind::Bad, Kind::Bad},
    {"trailer cut", "0\r\nX:"sv, Kind::Bad, Kind::NeedMore},
    {"trailer with space in front", "0\r\n X: y\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"trailer of only a colon", "0\r\n: y\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"trailer with NUL", "0\r\nX: \0\r\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"trailer with LF", "0\r\nX: y\n\r\n"sv, Kind::Bad, Kind::Bad},
    {"trailers over their limit", kTrailerOverLimit, Kind::Bad, Kind::Bad},
};

TEST(ChunkedDecoder, KnowsGoodBodiesFromBadOnes) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Outcome request = decode(row.body, Trailers::Refuse);
    EXPECT_EQ(request.end, row.requests);
    EXPECT_EQ(request.payload, row.payload);
    const Outcome response = decode(row.body, Trailers::Skip);
    EXPECT_EQ(response.end, row.responses);
    EXPECT_EQ(response.payload, row.payload);
    if (response.end == Kind::Done) {
      EXPECT_EQ(response.consumed, row.body.size() - row.left);
    }
  }
}

TEST(ChunkedDecoder, ReadsTheSameHoweverTheBytesAreSplit) {
  SeededRandom random(7);
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    for (const Trailers trailers : {Trailers::Refuse, Trailers::Skip}) {
      const Outcome whole = decode(row.body, trailers);
      std::vector<std::size_t> every;
      for (std::size_t i = 1; i < row.body.size(); ++i) every.push_back(i);
      EXPECT_EQ(decode(row.body, trailers, every).payload, whole.payload);
      EXPECT_EQ(decode(row.body, trailers, every).end, whole.end);
      for (int round = 0; round < 20; ++round) {
        std::vector<std::size_t> cuts;
        for (std::size_t at = random.below(9); at < row.body.size(); at += 1 + random.below(9))
          cuts.push_back(at);
        EXPECT_EQ(decode(row.body, trailers, cuts).payload, whole.payload);
        EXPECT_EQ(decode(row.body, trailers, cuts).end, whole.end);
      }
    }
  }
}

TEST(ChunkedDecoder, BoundsExtensionsOfAWholeRequestAndOfEachChunkOfAResponse) {
  EXPECT_EQ(decode(kExtensionOverLimitInTwo, Trailers::Refuse).end, Kind::Bad);
  const Outcome response = decode(kExtensionOverLimitInTwo, Trailers::Skip);
  EXPECT_EQ(response.end, Kind::Done);
  EXPECT_EQ(response.payload, "ab");
}

TEST(ChunkedDecoder, StaysDoneAndStaysBad) {
  ChunkedDecoder done(Trailers::Refuse);
  EXPECT_EQ(done.step("0\r\n\r\n").kind, Kind::Done);
  EXPECT_TRUE(done.done());
  EXPECT_EQ(done.step("5\r\n").kind, Kind::Done);
  EXPECT_EQ(done.step("5\r\n").consumed, 0u);
  EXPECT_EQ(done.step("").kind, Kind::Done);

  ChunkedDecoder bad(Trailers::Refuse);
  EXPECT_EQ(bad.step("x").kind, Kind::Bad);
  EXPECT_EQ(bad.step("0\r\n\r\n").kind, Kind::Bad);
  EXPECT_EQ(bad.step("").consumed, 0u);
  EXPECT_FALSE(bad.done());
}

TEST(ChunkedDecoder, YieldsPayloadsInsideTheCallersBytes) {
  const std::string body = "400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n";
  ChunkedDecoder decoder(Trailers::Refuse);
  const auto step = decoder.step(body);
  ASSERT_EQ(step.kind, Kind::Payload);
  EXPECT_EQ(step.payload.data(), body.data() + 5);
  EXPECT_EQ(step.payload.size(), 1024u);
}

}  // namespace
}  // namespace smartroute::http1
