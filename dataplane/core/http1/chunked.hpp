// Strict incremental reader of chunked bodies. Yields views of the payload inside the caller's
// bytes; copies nothing, buffers nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smartroute::http1 {

class ChunkedDecoder {
 public:
  // Requests: any trailer field is an error. Responses: trailer fields are skipped, up to
  // max_trailer_bytes.
  enum class Trailers : std::uint8_t { Refuse, Skip };
  // Of a request over its whole body; of a response for each chunk, for a stream may have any
  // number of them.
  static constexpr std::size_t kMaxExtensionBytes = 256;
  static constexpr std::size_t kMaxTrailerBytes = 8 * 1024;
  static constexpr int kMaxSizeDigits = 15;  // sizes stay below 2^60

  explicit ChunkedDecoder(Trailers trailers) noexcept : trailers_(trailers) {}

  struct Step {
    enum class Kind : std::uint8_t { Payload, NeedMore, Done, Bad };
    Kind kind = Kind::NeedMore;
    std::size_t consumed = 0;  // bytes of `in` used by this step, framing included
    std::string_view payload;  // when Payload; never empty; part of `in`
    const char* why = "";      // when Bad
  };
  // Reads from the front of `in`. Call again with the rest until NeedMore (all of `in` consumed),
  // Done or Bad. After Done or Bad every call returns the same kind with consumed 0. Payload steps
  // may split a chunk where `in` ends.
  Step step(std::string_view in) noexcept;

  bool done() const noexcept { return state_ == State::Done; }

 private:
  // In the order of the grammar: states before Data belong to the size line, those between Data and
  // Done to what follows.
  enum class State : std::uint8_t {
    Size,
    ExtensionStart,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    TrailerLf,
    FinalLf,
    Done,
    Bad
  };
  const char* read_size(const char* at, const char* end) noexcept;
  const char* read_end(const char* at, const char* end) noexcept;
  std::string_view take_data(const char*& at, const char* end) noexcept;
  const char* bad(const char* at, const char* why) noexcept;

  std::uint64_t remaining_ = 0;
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint8_t digits_ = 0;
  Trailers trailers_;
  State state_ = State::Size;
  const char* why_ = "";
};

}  // namespace smartroute::http1
