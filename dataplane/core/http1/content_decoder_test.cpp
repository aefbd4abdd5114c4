#include "dataplane/core/http1/content_decoder.hpp"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::http1 {
namespace {

using State = ContentDecoder::State;

constexpr std::uint64_t kPlenty = 1ULL << 40;
constexpr int kGzip = 31, kZlib = 15, kRaw = -15;

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What a server sends that flushes after each event.
std::vector<std::string> gzipped_events(std::string event, int count) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::vector<std::string> parts;
  for (int i = 0; i < count; ++i) {
    std::string out(1'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(event.data());
    stream.avail_in = static_cast<uInt>(event.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    out.resize(out.size() - stream.avail_out);
    parts.push_back(std::move(out));
  }
  deflateEnd(&stream);
  return parts;
}

std::vector<std::string> brotlied_events(std::string_view event, int count) {
  BrotliEncoderState* const state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  std::vector<std::string> parts;
  for (int i = 0; i < count; ++i) {
    std::string out(1'000, '\0');
    std::size_t left = event.size(), room = out.size();
    auto* from = reinterpret_cast<const std::uint8_t*>(event.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    EXPECT_EQ(BrotliEncoderCompressStream(state, BROTLI_OPERATION_FLUSH, &left, &from, &room, &to, nullptr), BROTLI_TRUE);
    EXPECT_EQ(left, 0u);
    out.resize(out.size() - room);
    parts.push_back(std::move(out));
  }
  BrotliEncoderDestroyInstance(state);
  return parts;
}

std::string brotlied(std::string_view text) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
  std::string out(size, '\0');
  EXPECT_EQ(BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()),
                                  &size, reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_TRUE);
  out.resize(size);
  return out;
}

std::string encoded(std::string_view coding, std::string_view text) {
  if (coding == "br") return brotlied(text);
  return deflated(text, coding == "gzip" || coding == "x-gzip" ? kGzip : coding == "raw" ? kRaw : kZlib);
}
std::string_view header_of(std::string_view coding) { return coding == "raw" ? "deflate" : coding; }

struct Decoded {
  std::string text, why;
  State state;
  std::uint64_t encoded_bytes, decoded_bytes;
};
Decoded decode(std::string_view coding, std::string_view bytes, std::size_t step = std::string_view::npos, std::uint64_t max_output = kPlenty) {
  auto decoder = ContentDecoder::for_coding(header_of(coding), max_output);
  EXPECT_TRUE(decoder.has_value()) << coding;
  Decoded out;
  while (!bytes.empty() && decoder->state() != State::Bad) {
    const std::string_view part = bytes.substr(0, step);
    bytes.remove_prefix(part.size());
    decoder->feed(part, [&out](std::string_view piece) {
      EXPECT_FALSE(piece.empty());
      EXPECT_LE(piece.size(), ContentDecoder::kPieceBytes);
      out.text += piece;
    });
  }
  out.state = decoder->finish();
  out.why = decoder->why();
  out.encoded_bytes = decoder->encoded_bytes();
  out.decoded_bytes = decoder->decoded_bytes();
  EXPECT_EQ(out.decoded_bytes, out.text.size());
  return out;
}

// Words, not noise and not one byte: compresses like text does.
std::string prose(std::size_t size, std::uint64_t seed = 1) {
  constexpr std::string_view kWords[] = {"data: {\"choices\":", "model", "\n\n", "answer ", "route", "0123", "delta", " the", "\"content\":\""};
  SeededRandom random(seed);
  std::string text;
  while (text.size() < size) {
    text += kWords[random.below(std::size(kWords))];
    text += static_cast<char>('a' + random.below(26));
  }
  text.resize(size);
  return text;
}

constexpr const char* kCodings[] = {"gzip", "x-gzip", "deflate", "raw", "br"};

TEST(ContentDecoder, DecodesEveryCodingHoweverItIsSplit) {
  for (const char* coding : kCodings) {
    for (const std::size_t size : {0u, 1u, 100u, 5'000u, 200'000u}) {
      const std::string text = prose(size);
      const std::string bytes = encoded(coding, text);
      for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4'096}, bytes.size()}) {
        const Decoded out = decode(coding, bytes, step);
        EXPECT_EQ(out.state, State::Done) << coding << ' ' << size << ' ' << step << ' ' << out.why;
        EXPECT_TRUE(out.text == text) << coding << ' ' << size << ' ' << step;
        EXPECT_EQ(out.encoded_bytes, bytes.size());
      }
    }
  }
}

TEST(ContentDecoder, KnowsCodingsByNameInEitherCase) {
  for (const char* name : {"gzip", "GZIP", "X-Gzip", "deflate", "Deflate", "br", "BR"})
    EXPECT_TRUE(ContentDecoder::for_coding(name, kPlenty).has_value()) << name;
  for (const char* name : {"", "identity", "zstd", "compress", "gzip, br", "gzip,gzip", "gzi", "gzipp", "b", " gzip"})
    EXPECT_FALSE(ContentDecoder::for_coding(name, kPlenty).has_value()) << name;
  EXPECT_TRUE(is_plain_coding(""));
  EXPECT_TRUE(is_plain_coding("Identity"));
  EXPECT_FALSE(is_plain_coding("gzip"));
  EXPECT_FALSE(is_plain_coding("identity, gzip"));
}

TEST(ContentDecoder, GivesOutEachEventAsSoonAsItHasCome) {
  const std::string event = "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
  constexpr int kEvents = 20;
  for (const char* coding : {"gzip", "br"}) {
    const auto parts = std::string_view(coding) == "gzip" ? gzipped_events(event, kEvents) : brotlied_events(event, kEvents);
    auto decoder = ContentDecoder::for_coding(coding, kPlenty);
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      decoder->feed(parts[i], [&text](std::string_view piece) { text += piece; });
      ASSERT_EQ(text.size(), (i + 1) * event.size()) << coding << ' ' << i;
      ASSERT_TRUE(text.ends_with(event)) << coding << ' ' << i;
    }
  }
}

TEST(ContentDecoder, ABodyThatIsCutShortIsBad) {
  const std::string text = prose(3'000);
  for (const char* coding : kCodings) {
    const std::string bytes = encoded(coding, text);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      const Decoded out = decode(coding, std::string_view(bytes).substr(0, size));
      ASSERT_EQ(out.state, State::Bad) << coding << ' ' << size;
      ASSERT_TRUE(text.starts_with(out.text)) << coding << ' ' << size;
    }
    EXPECT_EQ(decode(coding, "").state, State::Done) << coding;  // no body at all is an empty one
  }
}

TEST(ContentDecoder, AFlippedBitInGzipIsFound) {
  const std::string bytes = deflated(prose(2'000), kGzip);
  for (std::size_t at = 10; at < bytes.size(); ++at) {  // behind the header, whose time stamp means nothing
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    ASSERT_EQ(decode("gzip", broken).state, State::Bad) << at;
  }
}

TEST(ContentDecoder, GzipMayHaveSeveralMembers) {
  const std::string bytes = deflated("one ", kGzip) + deflated("", kGzip) + deflated("two", kGzip);
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, bytes.size()}) {
    const Decoded out = decode("gzip", bytes, step);
    EXPECT_EQ(out.state, State::Done) << step;
    EXPECT_EQ(out.text, "one two") << step;
  }
}

TEST(ContentDecoder, BytesBehindTheEndAreBad) {
  for (const char* coding : kCodings) {
    for (const std::string_view garbage : {std::string_view("x"), std::string_view("\0\0\0\0", 4), std::string_view("{\"error\":1}")}) {
      for (const std::size_t step : {std::size_t{1}, std::string_view::npos}) {
        const Decoded out = decode(coding, encoded(coding, "text") + std::string(garbage), step);
        EXPECT_EQ(out.state, State::Bad) << coding << ' ' << garbage;
      }
    }
  }
  // Half a member behind a whole one: cut, not done.
  const std::string two = deflated("one", kGzip) + deflated("two", kGzip);
  EXPECT_EQ(decode("gzip", std::string_view(two).substr(0, two.size() - 4)).state, State::Bad);
}

TEST(ContentDecoder, PlainTextUnderACodingsNameIsBad) {
  for (const char* coding : kCodings) {
    const Decoded out = decode(coding, R"({"choices":[{"message":{"content":"not compressed at all"}}]})");
    EXPECT_EQ(out.state, State::Bad) << coding;
    EXPECT_TRUE(out.text.empty()) << coding;
  }
  EXPECT_EQ(decode("gzip", brotlied("text")).state, State::Bad);
  EXPECT_EQ(decode("br", deflated("text", kGzip)).state, State::Bad);
}

TEST(ContentDecoder, ADictionaryNobodyHasIsBad) {
  z_stream stream{};
  ASSERT_EQ(deflateInit(&stream, 6), Z_OK);
  const std::string dictionary = "data: choices";
  ASSERT_EQ(deflateSetDictionary(&stream, reinterpret_cast<const Bytef*>(dictionary.data()), static_cast<uInt>(dictionary.size())), Z_OK);
  std::string text = "data: choices data: choices", out(200, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  EXPECT_EQ(decode("deflate", out).state, State::Bad);
}

TEST(ContentDecoder, ABombStopsAtItsRatio) {
  const std::string zeros(16 * 1024 * 1024, '\0');
  for (const char* coding : kCodings) {
    const std::string bomb = encoded(coding, zeros);
    ASSERT_LT(bomb.size() * 500, zeros.size()) << coding;
    for (const std::size_t step : {std::size_t{1}, std::size_t{1'000}, bomb.size()}) {
      const Decoded out = decode(coding, bomb, step);
      EXPECT_EQ(out.state, State::Bad) << coding;
      EXPECT_LE(out.decoded_bytes, std::max(ContentDecoder::kRatioGrace, ContentDecoder::kMaxRatio * (out.encoded_bytes + 1))) << coding;
      EXPECT_LE(out.decoded_bytes, 2 * 1024 * 1024u) << coding;
      EXPECT_NE(out.why.find("hundred times"), std::string::npos) << coding << ": " << out.why;
    }
  }
}

TEST(ContentDecoder, SmallBodiesMayCompressWell) {
  const std::string zeros(ContentDecoder::kRatioGrace, '\0');
  for (const char* coding : kCodings) {
    const Decoded out = decode(coding, encoded(coding, zeros));
    EXPECT_EQ(out.state, State::Done) << coding << ' ' << out.why;
    EXPECT_EQ(out.text, zeros) << coding;
  }
}

TEST(ContentDecoder, TheCallersBoundHolds) {
  const std::string text = prose(100'000);
  for (const char* coding : kCodings) {
    const std::string bytes = encoded(coding, text);
    for (const std::size_t step : {std::size_t{1}, bytes.size()}) {
      EXPECT_EQ(decode(coding, bytes, step, text.size()).state, State::Done) << coding;
      const Decoded out = decode(coding, bytes, step, text.size() - 1);
      EXPECT_EQ(out.state, State::Bad) << coding;
      EXPECT_LT(out.decoded_bytes, text.size()) << coding;
      EXPECT_EQ(decode(coding, bytes, step, 0).decoded_bytes, 0u) << coding;
    }
  }
}

TEST(ContentDecoder, StaysBadWhateverComes) {
  auto decoder = ContentDecoder::for_coding("gzip", kPlenty);
  const auto none = [](std::string_view) { FAIL() << "a bad body has no text"; };
  EXPECT_EQ(decoder->feed("nonsense", none), State::Bad);
  EXPECT_EQ(decoder->feed(deflated("text", kGzip), none), State::Bad);
  EXPECT_EQ(decoder->finish(), State::Bad);
  EXPECT_STRNE(decoder->why(), "");
}

TEST(ContentDecoder, MayMoveWhileItDecodes) {
  const std::string text = prose(50'000);
  for (const char* coding : kCodings) {
    const std::string bytes = encoded(coding, text);
    auto first = ContentDecoder::for_coding(header_of(coding), kPlenty);
    std::string out;
    const auto collect = [&out](std::string_view piece) { out += piece; };
    first->feed(std::string_view(bytes).substr(0, bytes.size() / 2), collect);
    ContentDecoder second = std::move(*first);
    first.reset();
    second.feed(std::string_view(bytes).substr(bytes.size() / 2), collect);
    EXPECT_EQ(second.finish(), State::Done) << coding;
    EXPECT_TRUE(out == text) << coding;
  }
}

}  // namespace
}  // namespace smartroute::http1
