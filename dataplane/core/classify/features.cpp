#include "dataplane/core/classify/features.hpp"

#include <algorithm>

#include "contract/base/utf8.hpp"
#include "dataplane/core/classify/characters.hpp"
#include "dataplane/core/classify/hash.hpp"
#include "dataplane/core/classify/shape.hpp"

namespace smartroute::classify {
namespace {

// One seed a kind of feature, so that equal words in different places are different features.
enum Seed : std::uint32_t {
  kWord = 0x1000,
  kPair,
  kTriple,
  kQuad,
  kRun,
  kStart1,
  kStart2,
  kStart3,
  kHead1,
  kHead2,
  kTail1,
  kTail2,
  kQuestion1,
  kQuestion2,
  kFirst1,
  kFirst2,
  kFirst3,
};

// Words that stand for what is no word.
enum Token : std::uint32_t { kTextBegins = 1, kLineBegins, kGap, kTextEnds, kNumber = 16 };

constexpr std::uint64_t kEdge = 3;            // stands before and after a word in its runs of four characters
constexpr std::uint32_t kRunLetters = 3;      // and an edge make the first run
constexpr std::uint32_t kMostRuns = 256;       // of four characters; a longer text has words enough
constexpr std::size_t kRecall = 64;           // words remembered; a power of two
constexpr std::size_t kHeadWords = 16;        // of the text
constexpr std::size_t kTailWords = 16;        // of the text
constexpr std::size_t kQuestionWords = 16;    // of a question, its last ones
constexpr std::size_t kMostSentences = 80;   // whose beginnings are features
constexpr std::size_t kMostQuestions = 8;
constexpr std::uint32_t kLongNumber = 4;      // digits
constexpr std::uint32_t kMostOptions = 6;
constexpr std::uint32_t kBullet = 0x2022;
constexpr std::uint32_t kLatinEnds = 0x250;
constexpr std::uint32_t kLetterFactor = 0x9e3779b1, kIdeographSeed = 0x1d30, kMarkSeed = 0x4d41, kLongMarkSeed = 0x4d42;
constexpr std::size_t kMostAskBytes = 1 << 20;  // longer ones are all one length

constexpr bool is_ascii_letter(char c) noexcept { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
constexpr bool is_capital(char c) noexcept { return (c & 0x20) == 0; }  // of an ASCII letter

constexpr std::uint32_t run_hash(std::uint64_t four) noexcept {
  const std::uint64_t x = (four ^ kRun) * kMixFactor;
  return static_cast<std::uint32_t>(x >> 32) ^ static_cast<std::uint32_t>(x >> 15);
}

struct Recalled {
  std::uint32_t hash;
  const char* begin;
  const char* end;
};

// Reads a text once, forwards. `Sink` has add(Pool, hash, begin, end); for Words and Chars, of which there are many, put(Pool, n,
// hash, begin, end) with n counted by the reader, and close(Pool, how many) at the end.
template <class Sink>
class Reader {
 public:
  explicit Reader(Sink& sink) noexcept : sink_(sink) {
    push({kTextBegins, nullptr, nullptr});
  }

  void read(std::string_view text) noexcept {
    const char* end = text.data() + text.size();
    for (const char* at = text.data(); at < end;) {
      if (is_ascii_letter(*at)) {
        at = ascii_letters(at, end);
        if (at < end && *at == ' ') space_after_word(at++);
        continue;
      }
      const Character c = read_character(at, end);
      step(c, at);
      at += c.bytes;
    }
    end_word(end);
    end_mark();
    shape_.read_bytes += static_cast<std::uint32_t>(text.size());
  }

  // Between two pieces of one text.
  void skip() noexcept {
    push({kGap, nullptr, nullptr});
    begin_sentence();
  }

  void finish(std::uint32_t ask_bytes) noexcept {
    end_line();
    end_sentence(false);
    pair(kTextEnds);
    last_words(std::min(words_, kTailWords), kTail1);
    sink_.close(Pool::Words, put_words_);
    sink_.close(Pool::Chars, put_runs_);
    shape_.ask_bytes = ask_bytes;
  }

  const Shape& shape() const noexcept { return shape_; }

 private:
  void step(const Character& c, const char* at) noexcept {
    if (c.folded < 128) ++shape_.ascii[c.folded];
    ++line_characters_;
    if (at_line_start_ && c.kind != CharacterKind::Space) begin_line(c);
    switch (c.kind) {
      case CharacterKind::Letter: letter(c, at); break;
      case CharacterKind::Digit: digit(c, at); break;
      case CharacterKind::Ideograph:
        end_word(at);
        ideograph(c, at);
        break;
      case CharacterKind::Mark:
        end_word(at);
        mark(c, at);
        break;
      case CharacterKind::Space:
        end_word(at);
        end_spaced_mark();
        if (at_line_start_) ++indent_;
        break;
      case CharacterKind::Line:
        end_word(at);
        line();
        break;
      case CharacterKind::Nothing: return;
    }
    before_ = c.folded;
  }

  // The short way for most of the text, the same as step() for each of the letters from `at` on. Returns where they end.
  const char* ascii_letters(const char* at, const char* end) noexcept {
    if (at_line_start_) begin_line({.folded = 'a', .kind = CharacterKind::Letter});
    const char* begin = at;
    if (word_letters_ == 0) {
      end_word(at);
      begin_word(is_capital(*at), at);
    } else if (is_capital(*at) && !last_capital_) {
      ++shape_.inner_capitals;
    }
    std::uint32_t hash = word_hash_, length = word_letters_, capitals = 0;
    std::uint64_t window = window_;
    std::size_t runs = put_runs_;
    bool last_capital = true;  // the first letter was seen to above
    do {
      const bool capital = is_capital(*at);
      const auto c = static_cast<std::uint32_t>(static_cast<unsigned char>(*at) | 0x20);
      hash = (hash ^ c) * kLetterFactor;
      window = window << 16 | c;
      if (++length >= kRunLetters) runs = put_run(window, at + 1, runs);
      if (capital) {
        ++capitals;
        if (!last_capital) ++shape_.inner_capitals;
      }
      last_capital = capital;
      ++at;
    } while (at < end && is_ascii_letter(*at));
    word_hash_ = hash;
    window_ = window;
    put_runs_ = runs;
    word_letters_ = length;
    last_capital_ = last_capital;
    word_capitals_ += capitals;
    const auto count = static_cast<std::uint32_t>(at - begin);
    shape_.capitals += capitals;
    shape_.letters += count;
    shape_.latin_letters += count;
    line_characters_ += count;
    before_ = static_cast<unsigned char>(at[-1]) | 0x20;
    return at;
  }

  // The same as step() for a space that ends a word.
  void space_after_word(const char* at) noexcept {
    end_word(at);
    option_waits_ = false;
    ++line_characters_;
    before_ = ' ';
  }

  // At the first character of a line that is no space.
  void begin_line(const Character& c) noexcept {
    at_line_start_ = false;
    if (indent_ >= 2 && c.kind != CharacterKind::Line) ++shape_.indented_lines;
    if (c.folded == '-' || c.folded == '*' || c.folded == kBullet) ++shape_.list_lines;
    numbered_ = c.kind == CharacterKind::Digit;
  }

  void letter(const Character& c, const char* at) noexcept {
    if (word_letters_ == 0) {
      end_word(at);
      begin_word(c.capital, at);
    } else if (c.capital && !last_capital_) {
      ++shape_.inner_capitals;
    }
    word_hash_ = (word_hash_ ^ c.folded) * kLetterFactor;
    window_ = window_ << 16 | (c.folded & 0xffff);
    if (++word_letters_ >= kRunLetters) run(window_, at + c.bytes);
    ++shape_.letters;
    if (c.folded < kLatinEnds) ++shape_.latin_letters;
    if (c.folded >= 0x370 && c.folded < 0x400) ++shape_.math_marks;  // Greek
    last_capital_ = c.capital;
    if (c.capital) {
      ++shape_.capitals;
      ++word_capitals_;
    }
  }

  void begin_word(bool capital, const char* at) noexcept {
    end_mark();
    word_begin_ = at;
    word_hash_ = 0;
    window_ = kEdge;
    if (before_ == '\\') ++shape_.commands;
    if (before_ == '<' || (before_ == '/' && before_mark_ == '<')) ++shape_.tags;
    if (shape_.letters == 0) shape_.begins_with_capital = capital;
  }

  void digit(const Character& c, const char* at) noexcept {
    if (digits_ == 0) {
      end_word(at);
      end_mark();
      word_begin_ = at;
    }
    ++digits_;
    digit_value_ = digit_value_ << 4 | (c.folded & 15);
  }

  // The last four characters of the window, `end` being the end of the last.
  void run(std::uint64_t window, const char* end) noexcept { put_runs_ = put_run(window, end, put_runs_); }

  std::size_t put_run(std::uint64_t window, const char* end, std::size_t at) noexcept {
    if (at == kMostRuns) return at;
    sink_.put(Pool::Chars, at, run_hash(window), word_begin_, end);
    return at + 1;
  }

  void end_word(const char* end) noexcept {
    option_waits_ = false;
    if (word_letters_ > 0) {
      const bool single = word_letters_ == 1;
      const auto letter = static_cast<std::uint32_t>(window_ & 0xffff);
      if (!single) run(window_ << 16 | kEdge, end);
      if (!single && word_capitals_ == word_letters_) ++shape_.shouted_words;
      word_letters_ = word_capitals_ = 0;
      last_capital_ = false;
      ++shape_.words;
      token({word_hash_, word_begin_, end});
      option_waits_ = single && letter == 'a' + shape_.options;
    } else if (digits_ > 0) {
      ++shape_.numbers;
      ++shape_.words;
      if (digits_ >= kLongNumber) ++shape_.long_numbers;
      token({number_hash(), word_begin_, end});
      digits_ = digit_value_ = 0;
    }
  }

  // Digits 0 to 9 are themselves, years keep their century, the rest their length.
  std::uint32_t number_hash() const noexcept {
    std::uint32_t detail = 0;
    if (digits_ == 1) detail = digit_value_;
    if (digits_ == 4) detail = digit_value_ >> 8;
    return mix(kNumber + std::min<std::uint32_t>(digits_, 7), detail);
  }

  void ideograph(const Character& c, const char* at) noexcept {
    end_mark();
    ++shape_.ideographs;
    token({mix(c.folded, kIdeographSeed), at, at + c.bytes});
    if (count_ < 4) return;
    const std::uint32_t left = mix(recall(3).hash, recall(2).hash), right = mix(recall(1).hash, recall(0).hash);
    sink_.put(Pool::Words, put_words_++, mix(mix(left, right), kQuad), recall(3).begin != nullptr ? recall(3).begin : at, at + c.bytes);
  }

  void mark(const Character& c, const char* at) noexcept {
    if (option_waits_ && (c.folded == '.' || c.folded == ')' || c.folded == ':' || c.folded == ',' || c.folded == ']'))
      shape_.options = std::min(shape_.options + 1, kMostOptions);
    option_waits_ = false;
    if (c.folded >= 0x1f000) ++shape_.pictures;
    if ((c.folded >= 0x2070 && c.folded < 0x20a0) || (c.folded >= 0x2190 && c.folded < 0x2300) ||
        (c.folded >= 0xb0 && c.folded < 0xc0))
      ++shape_.math_marks;
    shape_.last_mark = c.folded;
    if (mark_ == c.folded && mark_end_ == at) {  // a run of one mark is one word
      mark_end_ = at + c.bytes;
      if (++mark_length_ == 3 && c.folded == '`') ++shape_.fences;
      return;
    }
    end_mark();
    before_mark_ = before_;
    mark_ = c.folded;
    mark_length_ = 1;
    mark_begin_ = at;
    mark_end_ = at + c.bytes;
  }

  void end_spaced_mark() noexcept {
    spaced_ = true;
    end_mark();
    spaced_ = false;
    option_waits_ = false;
  }

  // The run of marks read last becomes a word, and may end a sentence.
  void end_mark() noexcept {
    if (mark_ == 0) return;
    const std::uint32_t c = mark_;
    mark_ = 0;
    if (line_words_ == 1 && numbered_ && (c == '.' || c == ')' || c == ',')) ++shape_.list_lines;
    token({mix(c, mark_length_ > 2 ? kLongMarkSeed : kMarkSeed), mark_begin_, mark_end_});
    last_was_mark_ = c;
    const bool stands_apart = spaced_ || mark_end_ - mark_begin_ >= 2;  // "a.b" is none, a wide stop is one
    if (c == '?' || c == '!' || (c == '.' && stands_apart)) end_sentence(c == '?');
    if (c == ':' && stands_apart) begin_sentence();
  }

  void line() noexcept {
    end_spaced_mark();
    end_line();
    ++shape_.lines;
    end_sentence(false);
    if (recall(0).hash != kLineBegins) push({kLineBegins, nullptr, nullptr});
  }

  void end_line() noexcept {
    if (line_words_ == 0) ++shape_.empty_lines;
    if (last_was_mark_ == ':') ++shape_.colon_lines;
    shape_.longest_line = std::max(shape_.longest_line, line_characters_);
    line_characters_ = line_words_ = indent_ = last_was_mark_ = 0;
    numbered_ = false;
    at_line_start_ = true;
  }

  void token(const Recalled& word) noexcept {
    ++line_words_;
    last_was_mark_ = 0;
    const std::size_t at = put_words_;
    sink_.put(Pool::Words, at, mix(word.hash, kWord), word.begin, word.end);
    const Recalled one = recall(0);
    const char* pair_begin = one.begin != nullptr ? one.begin : word.begin;
    const std::uint32_t two = mix(mix(one.hash, kPair), word.hash);
    sink_.put(Pool::Words, at + 1, two, pair_begin, word.end);
    put_words_ = at + 2;
    if (count_ > 1) {
      const Recalled far = recall(1);
      sink_.put(Pool::Words, at + 2, mix(two, far.hash ^ kTriple << 8), far.begin != nullptr ? far.begin : pair_begin,
                word.end);
      put_words_ = at + 3;
    }
    if (words_ < kHeadWords) {
      sink_.add(Pool::Ask, mix(word.hash, kHead1), word.begin, word.end);
      if (words_ > 0) sink_.add(Pool::Ask, mix(two, kHead2), pair_begin, word.end);
    }
    push(word);
    ++words_;
    begin_of_sentence(two);
  }

  // The first three words of each sentence.
  void begin_of_sentence(std::uint32_t two) noexcept {
    ++sentence_words_;
    if (sentence_words_ > 3 || sentences_begun_ > kMostSentences) return;
    const Recalled now = recall(0), first = recall(sentence_words_ - 1);
    if (sentence_words_ == 1) {
      ++sentences_begun_;
      sink_.add(Pool::Ask, mix(now.hash, kStart1), now.begin, now.end);
    } else if (sentence_words_ == 2) {
      sink_.add(Pool::Ask, mix(two, kStart2), first.begin, now.end);
    } else {
      sink_.add(Pool::Ask, mix(mix(two, first.hash), kStart3), first.begin, now.end);
    }
  }

  void begin_sentence() noexcept { sentence_words_ = 0; }

  void end_sentence(bool question) noexcept {
    if (sentence_words_ == 0) return;
    ++shape_.sentences;
    if (question) {
      if (shape_.questions++ < kMostQuestions) last_words(std::min<std::size_t>(sentence_words_, kQuestionWords), kQuestion1);
    }
    begin_sentence();
  }

  // The last `wanted` words as features of the kind `seed`, their pairs as those of the next kind.
  void last_words(std::size_t wanted, std::uint32_t seed) noexcept {
    const std::size_t known = std::min({count_, kRecall, wanted});
    for (std::size_t back = 0; back < known; ++back) {
      const Recalled word = recall(back);
      if (word.hash < kNumber) continue;
      sink_.add(Pool::Ask, mix(word.hash, seed), word.begin, word.end);
      if (back + 1 >= known) break;
      const Recalled before = recall(back + 1);
      sink_.add(Pool::Ask, mix(mix(mix(before.hash, kPair), word.hash), seed + 1),
                before.begin != nullptr ? before.begin : word.begin, word.end);
    }
  }

  void pair(std::uint32_t word) noexcept {
    const Recalled one = recall(0);
    if (one.begin == nullptr) return;
    const std::uint32_t two = mix(mix(one.hash, kPair), word);
    sink_.put(Pool::Words, put_words_++, two, one.begin, one.end);
    if (count_ > 1)
      sink_.put(Pool::Words, put_words_++, mix(two, recall(1).hash ^ kTriple << 8),
                recall(1).begin != nullptr ? recall(1).begin : one.begin, one.end);
  }

  void push(const Recalled& word) noexcept {
    const std::size_t at = count_++ % kRecall;
    hash_[at] = word.hash;
    begin_[at] = word.begin;
    end_[at] = word.end;
  }
  // The word `back` places before the next one; 0 is the last. Needs back < count_.
  Recalled recall(std::size_t back) const noexcept {
    const std::size_t at = (count_ - 1 - back) % kRecall;
    return {hash_[at], begin_[at], end_[at]};
  }

  Sink& sink_;
  Shape shape_;
  // Words remembered, a ring in three arrays: a struct read back as a whole right after its parts were written stalls the processor.
  std::array<std::uint32_t, kRecall> hash_;
  std::array<const char*, kRecall> begin_, end_;
  std::size_t count_ = 0;  // tokens, the signs of beginnings included
  std::size_t words_ = 0;
  std::size_t put_words_ = 0, put_runs_ = 0;  // features of these pools so far
  // The word being read.
  const char* word_begin_ = nullptr;
  std::uint32_t word_hash_ = 0, word_letters_ = 0, word_capitals_ = 0, digits_ = 0, digit_value_ = 0;
  std::uint64_t window_ = 0;  // its last four characters
  bool last_capital_ = false, option_waits_ = false;
  // The run of marks being read.
  const char* mark_begin_ = nullptr;
  const char* mark_end_ = nullptr;
  std::uint32_t mark_ = 0, mark_length_ = 0, last_was_mark_ = 0;
  std::uint32_t before_ = 0, before_mark_ = 0;  // the character before
  bool spaced_ = false;
  // The line and the sentence.
  std::uint32_t line_characters_ = 0, line_words_ = 0, indent_ = 0, sentence_words_ = 0;
  std::size_t sentences_begun_ = 0;
  bool at_line_start_ = true, numbered_ = false;
};

// A word, a mark or an ideograph is at least a byte and makes at most three features, an ideograph four of three bytes.
static_assert((kReadHeadBytes + kReadTailBytes + 2) * 3 <= kPoolRoom[static_cast<std::size_t>(Pool::Words)]);
static_assert(kMostRuns <= kPoolRoom[static_cast<std::size_t>(Pool::Chars)]);

class Collector {
 public:
  explicit Collector(FeatureSet& out) noexcept
      : out_(out), words_(out.room(Pool::Words, 0)), runs_(out.room(Pool::Chars, 0)) {}

  void add(Pool pool, std::uint32_t hash, const char*, const char*) noexcept { out_.add(pool, hash); }
  void put(Pool pool, std::size_t at, std::uint32_t hash, const char*, const char*) noexcept {
    (pool == Pool::Words ? words_ : runs_)[at] = hash;
  }
  void close(Pool pool, std::size_t count) noexcept { out_.grow(pool, count); }

 private:
  FeatureSet& out_;
  std::uint32_t* words_;
  std::uint32_t* runs_;
};

class Teller {
 public:
  explicit Teller(FeatureWitness& witness) : witness_(witness) {}

  void add(Pool pool, std::uint32_t hash, const char* begin, const char* end) {
    witness_.saw(pool, hash, {begin, static_cast<std::size_t>(end - begin)});
  }
  void put(Pool pool, std::size_t, std::uint32_t hash, const char* begin, const char* end) {
    add(pool, hash, begin, end);
  }
  void close(Pool, std::size_t) {}

 private:
  FeatureWitness& witness_;
};

template <class Sink>
void read_ask(const Subject& subject, Sink& sink, ShapeFeatures& shape) {
  const std::string_view ask = subject.ask;
  Reader<Sink> reader(sink);
  if (ask.size() <= kReadHeadBytes + kReadTailBytes) {
    reader.read(ask);
  } else {
    std::size_t head = kReadHeadBytes, tail = ask.size() - kReadTailBytes;
    for (int i = 0; i < 3 && continues_character(ask[head]); ++i) --head;
    for (int i = 0; i < 3 && continues_character(ask[tail]); ++i) ++tail;
    reader.read(ask.substr(0, head));
    reader.skip();
    reader.read(ask.substr(tail));
  }
  reader.finish(static_cast<std::uint32_t>(std::min<std::size_t>(ask.size(), kMostAskBytes)));
  describe_shape(reader.shape(), subject, shape);
}

}  // namespace

void read_features(const Subject& subject, FeatureSet& out) noexcept {
  Collector sink(out);
  ShapeFeatures shape;
  read_ask(subject, sink, shape);
  for (std::size_t i = 0; i < shape.count; ++i) out.add(Pool::Shape, shape.feature[i].hash);
}

void witness_features(const Subject& subject, FeatureWitness& witness) {
  Teller sink(witness);
  ShapeFeatures shape;
  read_ask(subject, sink, shape);
  for (std::size_t i = 0; i < shape.count; ++i)
    witness.saw(Pool::Shape, shape.feature[i].hash, shape.feature[i].name);
}

}  // namespace smartroute::classify
