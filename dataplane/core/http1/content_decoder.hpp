// Decodes the body of a response that came compressed although `identity` was asked for. Streaming: every byte that what has come so far
// can yield is given out at once, in pieces of bounded size, so that neither a stream of events waits nor a bomb costs memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace smartroute::http1 {

// Whether a Content-Encoding leaves the body as it is: none or "identity".
bool is_plain_coding(std::string_view coding) noexcept;

// Owned by one response. Holds about 64 KiB for gzip and deflate; for br the sender's window as well, at most 16 MiB, of which no more is
// touched than has been decoded.
class ContentDecoder {
 public:
  enum class State : std::uint8_t {
    Open,  // more must come
    Done,  // the body may end here
    Bad,   // why() says what is wrong; nothing more is given out
  };
  static constexpr std::size_t kPieceBytes = 16 * 1024;
  // Of decoded to encoded bytes, once more than kRatioGrace are decoded. Text does not come near it: a provider that sends such is broken
  // or hostile.
  static constexpr std::uint64_t kMaxRatio = 100;
  static constexpr std::uint64_t kRatioGrace = 64 * 1024;

  // gzip, x-gzip, deflate (with or without its zlib wrapping) or br, in either case. nullopt: any other coding, a list of several, and
  // none at all. More than `max_output` decoded bytes are Bad.
  static std::optional<ContentDecoder> for_coding(std::string_view coding, std::uint64_t max_output);

  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;
  ~ContentDecoder();

  // The next bytes of the body. They must stay where they are until next() has returned an empty view.
  void give(std::string_view in) noexcept { in_ = in; }
  // The next piece, valid until the next call; empty when there is none before more is given, or ever.
  std::string_view next() noexcept;

  // The same in one call: every piece of `in` goes to `on_piece(std::string_view)`.
  template <class OnPiece>
  State feed(std::string_view in, OnPiece&& on_piece) {
    give(in);
    for (std::string_view piece = next(); !piece.empty(); piece = next()) on_piece(piece);
    return state_;
  }
  // The body has ended, and next() has returned an empty view. Bad unless that is where it may end; a body without a byte is an empty one.
  State finish() noexcept;

  State state() const noexcept { return state_; }
  const char* why() const noexcept { return why_; }
  std::uint64_t encoded_bytes() const noexcept { return encoded_; }
  std::uint64_t decoded_bytes() const noexcept { return decoded_; }  // given out

  // A coding's own decoder; in the source.
  class Engine;

 private:
  ContentDecoder(std::unique_ptr<Engine> engine, std::uint64_t max_output);
  std::string_view bad(const char* why) noexcept;

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<char[]> piece_;
  std::string_view in_;
  std::uint64_t max_output_;
  std::uint64_t encoded_ = 0, decoded_ = 0;
  const char* why_ = "";
  State state_ = State::Open;
};

}  // namespace smartroute::http1
