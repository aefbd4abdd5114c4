#include "dataplane/sync/log_lines.hpp"

#include <algorithm>
#include <utility>

#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::sync {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// As a message may carry it.
std::string carried(std::string_view text) {
  std::size_t size = std::min(text.size(), LogLines::kMaxLineBytes);
  while (size > 0 && size < text.size() && continues(text[size])) --size;
  std::string out(text.substr(0, size));
  if (!openai::is_utf8(out))
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

}  // namespace

void LogLines::add(std::int64_t at_us, std::string_view level, std::string_view text) {
  LogLine line{at_us, level, carried(text)};
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(line));
  if (waiting_.size() <= kMaxLines) return;
  waiting_.pop_front();
  ++dropped_;
}

bool LogLines::waiting() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty() || dropped_ > 0;
}

LogLines::Taken LogLines::take() {
  Taken taken;
  {
    const std::lock_guard lock(mutex_);
    taken.dropped = std::exchange(dropped_, 0);
    std::size_t bytes = 0;
    while (!waiting_.empty() && bytes + waiting_.front().text.size() <= kMaxTakenBytes) {
      bytes += waiting_.front().text.size();
      taken.lines.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  std::string room;
  for (LogLine& line : taken.lines) {
    const auto clean = keys_.clean(line.text, accounting::TextKind::Plain,
                                   accounting::Redactor::Scope::Keys, {}, room);
    if (clean.taken_out > 0) line.text = std::string(clean.text);
  }
  return taken;
}

void LogLines::lost(const Taken& taken) {
  const std::lock_guard lock(mutex_);
  dropped_ += taken.dropped + taken.lines.size();
}

}  // namespace smartroute::sync
