// What a scripted answer looks like and what goes wrong in it. A behaviour comes from JSON with
// these field names:
//
//   latency_ms first_token_ms pace_ms   waits: before the head, before the first body byte, between
//                                       stream events
//   events chunk_bytes                  content events of a stream (-1: never ends), payload bytes
//                                       of each
//   content_bytes                       size of the answer text, when `events` is not given
//   sequence tag                        the text is that many numbered pieces, see append_piece();
//                                       `tag` begins each (default: the model)
//   echo_request                        the answer text is the request body as received
//   gzip pad_bytes header_bytes         gzip coding; spaces after the JSON; size of one extra
//                                       response header
//   line_end bom named comments         how events are spelled, see EventForm; line_end: lf, crlf,
//   no_space two_lines                  cr, mixed
//   usage_every_event                   usage so far in every event
//   no_done no_usage no_finish_reason   parts of a stream that are left out (no_usage: of a plain
//                                       answer, too)
//   write_size write_gap_us             output goes in writes of that many bytes, with that pause
//                                       between them
//   event_writes                        one write for each event of an unpaced stream
//   stamp                               CLOCK_MONOTONIC stamps in head and events
//
// and what goes wrong:
//
//   status body headers{} retry_after   an error answer; `body` is text or JSON
//   error_200                           200 with an error object (in a stream: as its only event)
//   error_at_event raw_error            after that many content events an error event (raw: a bare
//                                       JSON line)
//   garbage_at_event garbage            these bytes (a character each) after so many content
//                                       events, whatever follows
//   after_done                          ... and behind [DONE]
//   cut_before_head cut_at_byte rst     connection ends there; body bytes on the wire, chunk
//                                       framing included
//   stall_before_head stall_at_byte     silence from there until the client goes
//   framing                             see Framing
//
//   fail_every fail_ratio seed          only every Nth request, or that share of them, is faulty:
//                                       the second list holds for these alone; none given means
//                                       status 500
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/result.hpp"
#include "tools/mock_provider/event_form.hpp"

namespace smartroute::mock_provider {

enum class Framing : std::uint8_t {
  Ok,             // ok: chunked for streams, content-length otherwise
  ClTe,           // cl_te: content-length and transfer-encoding together
  TwoCl,          // two_cl: two content-lengths that differ
  BadChunk,       // bad_chunk: the second chunk has no hexadecimal size
  ExtraBytes,     // extra_bytes: a second response nobody asked for follows the first
  Http10Eof,      // http10_eof: HTTP/1.0, ends by close
  Eof,            // eof: HTTP/1.1 without length, ends by close
  NoReason,       // no_reason: status line ends after the code
  Interim,        // 1xx_then_200: 100 and 103 before the answer
  TeGzip,         // te_gzip: transfer-encoding gzip, ends by close
  ShortCl,        // short_cl: body ends 16 bytes before its content-length, then close
  Html200,        // html_200: a web page
  JsonForStream,  // json_for_stream: a plain answer though a stream was asked for
  NoLastChunk,    // no_last_chunk: chunked without its final chunk, then close
  Trailers,       // trailers: a trailer field after the final chunk
  ChunkExt,       // chunk_ext: every chunk has an extension
};

struct Behaviour {
  std::chrono::microseconds latency{0};
  std::chrono::microseconds first_token{0};
  std::chrono::microseconds pace{0};
  std::optional<std::int64_t> events;
  std::optional<std::size_t> chunk_bytes;
  std::optional<std::size_t> content_bytes;
  bool echo_request = false;
  std::optional<std::int64_t> sequence;
  std::string tag;

  int status = 200;
  std::optional<std::string> body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<int> retry_after;
  bool error_200 = false;
  std::optional<std::int64_t> error_at_event;
  bool raw_error = false;
  std::optional<std::int64_t> garbage_at_event;
  std::string garbage;
  std::string after_done;
  bool cut_before_head = false;
  std::optional<std::uint64_t> cut_at_byte;
  bool rst = false;
  bool stall_before_head = false;
  std::optional<std::uint64_t> stall_at_byte;
  Framing framing = Framing::Ok;

  bool gzip = false;
  std::size_t pad_bytes = 0;
  std::size_t header_bytes = 0;
  bool no_done = false;
  bool no_usage = false;
  bool usage_every_event = false;
  EventForm form;
  bool no_finish_reason = false;
  std::size_t write_size = 0;
  std::chrono::microseconds write_gap{0};
  bool event_writes = false;

  std::uint64_t fail_every = 0;
  double fail_ratio = 0;
  std::uint64_t seed = 1;
  bool stamp = false;

  // True when only some requests are faulty.
  bool sometimes() const noexcept { return fail_every > 0 || fail_ratio > 0; }
  // The same without its faults: what the other requests get.
  Behaviour healthy() const;
};

// Refuses unknown fields and wrong types, naming the field.
Result<Behaviour> parse_behaviour(std::string_view json);

// Which behaviour a request gets by its model; `fallback` for models that are not named.
struct Script {
  Behaviour fallback;
  std::map<std::string, Behaviour, std::less<>> models;
};

// {"default": {...}, "models": {"name": {...}}}. A request may bring one, too, wherever it may
// bring a behaviour.
Result<Script> parse_script(std::string_view json);
// Whether it is written like a script rather than like a behaviour.
bool is_script(std::string_view json);

}  // namespace smartroute::mock_provider
