#include "dataplane/core/http1/chunked.hpp"

#include <algorithm>

#include "dataplane/core/http1/chars.hpp"
#include "dataplane/core/http1/field_reader.hpp"

namespace smartroute::http1 {

ChunkedDecoder::Step ChunkedDecoder::step(std::string_view in) noexcept {
  const char* const end = in.data() + in.size();
  const char* at = in.data();
  Step out;
  while (at != end && state_ < State::Done) {
    if (state_ == State::Data) {
      out.payload = take_data(at, end);
      out.kind = Step::Kind::Payload;
      out.consumed = static_cast<std::size_t>(at - in.data());
      return out;
    }
    at = state_ < State::Data ? read_size(at, end) : read_end(at, end);
  }
  if (state_ == State::Done) out.kind = Step::Kind::Done;
  if (state_ == State::Bad) out.kind = Step::Kind::Bad;
  out.why = why_;
  out.consumed = static_cast<std::size_t>(at - in.data());
  return out;
}

const char* ChunkedDecoder::bad(const char* at, const char* why) noexcept {
  state_ = State::Bad;
  why_ = why;
  return at;
}

// Size line: hex digits, perhaps an extension, CR LF. Returns the first byte not used.
const char* ChunkedDecoder::read_size(const char* at, const char* end) noexcept {
  if (state_ == State::Size) {
    for (int digit = 0; at != end && (digit = hex_value(*at)) >= 0; ++at) {
      if (digits_ == kMaxSizeDigits) return bad(at, "chunk size with too many digits");
      ++digits_;
      remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
    }
    if (at == end) return at;
    if (digits_ == 0) return bad(at, "chunk without a size");
    if (*at != '\r' && *at != ';') return bad(at, "chunk size is not plain hex");
    if (*at == ';') ++extension_bytes_;
    state_ = *at == '\r' ? State::SizeLf : State::ExtensionStart;
    if (++at == end) return at;
  }
  if (state_ == State::ExtensionStart) {
    if ((classes_of(*at) & kToken) == 0) return bad(at, "chunk extension without a name");
    state_ = State::Extension;
  }
  if (state_ == State::Extension) {
    for (; at != end && *at != '\r'; ++at) {
      const auto byte = static_cast<unsigned char>(*at);
      if (byte < 0x20 || byte >= 0x7f) return bad(at, "byte not allowed in a chunk extension");
      if (++extension_bytes_ > kMaxExtensionBytes) return bad(at, "chunk extensions too long");
    }
    if (at == end) return at;
    state_ = State::SizeLf;
    if (++at == end) return at;
  }
  if (*at != '\n') return bad(at, "chunk size line that does not end with CR LF");
  digits_ = 0;
  if (trailers_ == Trailers::Skip) extension_bytes_ = 0;
  state_ = remaining_ == 0 ? State::TrailerStart : State::Data;
  return at + 1;
}

std::string_view ChunkedDecoder::take_data(const char*& at, const char* end) noexcept {
  const auto here = static_cast<std::uint64_t>(end - at);
  const auto size = static_cast<std::size_t>(std::min(remaining_, here));
  const std::string_view payload(at, size);
  at += size;
  remaining_ -= size;
  if (remaining_ == 0) {
    // Mostly the line end is here too: taking it now saves a step. If it is wrong, the next step
    // says so.
    const bool whole = end - at >= 2 && at[0] == '\r' && at[1] == '\n';
    state_ = whole ? State::Size : State::DataCr;
    if (whole) at += 2;
  }
  return payload;
}

// What follows a chunk's data, and the end of the body. Returns the first byte not used.
const char* ChunkedDecoder::read_end(const char* at, const char* end) noexcept {
  switch (state_) {
    case State::DataCr:
      if (*at != '\r') return bad(at, "chunk that does not end with CR LF");
      state_ = State::DataLf;
      return at + 1;
    case State::DataLf:
      if (*at != '\n') return bad(at, "chunk that does not end with CR LF");
      state_ = State::Size;
      return at + 1;
    case State::TrailerStart:
      if (*at == '\r') {
        state_ = State::FinalLf;
        return at + 1;
      }
      if (trailers_ == Trailers::Refuse) return bad(at, "trailer in a request");
      if ((classes_of(*at) & kToken) == 0) return bad(at, "byte not allowed in a trailer name");
      state_ = State::Trailer;
      return at;
    case State::Trailer: {
      const char* const stop = find_value_end(at, end);
      const auto size = static_cast<std::size_t>(stop - at);
      if (size > kMaxTrailerBytes - trailer_bytes_) return bad(at, "trailers too long");
      trailer_bytes_ += static_cast<std::uint32_t>(size);
      if (stop == end) return end;
      if (*stop != '\r') return bad(stop, "byte not allowed in a trailer");
      state_ = State::TrailerLf;
      return stop + 1;
    }
    case State::TrailerLf:
      if (*at != '\n') return bad(at, "trailer that does not end with CR LF");
      state_ = State::TrailerStart;
      return at + 1;
    case State::FinalLf:
      if (*at != '\n') return bad(at, "body that does not end with CR LF");
      state_ = State::Done;
      return at + 1;
    default:
      return bad(at, "chunked body out of step");
  }
}

}  // namespace smartroute::http1
