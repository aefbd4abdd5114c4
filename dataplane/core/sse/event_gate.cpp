#include "dataplane/core/sse/event_gate.hpp"

#include "dataplane/core/sse/byte_scan.hpp"
#include "dataplane/core/sse/event_data.hpp"
#include "dataplane/core/sse/json_peek.hpp"

namespace smartroute::sse {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Exactly [DONE]; blanks behind it are forgiven, for clients look only at its beginning.
bool is_done_mark(std::string_view data) noexcept {
  if (data.substr(0, 6) != "[DONE]") return false;
  return data.find_first_not_of(" \t", 6) == std::string_view::npos;
}

}  // namespace

void EventGate::push(std::string_view bytes) {
  if (bytes.empty()) return;
  if (after_cr_) {
    after_cr_ = false;
    if (bytes.front() == '\n') {
      // The second half of a line end. If that line end closed an event, the event has left already
      // and this follows it.
      const std::string_view lf = bytes.substr(0, 1);
      bytes.remove_prefix(1);
      if (event_bytes_ == 0 || passing_) {
        release(lf);
      } else {
        hold(lf);
      }
      if (bytes.empty()) return;
    }
  }
  if (facts_.done) {
    after_done(bytes);
  } else {
    scan(bytes);
  }
}

// Finds the events that end in `bytes`, makes them ready in one piece, keeps the rest pending.
void EventGate::scan(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  const char* at = bytes.data();
  const char* event = at;  // where the event at hand begins, or goes on
  const char* whole = at;  // end of the last event that is whole
  const char* first_line_end = nullptr;
  while (at != end) {
    const char* const stop = find_line_end(at, end);
    if (stop == end) {
      line_started_ = true;
      break;
    }
    const bool blank = stop == at && !line_started_;
    line_started_ = false;
    at = stop + 1;
    if (*stop == '\r') {
      if (at == end) {
        after_cr_ = true;
      } else if (*at == '\n') {
        ++at;
      }
    }
    if (!blank) {
      if (first_line_end == nullptr) first_line_end = stop;
      // Mostly one line makes an event: its blank line is next, no search needed.
      if (at == end || *at != '\n') continue;
      ++at;
      end_event(event, first_line_end, at);
    } else {
      end_event(event, first_line_end, stop + 1);
    }
    event = whole = at;
    first_line_end = nullptr;
    if (facts_.done) break;
  }
  if (passing_) whole = end;
  release(between(bytes.data(), whole));
  if (facts_.done) {
    if (at != end) after_done(between(at, end));
    return;
  }
  if (whole != end) hold(between(event, end));
}

void EventGate::hold(std::string_view piece) {
  pending_.push_back(piece);
  event_bytes_ += piece.size();
  if (event_bytes_ <= kMaxHeldBytes) return;
  note_oversize();
  passing_ = true;
  release_pending();
}

void EventGate::after_done(std::string_view bytes) {
  if (bytes.find_first_not_of(" \t\r\n") != std::string_view::npos) extra_bytes_ = true;
}

// The event that began at `event` in this push, or in pending_ before it, ends at `end`: the first
// byte of its blank line's end counts, so that a CR LF split over pushes makes no difference.
void EventGate::end_event(const char* event, const char* first_line_end, const char* end) {
  const std::string_view here = between(event, end);
  if (passing_) {
    passing_ = false;
  } else if (event_bytes_ + here.size() > kMaxHeldBytes) {
    note_oversize();
  } else if (!pending_.empty()) {
    whole_.clear();
    append_pending_to(whole_);
    whole_.append(here);
    observe_event(whole_);
  } else if (first_line_end != nullptr && end - first_line_end <= 3 && *event == 'd') {
    // One line in one piece: a second one would take four bytes more. It begins with no byte order
    // mark.
    const std::string_view data = data_of_line(between(event, first_line_end));
    if (data.data() != nullptr) observe_data(data, false);
  } else {
    observe_event(here);
  }
  first_event_ = false;
  event_bytes_ = 0;
  // What was pending has been seen. It is still to be made ready, before anything of this push.
  if (!pending_.empty()) release_pending();
}

void EventGate::observe_event(std::string_view event) {
  if (first_event_ && event.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    event.remove_prefix(kByteOrderMark.size());
  }
  const EventData read = read_event(event, joined_);
  observe_data(read.data, read.named_error);
  if (read.bare.data() != nullptr) observe_bare(read.bare);
}

void EventGate::observe_data(std::string_view data, bool named_error) {
  if (data.empty()) return;
  ++facts_.events;
  const std::size_t start = data.front() == '{' ? 0 : data.find_first_not_of(" \t\n");
  if (start != std::string_view::npos && data[start] == '{') {
    const Peek found = peek(data.substr(start));
    if (found.finish_reason) facts_.finish_reason = true;
    if (found.usage) facts_.usage = found.counts;
    if (found.error) named_error = true;
  } else if (is_done_mark(data)) {
    facts_.done = true;
    return;
  } else {
    facts_.malformed = true;
  }
  if (named_error) note_error(data, facts_.events - 1);
}

// An upstream that fails in the middle sometimes writes its error as if no stream had begun.
void EventGate::observe_bare(std::string_view line) {
  facts_.malformed = true;
  if (line.front() == '{' && peek(line).error) note_error(line, facts_.events);
}

void EventGate::note_error(std::string_view data, std::uint64_t events_before) {
  if (facts_.error) return;
  facts_.error = true;
  facts_.error_first = events_before == 0;
  facts_.error_text.assign(data.substr(0, kMaxErrorBytes));
}

void EventGate::note_oversize() {
  facts_.oversize = true;
  ++facts_.events;
}

void EventGate::release(std::string_view bytes) {
  if (bytes.empty()) return;
  ready_.push_back(bytes);
  ready_bytes_ += bytes.size();
}

void EventGate::release_pending() {
  for (const std::string_view piece : pending_) release(piece);
  pending_.clear();
}

void EventGate::append_pending_to(std::string& out) const {
  for (const std::string_view piece : pending_) out.append(piece);
}

void EventGate::settle() {
  ready_.clear();
  ready_bytes_ = 0;
  const bool held_goes_on = !pending_.empty() && pending_.front().data() == held_.data();
  if (!held_goes_on) held_.clear();
  for (std::size_t i = held_goes_on ? 1 : 0; i < pending_.size(); ++i) held_.append(pending_[i]);
  pending_.clear();
  if (!held_.empty()) pending_.emplace_back(held_);
}

void EventGate::finish() {
  if (facts_.done || passing_ || pending_.empty()) return;
  whole_.clear();
  append_pending_to(whole_);
  std::string_view event = whole_;
  if (first_event_ && event.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    event.remove_prefix(kByteOrderMark.size());
  }
  const EventData read = read_event(event, joined_);
  if (is_done_mark(read.data)) {
    observe_data(read.data, false);
    release_pending();
    release("\n\n");
    event_bytes_ = 0;
  } else if (read.bare.data() != nullptr) {
    observe_bare(read.bare);
  }
}

std::size_t EventGate::held_bytes() const noexcept { return passing_ ? 0 : event_bytes_; }

}  // namespace smartroute::sse
