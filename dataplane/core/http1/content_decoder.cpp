#include "dataplane/core/http1/content_decoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace smartroute::http1 {
namespace {

// What zlib adds to the logarithm of a window's size to say which wrapping it has.
constexpr int kWindowBits = 15;
constexpr int kZlibBits = kWindowBits;
constexpr int kRawBits = -kWindowBits;
constexpr int kGzipBits = kWindowBits + 16;

bool same_name(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char c, char want) { return (c >= 'A' && c <= 'Z' ? c | 0x20 : c) == want; });
}

}  // namespace

class ContentDecoder::Engine {
 public:
  struct Step {
    enum class Kind : std::uint8_t { More, End, Corrupt };
    Kind kind = Kind::More;
    std::size_t consumed = 0, produced = 0;
  };
  virtual ~Engine() = default;
  // Decodes from the front of `in` into `out` until one of them is used up, or the coding's own end. No progress: it wants more input.
  virtual Step step(std::string_view in, char* out, std::size_t room) noexcept = 0;
  // There is more behind the end. True: it is decoded as another member.
  virtual bool begin_member() noexcept { return false; }
};

namespace {

using Engine = ContentDecoder::Engine;

// zlib keeps a pointer to its stream, so this never moves.
class Inflater {
 public:
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (begun_) inflateEnd(&stream_);
  }

  // False: no memory.
  bool begin(int window_bits) noexcept {
    begun_ = inflateInit2(&stream_, window_bits) == Z_OK;
    return begun_;
  }
  bool begun() const noexcept { return begun_; }
  bool again() noexcept { return inflateReset(&stream_) == Z_OK; }

  Engine::Step step(std::string_view in, char* out, std::size_t room) noexcept {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto offered = static_cast<uInt>(std::min(in.size(), kMost));
    const auto space = static_cast<uInt>(std::min(room, kMost));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib does not write there
    stream_.avail_in = offered;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = space;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    Engine::Step step;
    step.consumed = offered - stream_.avail_in;
    step.produced = space - stream_.avail_out;
    if (code == Z_STREAM_END) {
      step.kind = Engine::Step::Kind::End;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {  // Z_BUF_ERROR: no progress
      step.kind = Engine::Step::Kind::Corrupt;
    }
    return step;
  }

 private:
  z_stream stream_{};
  bool begun_ = false;
};

class GzipEngine final : public Engine {
 public:
  Step step(std::string_view in, char* out, std::size_t room) noexcept override {
    if (!inflater_.begun() && !inflater_.begin(kGzipBits)) return {.kind = Step::Kind::Corrupt};
    return inflater_.step(in, out, room);
  }
  // RFC 1952 section 2.2: a file is a series of members. What is no member is found out by its first bytes.
  bool begin_member() noexcept override { return inflater_.again(); }

 private:
  Inflater inflater_;
};

// "deflate" means zlib's wrapping (RFC 9110 section 8.4.1.2), yet some senders leave it out. The first two bytes tell: 8 for deflate in the
// low half, a window of at most 32 KiB in the high one, and together a multiple of 31. A raw stream that looks alike would begin with a
// stored block whose padding bits are not zero, which no compressor writes.
class DeflateEngine final : public Engine {
 public:
  Step step(std::string_view in, char* out, std::size_t room) noexcept override {
    std::size_t taken = 0;
    while (!inflater_.begun()) {
      if (taken == in.size()) return {.consumed = taken};
      head_[head_size_++] = in[taken++];
      const auto first = static_cast<unsigned char>(head_[0]);
      const auto second = static_cast<unsigned char>(head_[1]);
      const bool may_be_zlib = (first & 0x0f) == 8 && first >> 4 <= 7;
      if (may_be_zlib && head_size_ < 2) continue;
      const bool is_zlib = may_be_zlib && (first << 8 | second) % 31 == 0;
      if (!inflater_.begin(is_zlib ? kZlibBits : kRawBits)) return {.kind = Step::Kind::Corrupt};
    }
    if (head_used_ < head_size_) {
      Step step = inflater_.step({head_ + head_used_, head_size_ - head_used_}, out, room);
      head_used_ += step.consumed;
      if (step.kind == Step::Kind::End && head_used_ < head_size_) step.kind = Step::Kind::Corrupt;
      step.consumed = taken;
      return step;
    }
    return inflater_.step(in, out, room);
  }

 private:
  Inflater inflater_;
  char head_[2] = {};
  std::size_t head_size_ = 0, head_used_ = 0;
};

class BrotliEngine final : public Engine {
 public:
  Step step(std::string_view in, char* out, std::size_t room) noexcept override {
    if (!state_) return {.kind = Step::Kind::Corrupt};  // no memory
    std::size_t offered = in.size(), space = room;
    auto* from = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out);
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(state_.get(), &offered, &from, &space, &to, nullptr);
    Step step;
    step.consumed = in.size() - offered;
    step.produced = room - space;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) step.kind = Step::Kind::End;
    if (result == BROTLI_DECODER_RESULT_ERROR) step.kind = Step::Kind::Corrupt;
    return step;
  }

 private:
  struct Destroy {
    void operator()(BrotliDecoderState* state) const noexcept { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Destroy> state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

}  // namespace

bool is_plain_coding(std::string_view coding) noexcept { return coding.empty() || same_name(coding, "identity"); }

std::optional<ContentDecoder> ContentDecoder::for_coding(std::string_view coding, std::uint64_t max_output) {
  std::unique_ptr<Engine> engine;
  if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) {
    engine = std::make_unique<GzipEngine>();
  } else if (same_name(coding, "deflate")) {
    engine = std::make_unique<DeflateEngine>();
  } else if (same_name(coding, "br")) {
    engine = std::make_unique<BrotliEngine>();
  } else {
    return std::nullopt;
  }
  return ContentDecoder(std::move(engine), max_output);
}

ContentDecoder::ContentDecoder(std::unique_ptr<Engine> engine, std::uint64_t max_output)
    : engine_(std::move(engine)), piece_(new char[kPieceBytes]), max_output_(max_output) {}
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

std::string_view ContentDecoder::bad(const char* why) noexcept {
  state_ = State::Bad;
  why_ = why;
  in_ = {};
  return {};
}

std::string_view ContentDecoder::next() noexcept {
  while (state_ != State::Bad) {
    if (state_ == State::Done) {
      if (in_.empty()) return {};
      if (!engine_->begin_member()) return bad("bytes after the end of the compressed body");
      state_ = State::Open;
    }
    const Engine::Step step = engine_->step(in_, piece_.get(), kPieceBytes);
    in_.remove_prefix(step.consumed);
    encoded_ += step.consumed;
    if (step.kind == Engine::Step::Kind::Corrupt) return bad("the body is not what its content coding says");
    // Checked before the piece is given out: what is over a bound is seen by nobody.
    const std::uint64_t decoded = decoded_ + step.produced;
    if (decoded > max_output_) return bad("the decompressed body is larger than is taken");
    if (decoded > kRatioGrace && decoded / kMaxRatio > encoded_) return bad("the body decompresses to more than a hundred times its size");
    decoded_ = decoded;
    if (step.kind == Engine::Step::Kind::End) state_ = State::Done;
    if (step.produced > 0) return {piece_.get(), step.produced};
    if (step.consumed == 0 && state_ == State::Open) return {};
  }
  return {};
}

ContentDecoder::State ContentDecoder::finish() noexcept {
  if (state_ != State::Open) return state_;
  if (encoded_ == 0) {
    state_ = State::Done;
  } else {
    bad("the body ended in the middle of its content coding");
  }
  return state_;
}

}  // namespace smartroute::http1
