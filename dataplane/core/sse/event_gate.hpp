// Lets whole server-sent events through untouched and keeps back the piece of one that has not
// ended, so that a broken upstream leaves the client with an exact prefix of whole events. On the
// way it watches, without copying, for what the gateway must know: the end mark, a finish reason,
// usage, an error.
//
// One read of the upstream is one cycle:  push(bytes)...  ->  ready()  ->  settle().
// Views returned by ready() point into the pushed bytes and into this object; they are valid until
// settle(). Thread rule: one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::sse {

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t reasoning_tokens = 0;
};

// What the events so far have shown.
struct Facts {
  std::uint64_t events = 0;    // with data; comments and empty records do not count
  bool done = false;           // data: [DONE]
  bool finish_reason = false;  // a non-null finish_reason
  std::string finish;          // ... the last one, at most 32 bytes
  bool content = false;        // some text, reasoning, refusal, audio or tool call has come, and not an empty one
  std::uint64_t content_bytes = 0;  // of text, as JSON spells it; counted until stop_watching_text()
  std::string text;  // the text itself, unescaped, at most kMaxTextBytes of it; until stop_watching_text()
  // An event whose data is a JSON object with an "error" that is not null, false or "", or named
  // `event: error`, or a bare JSON line of that kind. It is not released, nor is anything behind it.
  bool error = false;
  bool error_first = false;    // ... and no event with data came before it
  std::string error_text;      // data of the error event, at most kMaxErrorBytes
  // Data that is neither a JSON object nor [DONE], invalid UTF-8, a line of JSON or HTML outside any
  // field: what it stood for is lost. It is not released, nor is anything behind it.
  bool malformed = false;
  bool oversize = false;   // an event longer than kMaxHeldBytes went through unobserved
  std::optional<Usage> usage;  // the last one seen
};

class EventGate {
 public:
  EventGate() = default;
  EventGate(const EventGate&) = delete;  // views point into it
  EventGate& operator=(const EventGate&) = delete;

  // An event longer than this is forwarded as it comes, without holding it back or looking into it.
  static constexpr std::size_t kMaxHeldBytes = 64 * 1024;
  static constexpr std::size_t kMaxErrorBytes = 4 * 1024;
  static constexpr std::size_t kMaxTextBytes = 512;

  // Next bytes of the stream, in order. They must stay valid until settle(). Bytes after [DONE]'s
  // event are dropped and flagged (see extra_bytes).
  void push(std::string_view bytes);
  // What may go to the client now: whole events (line ends LF, CR or CRLF as they came), in order.
  const std::vector<std::string_view>& ready() const noexcept { return ready_; }
  std::size_t ready_bytes() const noexcept { return ready_bytes_; }
  // The caller has written or copied ready(): forget it, and copy the unfinished event so that the
  // pushed bytes may go.
  void settle();

  // The upstream has ended. A last event without its blank line counts as whole if its data is
  // [DONE]: then "\n\n" is made ready too.
  void finish();

  const Facts& facts() const noexcept { return facts_; }
  // Behind the commit point nobody asks for the text any more: spares looking for it.
  void stop_watching_text() noexcept;
  bool extra_bytes() const noexcept { return extra_bytes_; }  // something followed [DONE]
  std::size_t held_bytes() const noexcept;                    // kept back of an unfinished event
  // The client has been given part of an event (an oversize one) that has not ended: a blank line
  // is owed before anything of our own.
  bool mid_event() const noexcept { return passing_; }

 private:
  void scan(std::string_view bytes);
  void after_done(std::string_view bytes);
  void end_event(const char* event, const char* first_line_end, const char* end);
  void observe_event(std::string_view event);
  void observe_data(std::string_view data, bool named_error);
  void observe_bare(std::string_view line);
  void note_error(std::string_view data, std::uint64_t events_before);
  void hold(std::string_view piece);
  void note_oversize();
  void release(std::string_view bytes);
  void release_pending();
  void append_pending_to(std::string& out) const;

  std::vector<std::string_view> ready_;
  std::vector<std::string_view>
      pending_;         // pieces of the unfinished event, in order; the first may be held_
  std::string held_;    // front of the unfinished event, from earlier cycles
  std::string whole_;   // room to see a split event in one piece
  std::string joined_;  // room for data of several lines
  Facts facts_;
  std::size_t ready_bytes_ = 0;
  std::size_t event_bytes_ = 0;  // of the unfinished event so far
  bool line_started_ = false;    // the line at hand has bytes
  bool after_cr_ = false;        // the last byte was a CR: a LF now still belongs to it
  bool passing_ = false;         // the event at hand is oversize and goes through as it comes
  bool first_event_ = true;      // no event has ended yet: a byte order mark may stand in front
  bool extra_bytes_ = false;
};

}  // namespace smartroute::sse
