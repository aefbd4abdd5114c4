#include "dataplane/core/accounting/key_scanner.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include "dataplane/core/accounting/key_shapes.hpp"

namespace smartroute::accounting {
namespace {

constexpr std::size_t kAnchorBytes = 3;
constexpr std::size_t kAtOnce = 8;
constexpr std::uint32_t kAnchorMask = 0xff'ffff;
constexpr std::uint32_t kHashMultiplier = 0x9e37'79b1;   // 2^32 over the golden ratio
constexpr std::size_t kMaxPemWords = 40;                 // "ENCRYPTED ", "OPENSSH ", ...
constexpr std::size_t kMinPemLine = 16;
constexpr std::size_t kMinDetachedPart = 16;             // of a token whose second part is no JSON
constexpr std::size_t kMinSecretPart = 6;                // at a cut end so much of a given key is enough
constexpr std::string_view kPrivateKey = "PRIVATE KEY", kPemEnd = "-----END";

std::uint32_t three_at(const char* at) noexcept {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(at[0])) |
         static_cast<std::uint32_t>(static_cast<unsigned char>(at[1])) << 8 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(at[2])) << 16;
}

// A load of four bytes, of which one is too many.
std::uint32_t three_of_four_at(const char* at) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint32_t word;
    std::memcpy(&word, at, sizeof word);
    return word & kAnchorMask;
  }
  return three_at(at);
}

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::uint8_t class_of(char c) noexcept { return kClassOf[static_cast<unsigned char>(c)]; }

// An odd number of backslashes stands before `at`.
bool is_escaped(std::string_view text, std::size_t at) noexcept {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

// No key goes on to the left of `at`: what stands there is no letter or digit, or belongs to an escape of JSON or of a URL.
bool has_left_border(std::string_view text, std::size_t at) noexcept {
  if (at == 0 || (class_of(text[at - 1]) & kAlnum) == 0) return true;
  const char before = text[at - 1];
  if (at >= 2 && text[at - 2] == '\\' && std::string_view("nrtbf").find(before) != std::string_view::npos)
    return true;
  if (at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(before)) return true;
  return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && is_hex(text[at - 4]) &&
         is_hex(text[at - 3]) && is_hex(text[at - 2]) && is_hex(before);
}

// Behind "sk-", "sk-proj-" and the like: many keys begin alike, and would have to be compared at every such place.
std::size_t anchor_of(std::string_view secret) noexcept {
  constexpr std::size_t kBeginning = 12;
  const std::size_t dash = secret.substr(0, std::min(kBeginning, secret.size() - kAnchorBytes)).find_last_of("-_");
  return dash == std::string_view::npos ? 0 : dash + 1;
}

// Sets of characters that are asked for, so that each has a place to remember its last run.
std::size_t place_of(std::uint8_t made_of) noexcept {
  switch (made_of) {
    case kAlnum:
      return 0;
    case kWord:
      return 1;
    case kDotted:
      return 2;
    case kToken:
      return 3;
    default:
      return 4;   // kUpperDigit
  }
}
constexpr std::size_t kSecondPart = 5, kPlaces = 6;   // the second part of a token has a place of its own

}  // namespace

KeyScanner::KeyScanner(const std::vector<std::string_view>& secrets) {
  for (std::size_t i = 0; i < std::size(kKeyShapes); ++i)
    add_anchor(kKeyShapes[i].prefix.substr(kKeyShapes[i].anchor, kAnchorBytes), i);
  std::vector<std::string_view> sorted(secrets);
  // Of two that begin alike the longer one is tried first.
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const std::string_view secret : sorted) {
    if (secret.size() < kMinSecretBytes) continue;
    const std::size_t anchor = anchor_of(secret);
    add_anchor(secret.substr(anchor, kAnchorBytes), std::size(kKeyShapes) + secrets_.size());
    secrets_.push_back({Secret(std::string(secret)), anchor});
  }
  std::stable_sort(anchors_.begin(), anchors_.end());
}

void KeyScanner::add_anchor(std::string_view three, std::size_t rule) {
  const std::uint32_t bytes = three_at(three.data());
  begins_[bytes * kHashMultiplier >> (32 - kTableBits)] = 1;
  anchors_.push_back({bytes, static_cast<std::uint32_t>(rule)});
}

// One search through one text. Everything it remembers is of places behind which the search will not go back.
class KeyScanner::Walk {
 public:
  Walk(const KeyScanner& keys, std::string_view text, TextKind kind, TextCuts cuts,
       std::vector<Found>& out)
      : keys_(keys), text_(text), kind_(kind), cuts_(cuts), out_(out) {}

  void run() {
    if (cuts_.begin) take_cut_beginning();
    const char* const data = text_.data();
    const std::size_t size = text_.size();
    const auto& begins = keys_.begins_;
    std::size_t at = 0;
    for (; at + kAtOnce + kAnchorBytes < size; at += kAtOnce) {
      unsigned any = 0;
      for (std::size_t i = 0; i < kAtOnce; ++i) any |= begins[slot(three_of_four_at(data + at + i))];
      if (any == 0) continue;
      for (std::size_t i = 0; i < kAtOnce; ++i)
        if (begins[slot(three_at(data + at + i))] != 0) look(at + i);
    }
    for (; at + kAnchorBytes <= size; ++at)
      if (begins[slot(three_at(data + at))] != 0) look(at);
  }

 private:
  // As far as characters of one set go, from where somebody asked, and what was seen last in it.
  struct Run {
    std::size_t begin = 0, end = 0;                            // empty: nothing is known
    std::size_t last_digit = 0, last_lower = 0, last_upper = 0;   // position + 1; 0: none
  };

  static std::size_t slot(std::uint32_t bytes) noexcept {
    return bytes * kHashMultiplier >> (32 - kTableBits);
  }

  void look(std::size_t at) {
    if (at < resume_) return;
    const std::uint32_t bytes = three_at(text_.data() + at);
    const auto range = std::equal_range(keys_.anchors_.begin(), keys_.anchors_.end(), Anchor{bytes, 0});
    for (auto anchor = range.first; anchor != range.second; ++anchor)
      if (anchor->rule < std::size(kKeyShapes) ? try_shape(kKeyShapes[anchor->rule], at)
                                               : try_secret(anchor->rule - std::size(kKeyShapes), at))
        return;
  }

  bool take(std::size_t begin, std::size_t end, bool bare_number = false) {
    out_.push_back({begin, end, bare_number});
    resume_ = end;
    return true;
  }

  const Run& run_from(std::size_t begin, std::uint8_t made_of) {
    return run_from(begin, made_of, place_of(made_of));
  }
  const Run& run_from(std::size_t begin, std::uint8_t made_of, std::size_t place) {
    Run& run = runs_[place];
    if (begin >= run.begin && begin < run.end) return run;
    run = {begin, begin, 0, 0, 0};
    for (std::size_t& at = run.end; at < text_.size(); ++at) {
      const std::uint8_t what = class_of(text_[at]);
      if ((what & made_of) == 0) break;
      if (what == kDigit) run.last_digit = at + 1;
      if (what == kLower) run.last_lower = at + 1;
      if (what == kUpper) run.last_upper = at + 1;
    }
    return run;
  }
  static bool is_mixed(const Run& run, std::size_t from) noexcept {
    return run.last_digit > from || (run.last_lower > from && run.last_upper > from);
  }
  bool is_cut_off(std::size_t begin, std::size_t end) const noexcept {
    return cuts_.end && end == text_.size() && end - begin >= kMinPartBytes;
  }

  bool try_shape(const KeyShape& shape, std::size_t anchor) {
    if (anchor < shape.anchor) return false;
    const std::size_t begin = anchor - shape.anchor;
    if (begin < resume_ || text_.substr(begin, shape.prefix.size()) != shape.prefix) return false;
    if (!has_left_border(text_, begin)) return false;
    if (kind_ == TextKind::Json && is_escaped(text_, begin)) return false;
    const std::size_t from = begin + shape.prefix.size();
    switch (shape.form) {
      case KeyForm::Run:
      case KeyForm::Mixed:
      case KeyForm::Exact:
        return try_run(shape, begin, from);
      case KeyForm::Jwt:
        return try_jwt(shape, begin);
      case KeyForm::Bearer:
        return try_bearer(shape, from);
      case KeyForm::Pem:
        return try_pem(begin, from);
    }
    return false;
  }

  bool try_run(const KeyShape& shape, std::size_t begin, std::size_t from) {
    const Run& run = run_from(from, shape.made_of);
    if (is_cut_off(from, run.end)) return take(begin, run.end);
    const std::size_t length = run.end - from;
    if (shape.form == KeyForm::Exact) {
      const bool goes_on = run.end < text_.size() && (class_of(text_[run.end]) & kAlnum) != 0;
      return length == shape.least && !goes_on && take(begin, run.end);
    }
    if (length < shape.least) return false;
    if (shape.form == KeyForm::Mixed && !is_mixed(run, from)) return false;
    return take(begin, run.end);
  }

  // Header, claims, signature; the second part of a signed one is JSON, too. Of an encrypted one only the first is.
  bool try_jwt(const KeyShape& shape, std::size_t begin) {
    std::size_t end = run_from(begin, shape.made_of).end;
    if (is_cut_off(begin + shape.least, end)) return take(begin, end);
    if (end - begin < shape.least || !is_dot(end)) return false;
    const std::size_t second = end + 1;
    end = run_from(second, shape.made_of, kSecondPart).end;
    if (is_cut_off(second, end)) return take(begin, end);
    const bool is_json = text_.substr(second, 3) == "eyJ" && end - second >= shape.least;
    if (!is_json && (end - second < kMinDetachedPart || !is_long_part(end, shape.made_of))) return false;
    while (is_dot(end))
      for (++end; end < text_.size() && (class_of(text_[end]) & shape.made_of) != 0;) ++end;
    return take(begin, end);
  }
  bool is_long_part(std::size_t dot, std::uint8_t made_of) const noexcept {
    if (!is_dot(dot) || text_.size() - dot <= kMinDetachedPart) return false;
    const std::string_view part = text_.substr(dot + 1, kMinDetachedPart);
    return std::all_of(part.begin(), part.end(), [made_of](char c) { return (class_of(c) & made_of) != 0; });
  }
  bool is_dot(std::size_t at) const noexcept { return at < text_.size() && text_[at] == '.'; }

  bool try_bearer(const KeyShape& shape, std::size_t from) {
    while (from < text_.size() && text_[from] == ' ') ++from;
    const Run& run = run_from(from, shape.made_of);
    if (is_cut_off(from, run.end) && is_mixed(run, from)) return take(from, run.end);
    return run.end - from >= shape.least && is_mixed(run, from) && take(from, run.end);
  }

  // To the line that ends it, else as far as lines of a key go.
  bool try_pem(std::size_t begin, std::size_t from) {
    const std::string_view label = text_.substr(from, kMaxPemWords + kPrivateKey.size());
    const std::size_t words = label.find(kPrivateKey);
    if (words == std::string_view::npos || label.substr(0, words).find_first_of("-\"\\\n") != std::string_view::npos)
      return false;
    const std::size_t body = from + words + kPrivateKey.size();
    const std::size_t border = kind_ == TextKind::Json ? next_quote(body) : text_.size();
    const std::size_t last = next_pem_end(body);
    if (last < border) {
      const std::size_t dashes = text_.find("-----", last + kPemEnd.size());
      const bool closed = dashes != std::string_view::npos && dashes < border && dashes - last < 2 * kMaxPemWords;
      return take(begin, closed ? dashes + 5 : last + kPemEnd.size());
    }
    return take(begin, end_of_pem_lines(body, border));
  }

  std::size_t end_of_pem_lines(std::size_t at, std::size_t border) const noexcept {
    while (at < border && text_[at] == '-') ++at;
    std::size_t end = at;
    while (at < border) {
      while (at < border && is_pem_space(at)) at += text_[at] == '\\' ? 2 : 1;
      at = std::min(at, border);
      const std::size_t line = at;
      while (at < border && (class_of(text_[at]) & (kAlnum | kMark)) != 0) ++at;
      if (at - line < kMinPemLine && (at < border || at == line)) break;
      end = at;
    }
    return end;
  }
  bool is_pem_space(std::size_t at) const noexcept {
    const char c = text_[at];
    if (c == '\\') return at + 1 < text_.size() && std::string_view("nr\\").find(text_[at + 1]) != std::string_view::npos;
    return c == ' ' || c == '\n' || c == '\r';
  }

  // Both only ask forwards, so what was found once is good until it is passed.
  std::size_t next_pem_end(std::size_t from) {
    if (pem_end_ < from) pem_end_ = std::min(text_.find(kPemEnd, from), text_.size());
    return pem_end_;
  }
  std::size_t next_quote(std::size_t from) {
    if (quote_ >= from && quote_ > 0) return quote_;
    quote_ = from;
    do {
      quote_ = std::min(text_.find('"', quote_), text_.size());
    } while (quote_ < text_.size() && is_escaped(text_, quote_) && ++quote_ > 0);
    return quote_;
  }

  bool try_secret(std::size_t index, std::size_t at) {
    const Given& given = keys_.secrets_[index];
    std::string_view secret = given.text.reveal();
    if (at < given.anchor || at - given.anchor < resume_) return false;
    const std::size_t begin = at - given.anchor;
    const std::string_view here = text_.substr(begin, secret.size());
    const bool part = cuts_.end && here.size() < secret.size() && here.size() >= kMinSecretPart;
    if (here.size() < secret.size() && !part) return false;
    if (here != secret.substr(0, here.size())) return false;
    if (kind_ == TextKind::Json && is_escaped(text_, begin)) return false;
    // Those that begin with it stand before it.
    while (index > 0) {
      const std::string_view longer = keys_.secrets_[--index].text.reveal();
      if (!longer.starts_with(secret)) break;
      if (text_.substr(begin, longer.size()) == longer) secret = longer;
    }
    std::size_t end = begin + std::min(secret.size(), text_.size() - begin);
    const bool number = kind_ == TextKind::Json &&
                        secret.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
    if (!number || is_in_string(begin)) return take(begin, end);
    std::size_t first = begin;
    const std::size_t least = out_.empty() ? 0 : out_.back().end;
    while (first > least && is_of_number(text_[first - 1])) --first;
    while (end < text_.size() && is_of_number(text_[end])) ++end;
    return take(first, end, true);
  }
  static bool is_of_number(char c) noexcept {
    return (class_of(c) & (kDigit | kDot)) != 0 || c == '-' || c == '+' || c == 'e' || c == 'E';
  }
  bool is_in_string(std::size_t at) {
    for (; parity_at_ < at; ++parity_at_) {
      if (text_[parity_at_] == '\\' && in_string_) {
        ++parity_at_;
      } else if (text_[parity_at_] == '"') {
        in_string_ = !in_string_;
      }
    }
    return in_string_;
  }

  // What a cut left of a key has no beginning to know it by: a word of both cases or with digits is taken for one.
  void take_cut_beginning() {
    const Run& run = run_from(0, kWord);
    if (run.end >= kMinSecretBytes && is_mixed(run, 0)) take(0, run.end);
  }

  const KeyScanner& keys_;
  const std::string_view text_;
  const TextKind kind_;
  const TextCuts cuts_;
  std::vector<Found>& out_;
  std::size_t resume_ = 0;
  std::array<Run, kPlaces> runs_{};
  std::size_t pem_end_ = 0, quote_ = 0;
  std::size_t parity_at_ = 0;
  bool in_string_ = false;
};

void KeyScanner::find(std::string_view text, TextKind kind, TextCuts cuts,
                      std::vector<Found>& out) const {
  if (text.size() < kAnchorBytes) return;
  Walk(*this, text, kind, cuts, out).run();
}

}  // namespace smartroute::accounting
