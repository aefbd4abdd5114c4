#include "dataplane/core/tokens/counter.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "dataplane/core/tokens/open_text.hpp"
#include "dataplane/core/tokens/text_count.hpp"
#include "dataplane/core/tokens/utf8.hpp"

namespace smartroute::tokens {
namespace {

static_assert(StreamCounter::kMaxHeldBytes == OpenText::kBuffer);

// What is left of a text behind its last whole character: the beginning of one, or nothing.
struct Unfinished {
  std::array<char, 4> bytes;
  std::size_t size = 0;

  std::string_view view() const noexcept { return {bytes.data(), size}; }
  void add(char byte) noexcept { bytes[size++] = byte; }
};

void feed_repaired(OpenText& text, Unfinished& unfinished, std::string_view bytes) {
  // A character that was cut is put together byte by byte.
  while (unfinished.size > 0 && !bytes.empty()) {
    unfinished.add(bytes.front());
    if (valid_prefix(unfinished.view()) == unfinished.size) {
      text.feed(unfinished.view());
      unfinished.size = 0;
    } else if (const Broken broken = broken_prefix(unfinished.view()); !broken.unfinished) {
      // The new byte does not belong to it, it is looked at again.
      text.feed(kReplacement);
      unfinished.size = 0;
      continue;
    }
    bytes.remove_prefix(1);
  }
  while (!bytes.empty()) {
    const std::size_t valid = valid_prefix(bytes);
    text.feed(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) return;
    const Broken broken = broken_prefix(bytes);
    if (broken.unfinished) {
      std::memcpy(unfinished.bytes.data(), bytes.data(), bytes.size());
      unfinished.size = bytes.size();
      return;
    }
    text.feed(kReplacement);
    bytes.remove_prefix(broken.bytes);
  }
}

}  // namespace

std::uint64_t count(Encoding encoding, std::string_view text) {
  if (valid_prefix(text) == text.size()) return count_characters(encoding, text);
  LongRun run;
  OpenText repaired(encoding, &run);
  Unfinished unfinished;
  feed_repaired(repaired, unfinished, text);
  if (unfinished.size > 0) repaired.feed(kReplacement);
  return repaired.total();
}

struct StreamCounter::State {
  explicit State(Encoding encoding) noexcept : text(encoding) {}
  OpenText text;
  Unfinished unfinished;
};

StreamCounter::StreamCounter(Encoding encoding) noexcept : state_(new State(encoding)) {}
StreamCounter::~StreamCounter() { delete state_; }
StreamCounter::StreamCounter(StreamCounter&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
StreamCounter& StreamCounter::operator=(StreamCounter&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void StreamCounter::feed(std::string_view text) { feed_repaired(state_->text, state_->unfinished, text); }

std::uint64_t StreamCounter::total() const {
  if (state_->unfinished.size == 0) return state_->text.total();
  LongRun run;
  OpenText ended(state_->text, run);
  ended.feed(kReplacement);
  return ended.total();
}

void StreamCounter::reset(Encoding encoding) noexcept {
  delete state_;
  state_ = new State(encoding);
}

}  // namespace smartroute::tokens
