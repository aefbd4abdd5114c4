// The body of one message, whatever its framing: feed bytes, get payload views, know when it has
// ended. Copies nothing.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "dataplane/core/http1/chunked.hpp"
#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::http1 {

class BodyReader {
 public:
  enum class State : std::uint8_t { Open, Done, Bad };

  BodyReader(BodyKind kind, std::uint64_t content_length,
             ChunkedDecoder::Trailers trailers) noexcept
      : decoder_(trailers), remaining_(content_length), kind_(kind) {
    if (kind == BodyKind::None || (kind == BodyKind::Length && content_length == 0))
      state_ = State::Done;
  }

  // Gives every payload view in `in` to `on_payload(std::string_view)`. Returns the bytes used;
  // less than all of `in` only when the body ended or is bad inside it.
  template <class OnPayload>
  std::size_t feed(std::string_view in, OnPayload&& on_payload) {
    switch (kind_) {
      case BodyKind::None:
        return 0;
      case BodyKind::UntilClose:
        if (!in.empty()) on_payload(in);
        return in.size();
      case BodyKind::Length: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, in.size()));
        if (n != 0) on_payload(in.substr(0, n));
        remaining_ -= n;
        if (remaining_ == 0) state_ = State::Done;
        return n;
      }
      case BodyKind::Chunked:
        break;
    }
    std::size_t used = 0;
    while (state_ == State::Open) {
      const auto step = decoder_.step(in.substr(used));
      used += step.consumed;
      if (step.kind == ChunkedDecoder::Step::Kind::Payload) {
        on_payload(step.payload);
      } else if (step.kind == ChunkedDecoder::Step::Kind::NeedMore) {
        break;
      } else if (step.kind == ChunkedDecoder::Step::Kind::Done) {
        state_ = State::Done;
      } else {
        state_ = State::Bad;
        why_ = step.why;
      }
    }
    return used;
  }

  // The peer sent FIN. True if that is where this body may end.
  bool ends_at_eof() const noexcept {
    return kind_ == BodyKind::UntilClose || state_ == State::Done;
  }
  State state() const noexcept { return state_; }
  const char* why() const noexcept { return why_; }

 private:
  ChunkedDecoder decoder_;
  std::uint64_t remaining_;
  const char* why_ = "";
  BodyKind kind_;
  State state_ = State::Open;
};

}  // namespace smartroute::http1
