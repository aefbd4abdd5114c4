// Compressed bodies of providers. The first byte of the input picks the coding, the rest is the body: no split changes what it decodes to,
// no bound is passed, nothing is given out once it is bad. And as a text: what is compressed comes back.
#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/http1/content_decoder.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;
using http1::ContentDecoder;
using State = ContentDecoder::State;

constexpr std::string_view kCodings[] = {"gzip", "deflate", "br", "x-gzip"};
constexpr std::uint64_t kMaxOutput = 1024 * 1024;

struct Decoded {
  std::string text;
  State state = State::Open;
  bool bounded = false;  // bad by a bound, which a split may meet a little sooner or later
};

Decoded decode(std::string_view coding, std::string_view body, SeededRandom* splits) {
  auto decoder = ContentDecoder::for_coding(coding, kMaxOutput);
  Decoded out;
  do {
    const std::size_t size = splits ? splits->below(std::min<std::size_t>(body.size(), 64) + 1) : body.size();
    const bool was_bad = decoder->state() == State::Bad;
    decoder->feed(body.substr(0, size), [&](std::string_view piece) {
      require(!was_bad && !piece.empty() && piece.size() <= ContentDecoder::kPieceBytes, "pieces are bounded and come from good bodies");
      out.text += piece;
      require(decoder->decoded_bytes() == out.text.size(), "what is given out is counted");
      require(out.text.size() <= kMaxOutput, "the caller's bound holds");
      require(out.text.size() <= std::max(ContentDecoder::kRatioGrace, (decoder->encoded_bytes() + 1) * ContentDecoder::kMaxRatio),
              "the ratio holds");
    });
    body.remove_prefix(size);
  } while (!body.empty());
  out.state = decoder->finish();
  require(out.state != State::Open, "an ended body is good or bad");
  const std::string_view why = decoder->why();
  require((out.state == State::Bad) == !why.empty(), "what is bad has a reason");
  out.bounded = why.find("hundred") != std::string_view::npos || why.find("larger") != std::string_view::npos;
  return out;
}

std::string compressed(std::string_view coding, std::string_view text) {
  std::string out(compressBound(text.size()) + BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
  if (coding == "br") {
    std::size_t size = out.size();
    require(BrotliEncoderCompress(1, 18, BROTLI_MODE_GENERIC, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                  reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE,
            "brotli compresses");
    out.resize(size);
    return out;
  }
  z_stream stream{};
  const int window_bits = coding == "deflate" ? (text.size() % 2 == 0 ? 15 : -15) : 31;
  require(deflateInit2(&stream, 1, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib compresses");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "in one go");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::view_of(data, size);
  SeededRandom random = fuzz::random_of(bytes);
  const std::string_view coding = kCodings[data[0] % std::size(kCodings)];
  const std::string_view body = bytes.substr(1);

  const Decoded whole = decode(coding, body, nullptr);
  const Decoded split = decode(coding, body, &random);
  if (!whole.bounded && !split.bounded) require(whole.state == split.state, "no split makes a body good or bad");
  if (whole.state == State::Done && split.state == State::Done) require(whole.text == split.text, "no split changes a body");
  const std::size_t both = std::min(whole.text.size(), split.text.size());
  require(std::string_view(whole.text).substr(0, both) == std::string_view(split.text).substr(0, both), "one is the beginning of the other");

  const Decoded back = decode(coding, compressed(coding, body), &random);
  require(back.bounded || (back.state == State::Done && back.text == body), "what was compressed comes back");
  return 0;
}
