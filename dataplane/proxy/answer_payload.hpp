// An upstream's bytes on their way through framing and coding: what row 6 and row 7 both read an answer with.
#pragma once
#include <string_view>

#include "dataplane/proxy/exchange.hpp"

namespace smartroute::proxy {

// Gives the payload in `bytes`, as the provider meant it, to `on_payload(std::string_view)`. Returns the bytes used, like BodyReader::feed().
// Views are good until the next call.
template <class OnPayload>
std::size_t read_payload(Answer& a, std::string_view bytes, OnPayload&& on_payload) {
  if (!a.decoder) return a.reader->feed(bytes, on_payload);
  a.decoded.resize(0);
  auto keep = [&a](std::string_view plain) { a.decoded.append(plain); };
  auto decode = [&a, &keep](std::string_view coded) { a.decoder->feed(coded, keep); };
  const std::size_t used = a.reader->feed(bytes, decode);
  if (!a.decoded.empty()) on_payload(a.decoded.view());
  return used;
}

enum class PayloadState : std::uint8_t { Open, Done, Bad };

// Done: framing and coding have both ended where they may.
inline PayloadState payload_state(const Answer& a) noexcept {
  using http1::BodyReader;
  using http1::ContentDecoder;
  if (a.reader->state() == BodyReader::State::Bad) return PayloadState::Bad;
  if (a.decoder && a.decoder->state() == ContentDecoder::State::Bad) return PayloadState::Bad;
  if (a.reader->state() == BodyReader::State::Open) return PayloadState::Open;
  return a.decoder && a.decoder->state() != ContentDecoder::State::Done ? PayloadState::Bad : PayloadState::Done;
}

// The upstream sent FIN: may the body end here?
inline bool may_end_here(const Answer& a) noexcept {
  return a.reader->ends_at_eof() && (!a.decoder || a.decoder->state() == http1::ContentDecoder::State::Done);
}

// A stream without [DONE] whose last word has come all the same: one choice, its finish reason, and nothing begun behind it. What may still
// follow is the usage. Of several choices the first one's finish says nothing of the others.
inline bool has_finished(const Exchange& x) noexcept {
  return x.gate->facts().finish_reason && !x.chat.several_choices && !x.gate->mid_event();
}

// Copies the events that are ready behind those that are held: what the gate's views point at is gone after the next wait.
inline void hold_ready(Exchange& x) {
  Answer& a = x.answer;
  for (const std::string_view piece : x.gate->ready()) a.held_storage.append(piece);
  x.gate->settle();
  a.held = a.held_storage.view();
}

// How long the usage, or [DONE], is waited for behind a finish reason: the answer itself is complete.
inline constexpr std::chrono::milliseconds kFinishGrace{5'000};

inline const char* why_bad(const Answer& a) noexcept {
  if (a.reader->state() == http1::BodyReader::State::Bad) return a.reader->why();
  if (a.decoder && a.decoder->state() == http1::ContentDecoder::State::Bad) return a.decoder->why();
  return "the compressed body is not complete";
}

}  // namespace smartroute::proxy
