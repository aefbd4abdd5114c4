#include "dataplane/core/sse/event_gate.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "contract/base/utf8.hpp"
#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/sse/byte_scan.hpp"

namespace smartroute::sse {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::uint8_t kMarkDecided = 0xff;
constexpr std::string_view kDataField = "data:";
constexpr std::string_view kDataPrefix = "data: ";
constexpr std::string_view kLineEnd = "\n";
constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";
constexpr std::string_view kBlanks = " \t\n";
constexpr std::string_view kNoUsage = ",\"usage\":null";
// Text made here begins with this much room: beyond what std::string keeps inside itself, so that
// views into it survive its being moved.
constexpr std::size_t kFirstRoom = 512;
// What an idle stream may keep of the room it once needed.
constexpr std::size_t kKeptRoom = 4 * 1024;

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

// Characters that begin an answer, and no field of a stream.
constexpr bool begins_bare(char c) noexcept { return c == '{' || c == '[' || c == '<'; }

// A line that is of no field, but was to be one of data: garbled itself, or grown together with the line end before it.
bool holds_lost_data(std::string_view line) noexcept {
  return line.find("data:") != std::string_view::npos || !openai::is_utf8(line);
}

// Whether `line` is of the field `name`, with a value or without a colon.
bool is_field(std::string_view line, std::string_view name) noexcept {
  return line.substr(0, name.size()) == name && (line.size() == name.size() || line[name.size()] == ':');
}

}  // namespace

void EventGate::push(std::string_view bytes) {
  pushed_ready_ = ready_.size();
  while (mark_at_ != kMarkDecided && !bytes.empty()) {
    if (bytes.front() == kByteOrderMark[mark_at_]) {
      bytes.remove_prefix(1);
      if (++mark_at_ == kByteOrderMark.size()) mark_at_ = kMarkDecided;
      continue;
    }
    // It only began like one: then those bytes are bytes like all others.
    take(kByteOrderMark.substr(0, std::exchange(mark_at_, kMarkDecided)));
  }
  take(bytes);
}

void EventGate::take(std::string_view bytes) {
  if (bytes.empty()) return;
  // The second half of a line end whose first half has done all there was to do.
  if (std::exchange(after_cr_, false) && bytes.front() == '\n') bytes.remove_prefix(1);
  if (facts_.done) {
    after_done(bytes);
  } else {
    scan(bytes);
  }
}

bool EventGate::between_records() const noexcept {
  return made_.size() == record_ && name_ == Name::Other && line_goes_ == Line::Kept && !passing_ &&
         !bare_ && !strange_;
}

void EventGate::scan(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end && !over()) {
    bool beyond_ascii = false;
    const char* const stop = find_line_end(at, end, beyond_ascii);
    const std::string_view line = between(at, stop);
    // Mostly one canonical line makes an event: its blank line is next, no search needed.
    const bool plain = end - stop >= 2 && stop[0] == '\n' && stop[1] == '\n' &&
                       line.size() > kDataPrefix.size() &&
                       std::memcmp(at, kDataPrefix.data(), kDataPrefix.size()) == 0 &&
                       line.size() + 2 <= kMaxHeldBytes;
    if (!plain || !between_records()) {
      at = take_line(at, stop, end);
      continue;
    }
    const std::string_view event = between(at, stop + 2);
    at = stop + 2;
    switch (judge(line.substr(kDataPrefix.size()), beyond_ascii)) {
      case Verdict::Release:
        release_event(event, static_cast<std::size_t>(end - at));
        break;
      case Verdict::Done:
        release(event.size() == kDoneEvent.size() ? event : kDoneEvent);
        break;
      case Verdict::Drop:
      case Verdict::Stop:
        break;
    }
  }
  if (at != end && facts_.done) after_done(between(at, end));
}

void EventGate::after_done(std::string_view bytes) {
  if (bytes.find_first_not_of(" \t\r\n") != std::string_view::npos) extra_bytes_ = true;
}

// The line at hand goes on from `at` to `stop`, which is its end or the end of what was pushed.
// Returns where the next one begins.
const char* EventGate::take_line(const char* at, const char* stop, const char* end) {
  switch (line_goes_) {
    case Line::Kept:
      keep(between(at, stop));
      break;
    case Line::Passed:
      release(between(at, stop));
      break;
    case Line::Skipped:
      break;
  }
  if (stop == end || over()) return end;
  // keep() may have turned the line into one that passes.
  if (line_goes_ == Line::Passed) release(*stop == '\n' ? between(stop, stop + 1) : kLineEnd);
  at = stop + 1;
  if (*stop == '\r') {
    if (at == end) {
      after_cr_ = true;
    } else if (*at == '\n') {
      ++at;
    }
  }
  end_line();
  return at;
}

void EventGate::keep(std::string_view piece) {
  if (piece.empty()) return;
  make_room(piece.size());
  made_.append(piece);
  if (made_[line_] == ':') {  // a comment: the gateway sends its own
    made_.resize(line_);
    line_goes_ = Line::Skipped;
    return;
  }
  if (!bare_ && !passing_ && begins_bare(made_[line_])) {
    made_.erase(record_, line_ - record_);
    line_ = record_;
    bare_ = true;
    bare_asked_ = false;
  }
  if (bare_) {
    if (record().size() > kMaxErrorBytes) judge_bare();
    return;
  }
  // No shorter line can be told from a data line, nor be one with data.
  const bool told = made_.size() - line_ >= kDataPrefix.size();
  if (told && (passing_ || record().size() + 2 > kMaxHeldBytes)) outgrow();
}

// The line at hand makes its record too long to be held back, or belongs to one that is.
void EventGate::outgrow() {
  if (std::string_view(made_).substr(line_, kDataField.size()) != kDataField) {
    strange_ = true;
    made_.resize(line_);
    line_goes_ = Line::Skipped;
    return;
  }
  if (made_[line_ + kDataField.size()] != ' ') {
    make_room(1);
    made_.insert(line_ + kDataField.size(), 1, ' ');
  }
  line_goes_ = Line::Passed;
  start_passing();
}

// Lets go what is held of the record at hand, unless its front is an error.
void EventGate::start_passing() {
  if (!passing_) {
    const std::string_view front = data_of(record().substr(0, kMaxHeldBytes - 2));
    const bool error = name_ == Name::Error || openai::walk_answer(front, stack_, nullptr, 0).error;
    ++facts_.events;
    if (error) {
      note_error(front, facts_.events - 1);
      drop_record();
      return;
    }
    facts_.oversize = true;
    facts_.content = true;
    passing_ = true;
  }
  release(record());
  record_ = line_ = made_.size();
}

void EventGate::end_line() {
  const bool blank = line_goes_ == Line::Kept && made_.size() == line_;
  if (blank) {
    end_record();
  } else if (line_goes_ == Line::Kept) {
    end_kept_line();
  }
  line_goes_ = Line::Kept;
}

void EventGate::end_kept_line() {
  make_room(2);
  const std::string_view line = std::string_view(made_).substr(line_);
  if (bare_) {
    const bool may_close = !bare_asked_ || line.front() == '}' || line.front() == ']';
    bare_asked_ = true;
    made_ += '\n';
    line_ = made_.size();
    if (may_close && (record().front() == '<' || openai::is_json(record(), stack_))) judge_bare();
    return;
  }
  const bool has_data = line.substr(0, kDataField.size()) == kDataField;
  if (has_data && line.size() > kDataField.size() && line[kDataField.size()] != ' ') {
    made_.insert(line_ + kDataField.size(), 1, ' ');
    made_ += '\n';
  } else if (has_data) {
    made_ += line.size() > kDataField.size() ? "\n" : " \n";
  } else if (line == "data") {
    made_ += ": \n";
  } else {
    if (line.substr(0, 6) == "event:" || line == "event") {
      const std::string_view name = trimmed(line.substr(std::min<std::size_t>(6, line.size())));
      name_ = name == "error" ? Name::Error : name == "ping" ? Name::Ping : Name::Other;
    } else if (!is_field(line, "id") && !is_field(line, "retry")) {
      strange_ = true;
      if (holds_lost_data(line)) facts_.malformed = true;
    }
    made_.resize(line_);
    return;
  }
  line_ = made_.size();
  if (passing_ || record().size() + 1 > kMaxHeldBytes) start_passing();
}

// A blank line: what was held is an event, or nothing.
void EventGate::end_record() {
  if (passing_) {
    release(kLineEnd);
    passing_ = false;
    drop_record();
    return;
  }
  if (bare_) return judge_bare();
  if (record().empty()) {
    // Nobody sends an event of nothing but fields that do not exist: its data line was garbled, and what it said is lost.
    facts_.malformed = strange_;
    return drop_record();
  }
  make_room(kLineEnd.size());
  const std::string_view data = data_of(record());
  switch (judge(data, has_high_byte(data.data(), data.data() + data.size()))) {
    case Verdict::Release:
      made_ += kLineEnd;
      release_record();
      close_record();
      break;
    case Verdict::Done:
      release(kDoneEvent);
      drop_record();
      break;
    case Verdict::Drop:
    case Verdict::Stop:
      drop_record();
  }
}

void EventGate::drop_record() noexcept {
  made_.resize(record_);
  close_record();
}

void EventGate::close_record() {
  record_ = line_ = made_.size();
  name_ = Name::Other;
  strange_ = false;
}

// Data of canonical lines, the last of which may lack its LF; valid until joined_ or made_ changes.
std::string_view EventGate::data_of(std::string_view lines) {
  if (!lines.empty() && lines.back() == '\n') lines.remove_suffix(1);
  if (lines.find('\n') == std::string_view::npos)
    return lines.substr(std::min(lines.size(), kDataPrefix.size()));
  joined_.clear();
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t stop = std::min(lines.find('\n', at), lines.size());
    if (at != 0) joined_ += '\n';
    joined_.append(lines, std::min(at + kDataPrefix.size(), stop),
                   stop - std::min(at + kDataPrefix.size(), stop));
    at = stop + 1;
  }
  return joined_;
}

EventGate::Verdict EventGate::judge(std::string_view data, bool may_be_beyond_ascii) {
  const std::size_t start = data.find_first_not_of(kBlanks);
  if (start == std::string_view::npos || name_ == Name::Ping) return Verdict::Drop;
  ++facts_.events;
  const bool named_error = name_ == Name::Error;
  const bool utf8 = !may_be_beyond_ascii || openai::is_utf8(data);
  if (data[start] != '{') {
    if (!named_error && trimmed(data) == "[DONE]") {
      facts_.done = true;
      return Verdict::Done;
    }
    if (named_error) note_error(data, facts_.events - 1);
    facts_.malformed = true;
    return Verdict::Stop;
  }
  repeated_ = false;
  if (utf8 && !named_error) {
    if (const auto text = pattern_.match(data)) {
      repeated_ = true;
      take_text(*text);
      if (sink_ != nullptr) sink_->text(*text);
      return Verdict::Release;
    }
  }
  const std::size_t text_before = facts_.text.size();
  const bool watching = text_ == Text::Watched;
  const openai::AnswerWalk found = openai::walk_answer(
      data, stack_, watching ? &facts_.text : nullptr, kMaxTextBytes - text_before);
  if (found.error || named_error) note_error(data, facts_.events - 1);
  facts_.malformed = !utf8 || !found.whole;
  if (over()) {
    facts_.text.resize(text_before);
    return Verdict::Stop;
  }
  if (!found.finish.empty()) {
    facts_.finish_reason = true;
    facts_.finish.assign(cut_between_characters(found.finish, kMaxFinishBytes));
  }
  facts_.content = facts_.content || found.content;
  if (text_ != Text::Ignored) facts_.content_bytes += found.text_bytes;
  if (watching && !found.text_complete) text_ = Text::Full;
  const bool reports = found.usage.any();
  if (reports) take_usage(found);
  const bool may_repeat = found.texts == 1 && found.finish.empty() && !reports;
  const bool repeats = sink_ == nullptr ? may_repeat : sink_->event(data, may_repeat);
  if (repeats) pattern_.learn(data, found.last_text, found.padding);
  return hides_usage_ && reports && !found.choices ? Verdict::Drop : Verdict::Release;
}

// Text of an event that has nothing else to say.
void EventGate::take_text(std::string_view spelled) {
  facts_.content = true;
  if (text_ == Text::Ignored) return;
  facts_.content_bytes += spelled.size();
  if (text_ == Text::Full) return;
  if (!openai::append_unescaped(spelled, kMaxTextBytes - facts_.text.size(), facts_.text))
    text_ = Text::Full;
}

void EventGate::take_usage(const openai::AnswerWalk& found) noexcept {
  if (found.by_timings && facts_.usage.any() && !usage_by_timings_) return;
  if (usage_by_timings_ && !found.by_timings) facts_.usage = {};
  usage_by_timings_ = found.by_timings;
  facts_.usage.merge(found.usage);
}

// An upstream that fails in the middle sometimes writes its error as if no stream had begun.
void EventGate::judge_bare() {
  const std::string_view text = trimmed(record().substr(0, kMaxErrorBytes));
  facts_.malformed = true;
  // Google writes its errors as an array of one.
  const std::size_t object = text.front() == '[' ? std::min(text.find('{'), text.size()) : 0;
  if (openai::walk_answer(text.substr(object), stack_, nullptr, 0).error)
    note_error(text, facts_.events);
  drop_record();
}

void EventGate::note_error(std::string_view data, std::uint64_t events_before) {
  facts_.error = true;
  facts_.error_first = events_before == 0;
  facts_.error_text.assign(cut_between_characters(data, kMaxErrorBytes));
}

void EventGate::finish() {
  if (over() || passing_) return;
  const bool open_line = line_goes_ == Line::Kept && made_.size() != line_;
  if (open_line) end_kept_line();
  line_goes_ = Line::Kept;
  if (over() || passing_ || record().empty()) return;
  if (bare_) return judge_bare();
  judge_unfinished();
}

void EventGate::judge_unfinished() {
  const std::string_view data = data_of(record());
  if (name_ == Name::Other && trimmed(data) == "[DONE]") {
    ++facts_.events;
    facts_.done = true;
    release(kDoneEvent);
    drop_record();
    return;
  }
  const openai::AnswerWalk found = openai::walk_answer(data, stack_, nullptr, 0);
  if (!found.whole || !(found.error || name_ == Name::Error)) return;
  ++facts_.events;
  note_error(data, facts_.events - 1);
  drop_record();
}

// Where the `"usage":null` stands that a chunk has because the gateway asked; npos: nowhere. A member that begins with a comma stands in no string.
std::size_t EventGate::unasked_usage(std::string_view event) {
  if (!hides_usage_ || (repeated_ && !has_no_usage_)) return std::string_view::npos;
  const std::size_t at = event.rfind(kNoUsage);
  has_no_usage_ = at != std::string_view::npos;
  return at;
}

// An event as it was pushed, with `behind` bytes of the push still to come. Without its usage it is copied behind what was made before: writing two
// pieces for each event would cost more than to copy them into one for all.
void EventGate::release_event(std::string_view event, std::size_t behind) {
  const std::size_t at = unasked_usage(event);
  if (at == std::string_view::npos) return release(event);
  const std::size_t left = event.size() - kNoUsage.size();
  if (made_.capacity() < kFirstRoom || made_.capacity() - made_.size() < left) make_room(std::max(left + behind, made_.capacity()));
  const std::size_t begin = made_.size();
  made_.append(event, 0, at).append(event, at + kNoUsage.size());
  record_ = line_ = made_.size();
  const std::string_view copy = std::string_view(made_).substr(begin);
  if (begin == 0 || ready_.empty() || ready_.back().data() + ready_.back().size() != copy.data()) return release(copy);
  ready_bytes_ += copy.size();
  ready_.back() = between(ready_.back().data(), copy.data() + copy.size());
}

// The record at hand.
void EventGate::release_record() {
  if (const std::size_t at = unasked_usage(record()); at != std::string_view::npos) made_.erase(record_ + at, kNoUsage.size());
  release(record());
}

void EventGate::release(std::string_view bytes) {
  if (bytes.empty()) return;
  ready_bytes_ += bytes.size();
  // Neighbours of one push go in one piece.
  if (ready_.size() > pushed_ready_ &&
      ready_.back().data() + ready_.back().size() == bytes.data()) {
    ready_.back() = between(ready_.back().data(), bytes.data() + bytes.size());
    return;
  }
  ready_.push_back(bytes);
}

void EventGate::make_room(std::size_t bytes) {
  if (made_.capacity() >= kFirstRoom && made_.capacity() - made_.size() >= bytes) return;
  const std::size_t needed = made_.size() - record_ + bytes;
  if (record_ == 0) {
    made_.reserve(std::max({kFirstRoom, needed, 2 * made_.capacity()}));
    return;
  }
  // ready_ points into what there is: it stays where it is, and the record at hand moves.
  std::string next;
  next.reserve(std::max({kFirstRoom, 2 * needed, made_.capacity()}));
  next.append(made_, record_);
  spent_.push_back(std::exchange(made_, std::move(next)));
  line_ -= record_;
  record_ = 0;
}

void EventGate::settle() {
  ready_.clear();
  ready_bytes_ = pushed_ready_ = 0;
  spent_.clear();
  if (record_ != 0) {
    made_.erase(0, record_);
    line_ -= record_;
    record_ = 0;
  }
  if (made_.empty() && made_.capacity() > kKeptRoom) std::string().swap(made_);
}

std::size_t EventGate::held_bytes() const noexcept {
  return over() || passing_ ? 0 : record().size();
}

}  // namespace smartroute::sse
