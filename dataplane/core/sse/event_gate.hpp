// Lets whole server-sent events through in one canonical form and keeps back the piece of one that
// has not ended, so that a broken upstream leaves the client with an exact prefix of whole events.
// On the way it watches for what the gateway must know: the end mark, a finish reason, content,
// usage, an error.
//
// Canonical form: one `data: <line>` LF for each line of the data, then LF; nothing else. So goes
// the event that providers mostly write, `data: {...}` LF LF, untouched and uncopied. Of any other
// record (CR or CRLF, no space after the colon, a byte order mark in front, `id`, `retry`, `event`
// or unknown fields, comments) the data lines are written anew, so that a client decodes the same
// text by the WHATWG rules; what carries no data, or nothing but blanks, or is named
// `event: ping`, is dropped: clients choke on such records. [DONE] with blanks around it is
// written without them.
//
// One read of the upstream is one cycle:  push(bytes)...  ->  ready()  ->  settle().
// Views returned by ready() point into the pushed bytes and into this object; they are valid until
// settle(). Thread rule: one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/openai/usage.hpp"
#include "dataplane/core/sse/event_pattern.hpp"
#include "dataplane/core/sse/event_sink.hpp"

namespace smartroute::openai {
struct AnswerWalk;
}

namespace smartroute::sse {

// What the events so far have shown. Only an event that is whole and well-formed shows anything
// but an error.
struct Facts {
  // With data, those held back as error or malformed included; dropped records do not count.
  std::uint64_t events = 0;
  bool done = false;           // data: [DONE]
  bool finish_reason = false;  // a finish_reason of a choice that is a text, and not ""
  std::string finish;          // ... the last one, at most 32 bytes
  // Some text, reasoning, refusal, audio, image or tool call has come, and not an empty one. An
  // oversize event counts as content.
  bool content = false;
  std::uint64_t content_bytes = 0;  // of text, as JSON spells it; until stop_watching_text()
  // The text itself, unescaped, at most kMaxTextBytes of it; until stop_watching_text(). A surrogate
  // pair that was split over two events reads as two U+FFFD.
  std::string text;
  // An event whose data is a JSON object with an "error" that is not null, false or "", or with
  // "object":"error", or one named `event: error`, or bare JSON of that kind. It is not released,
  // nor is anything behind it.
  bool error = false;
  bool error_first = false;  // ... and no event with data came before it
  // Data of the error event, at most kMaxErrorBytes, cut between characters; of any form, and of any
  // bytes if malformed is set too.
  std::string error_text;
  // Data that is neither one well-formed JSON object (RFC 8259; lone surrogates in escapes and
  // numbers beyond a double pass, as clients take them) nor [DONE]; data that is not UTF-8; a line
  // that begins with '{', '[' or '<' outside any field; an event of nothing but fields that do not
  // exist (a garbled name). What it stood for is lost. It is not
  // released, nor is anything behind it. Not seen: an object that is whole but is no chunk of a
  // chat completion; what an oversize event holds.
  bool malformed = false;
  bool oversize = false;  // an event longer than kMaxHeldBytes went through unobserved
  openai::Usage usage;  // all reports merged, in order; empty: none
};

class EventGate {
 public:
  EventGate() = default;
  EventGate(const EventGate&) = delete;  // views point into it
  EventGate& operator=(const EventGate&) = delete;

  // An event that is longer in canonical form is forwarded as it comes, without holding it back.
  // Its lines are made canonical like all others; of its data only the first kMaxHeldBytes are
  // asked, and only whether they are an error. So invalid UTF-8, broken JSON and an event named
  // ping pass in it.
  static constexpr std::size_t kMaxHeldBytes = 64 * 1024;
  static constexpr std::size_t kMaxErrorBytes = 4 * 1024;
  static constexpr std::size_t kMaxTextBytes = 512;
  static constexpr std::size_t kMaxFinishBytes = 32;

  // Next bytes of the stream, in order. They must stay valid until settle(). Bytes after [DONE]'s
  // event are dropped and flagged (see extra_bytes), those after an error or a malformed event just
  // dropped.
  void push(std::string_view bytes);
  // What may go to the client now: whole canonical events, in order.
  const std::vector<std::string_view>& ready() const noexcept { return ready_; }
  std::size_t ready_bytes() const noexcept { return ready_bytes_; }
  // The caller has written or copied ready(): forget it. The pushed bytes may go.
  void settle();

  // The upstream has ended. A last event without its blank line counts as whole only if its data is
  // [DONE], which is then made ready; an error is noted; anything else stays back.
  void finish();

  const Facts& facts() const noexcept { return facts_; }
  // Behind the commit point nobody asks for the text any more: spares looking for it.
  void stop_watching_text() noexcept { text_ = Text::Ignored; }
  // `sink` is told of each chunk from now on, whole and in order; nullptr: nobody is. Not told of: [DONE], events longer than kMaxHeldBytes.
  void read_along(EventSink* sink) noexcept { sink_ = sink; }
  // From now on a chunk that holds nothing but usage (no choices) is noted and dropped, and `"usage":null` is taken out of the others: the gateway asked
  // for it, the client did not. Usage beside choices passes: providers send it unasked, too.
  void hide_usage_chunks() noexcept { hides_usage_ = true; }
  bool extra_bytes() const noexcept { return extra_bytes_; }  // something followed [DONE]
  std::size_t held_bytes() const noexcept;                    // kept back of an unfinished event
  // The client has been given part of an event (an oversize one) that has not ended: a blank line
  // is owed before anything of our own.
  bool mid_event() const noexcept { return passing_; }

 private:
  enum class Line : std::uint8_t { Kept, Passed, Skipped };  // where the bytes of the line at hand go
  enum class Name : std::uint8_t { Other, Error, Ping };     // of the record at hand
  enum class Verdict : std::uint8_t { Release, Drop, Done, Stop };
  enum class Text : std::uint8_t { Watched, Full, Ignored };

  bool over() const noexcept { return facts_.done || facts_.error || facts_.malformed; }
  bool between_records() const noexcept;
  void take(std::string_view bytes);
  void scan(std::string_view bytes);
  void after_done(std::string_view bytes);
  const char* take_line(const char* at, const char* stop, const char* end);
  void keep(std::string_view piece);
  void outgrow();
  void start_passing();
  void end_line();
  void end_kept_line();
  void end_record();
  void drop_record() noexcept;
  void close_record();
  std::string_view record() const noexcept { return std::string_view(made_).substr(record_); }
  std::string_view data_of(std::string_view lines);
  Verdict judge(std::string_view data, bool may_be_beyond_ascii);
  void judge_bare();
  void judge_unfinished();
  void take_text(std::string_view spelled);
  void take_usage(const openai::AnswerWalk& found) noexcept;
  void note_error(std::string_view data, std::uint64_t events_before);
  std::size_t unasked_usage(std::string_view event);
  void release_event(std::string_view event, std::size_t behind);
  void release_record();
  void release(std::string_view bytes);
  void make_room(std::size_t bytes);

  std::vector<std::string_view> ready_;
  // Canonical text made here: the records released in this cycle, then, from record_ on, the lines
  // of the record at hand, the last of them, from line_ on, as it came and unfinished.
  std::string made_;
  std::size_t record_ = 0;
  std::size_t line_ = 0;
  std::vector<std::string> spent_;  // former made_ of this cycle: ready_ still points into them
  std::string joined_;              // room for data of several lines
  std::string stack_;               // room for the JSON reader
  EventPattern pattern_;
  EventSink* sink_ = nullptr;
  Facts facts_;
  std::size_t ready_bytes_ = 0;
  std::size_t pushed_ready_ = 0;  // pieces that were ready before this push
  Line line_goes_ = Line::Kept;
  Name name_ = Name::Other;
  Text text_ = Text::Watched;
  std::uint8_t mark_at_ = 0;  // bytes of a byte order mark seen at the very front
  bool after_cr_ = false;     // the last byte was a CR: a LF now still belongs to it
  bool passing_ = false;      // the event at hand is oversize and goes through as it comes
  bool bare_ = false;         // the record at hand is an answer that forgot it was a stream
  bool bare_asked_ = false;   // ... and its first line has been seen whole
  bool strange_ = false;      // the record at hand has a line of a field that does not exist
  bool extra_bytes_ = false;
  bool hides_usage_ = false;
  bool repeated_ = false;      // the event at hand is like an earlier one
  bool has_no_usage_ = false;  // ... which says that usage is null
  bool usage_by_timings_ = false;  // facts_.usage, as in AnswerWalk
};

}  // namespace smartroute::sse
