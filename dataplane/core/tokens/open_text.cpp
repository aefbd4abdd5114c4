#include "dataplane/core/tokens/open_text.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/core/tokens/text_count.hpp"

namespace smartroute::tokens {
namespace {

const unsigned char* bytes_of(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

constexpr std::size_t kLongestCharacter = 4;

// As much of the text as is whole characters and not more than `size`, which is kLongestCharacter at least.
std::size_t whole_characters_in(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text.size();
  while ((static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return size;
}

}  // namespace

OpenText::OpenText(const OpenText& other, LongRun& lent) noexcept
    : encoding_(other.encoding_), in_run_(other.in_run_), held_size_(other.held_size_), settled_(other.settled_), run_(&lent) {
  if (in_run_) lent = *other.run_;
  std::memcpy(held_.data(), other.held_.data(), held_size_);
}

void OpenText::feed(std::string_view text) {
  while (!text.empty()) {
    if (in_run_) {
      text = feed_run(text);
      continue;
    }
    const std::size_t size = whole_characters_in(text, kBuffer - held_size_);
    hold(text.substr(0, size));
    text.remove_prefix(size);
    settle_held();
  }
}

std::uint64_t OpenText::total() const noexcept {
  return settled_ + (in_run_ ? run_->tokens() : 0) + count_characters(encoding_, held());
}

void OpenText::hold(std::string_view text) noexcept {
  std::memcpy(held_.data() + held_size_, text.data(), text.size());
  held_size_ = static_cast<std::uint16_t>(held_size_ + text.size());
}

void OpenText::drop_held(std::size_t bytes) noexcept {
  held_size_ = static_cast<std::uint16_t>(held_size_ - bytes);
  std::memmove(held_.data(), held_.data() + bytes, held_size_);
}

void OpenText::settle_held() {
  const Settled settled = count_settled(encoding_, held());
  settled_ += settled.tokens;
  drop_held(settled.bytes);
  if (held_size_ < kLongPiece) return;
  if (run_ == nullptr) {
    own_run_ = std::make_unique<LongRun>();
    run_ = own_run_.get();
  }
  const std::size_t taken = run_->begin(Vocabulary(encoding_), rules_of(encoding_), held());
  in_run_ = true;
  drop_held(taken);
}

// Returns what comes behind the run, nothing if that goes on.
std::string_view OpenText::feed_run(std::string_view text) {
  const Vocabulary vocabulary(encoding_);
  if (held_size_ == 0) {
    const unsigned char* at = bytes_of(text);
    const unsigned char* const end = at + text.size();
    while (at != end) {
      const Character c = character_at(at);
      if (!run_->take(vocabulary, at, c)) break;
      at += c.size;
    }
    text.remove_prefix(static_cast<std::size_t>(at - bytes_of(text)));
    if (text.empty()) return text;
  }
  if (run_->may_contract()) return end_word(vocabulary, text);
  settled_ += run_->settle();
  in_run_ = false;
  hold(run_->left());
  return text;
}

// Of a contraction may be held what came before `text`.
std::string_view OpenText::end_word(const Vocabulary& vocabulary, std::string_view text) noexcept {
  const std::size_t had = held_size_;
  const std::size_t more = whole_characters_in(text, kLongestCharacter);
  hold(text.substr(0, more));
  const Suffix suffix = contraction<Rules::O200k>(bytes_of(held()), bytes_of(held()) + held_size_);
  if (suffix.open) return text.substr(more);
  in_run_ = false;
  if (suffix.size == 0) {
    settled_ += run_->settle();
    held_size_ = static_cast<std::uint16_t>(had);
    return text;
  }
  run_->take_contraction(vocabulary, held().substr(0, suffix.size));
  settled_ += run_->tokens();
  held_size_ = 0;
  return text.substr(suffix.size - had);
}

}  // namespace smartroute::tokens
