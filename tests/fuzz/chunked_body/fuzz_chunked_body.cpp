// Chunked bodies: payload, verdict and bytes used do not depend on how the bytes come.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/core/http1/chunked.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;
using http1::ChunkedDecoder;
using Kind = ChunkedDecoder::Step::Kind;

struct Outcome {
  std::string payload;
  Kind end = Kind::NeedMore;
  std::size_t used = 0;
};

template <class SizeOf>
Outcome decode(std::string_view body, ChunkedDecoder::Trailers trailers, SizeOf size_of) {
  ChunkedDecoder decoder(trailers);
  Outcome out;
  while (!body.empty() && out.end == Kind::NeedMore) {
    const std::string piece(body.substr(0, size_of(body.size())));
    std::string_view rest = piece;
    while (true) {
      const ChunkedDecoder::Step step = decoder.step(rest);
      require(step.consumed <= rest.size() && fuzz::lies_inside(step.payload, rest),
              "steps stay inside");
      require((step.kind == Kind::Payload) != step.payload.empty(), "payload steps have payload");
      rest.remove_prefix(step.consumed);
      out.used += step.consumed;
      out.payload += step.payload;
      out.end = step.kind;
      if (step.kind != Kind::Payload) break;
    }
    require(out.end != Kind::NeedMore || rest.empty(), "all is used before more is asked for");
    body.remove_prefix(piece.size());
  }
  require(decoder.done() == (out.end == Kind::Done), "done() says so");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::view_of(data, size);
  for (const auto trailers : {ChunkedDecoder::Trailers::Refuse, ChunkedDecoder::Trailers::Skip}) {
    SeededRandom random = fuzz::random_of(body);
    const Outcome whole = decode(body, trailers, [](std::size_t left) { return left; });
    const Outcome bytewise = decode(body, trailers, [](std::size_t) { return std::size_t{1}; });
    const Outcome split = decode(body, trailers, [&random](std::size_t left) {
      return 1 + static_cast<std::size_t>(random.below(left));
    });
    for (const Outcome& other : {bytewise, split}) {
      require(other.payload == whole.payload && other.end == whole.end,
              "the split makes no difference");
      require(whole.end != Kind::Done || other.used == whole.used,
              "the body ends at the same byte");
    }
  }
  return 0;
}
