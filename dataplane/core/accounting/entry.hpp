// What a worker hands to the accounting thread when a request has ended: one run of bytes, so that nothing has to be allocated on one thread
// and freed on another. A head of fixed size, then names, the encoded record and the texts.
//
// Texts that are only counted come along only when there is something to count.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/core/accounting/record.hpp"
#include "dataplane/core/accounting/record_encoder.hpp"

namespace smartroute::accounting {

// A body beyond this is not counted by its words, but by its length.
inline constexpr std::size_t kMaxCountedBytes = 2 * 1024 * 1024;
// Of each body, whatever logs.max_body_bytes says: the control plane refuses records beyond 8 MiB.
inline constexpr std::size_t kMaxKeptBytes = 3 * 1024 * 1024;
// A kept body brings so much more of itself than is kept, that a key at the cut can be known.
inline constexpr std::size_t kBeyondCut = 4 * 1024;
// One request in so many teaches the factor of a tokenizer we do not have, and only if it is not longer.
inline constexpr unsigned kLearnEvery = 16;
inline constexpr std::size_t kMaxLearnBytes = 64 * 1024;

// prices::Price without its words.
struct PriceNumbers {
  std::optional<std::int64_t> input, output, cached_input, cache_write, audio_input, audio_output;
};

struct EntryHead {
  std::uint32_t provider_bytes = 0, model_bytes = 0, record_bytes = 0, request_bytes = 0, response_bytes = 0;   // of what follows
  std::uint32_t max_body_bytes = 0;            // of each that is kept
  std::uint64_t request_size = 0, response_size = 0;   // before they were cut for the way
  openai::Usage usage;
  tokens::TokenizerChoice tokenizer;           // its view is static
  std::optional<std::uint64_t> streamed_tokens;
  std::uint64_t estimated_prompt = 0;
  std::int64_t thrown_away_nano = 0;
  PriceNumbers price, t3_price;
  bool answered = false, interrupted = false, learn = false;
  bool thrown_away_unknown = false;
  bool configured_model = true, sampled = false;
  bool log = false, bodies_dropped = false;
  bool request_whole = true, response_whole = true;   // before they were cut for the way
};

// Views into one run of bytes.
struct Entry {
  EntryHead head;
  std::string_view provider, model, record, request, response;
};

// Of one worker. Allocates only while larger records come than before.
class EntryWriter {
 public:
  // The parts below are good until the next write(), and as long as the record's texts are.
  void write(const Record& record);
  std::span<const std::string_view> parts() const noexcept { return parts_; }
  std::size_t text_bytes() const noexcept { return parts_[4].size() + parts_[5].size(); }
  // Leaves the texts out. True: some of them were to be kept.
  bool drop_texts() noexcept;

 private:
  void choose_texts(const Record& record);

  RecordEncoder encoder_;
  EntryHead head_;
  std::array<std::string_view, 6> parts_;      // head, provider, model, record, request, response
  unsigned until_lesson_ = kLearnEvery;
};

// `bytes` as parts() made them, in one piece.
Entry read_entry(std::string_view bytes) noexcept;

}  // namespace smartroute::accounting
