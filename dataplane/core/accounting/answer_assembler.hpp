// Puts a stream together again: from its chunks to the chat.completion that they spell, as the log keeps it and as tokens are counted.
//
// Texts are kept as JSON spells them, so that putting together is appending: also where a surrogate pair, written as two escapes, was cut between two
// chunks. Memory: kMaxParts pieces and the texts, at most `max_bytes` of them; what comes beyond is not kept, but its tokens are counted as it comes.
// An event of the usual form costs one append.
//
// Thread rule: one thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/sse/event_sink.hpp"
#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {
class StreamCounter;
}

namespace smartroute::accounting {

class AnswerAssembler final : public sse::EventSink {
 public:
  // Choices, texts and tool calls of one answer; chunks that speak of more are not whole.
  static constexpr std::size_t kMaxParts = 1'024;

  AnswerAssembler();
  ~AnswerAssembler();
  AnswerAssembler(const AnswerAssembler&) = delete;
  AnswerAssembler& operator=(const AnswerAssembler&) = delete;

  // A new answer, in the memory of the last one.
  // What becomes of texts beyond max_bytes: their tokens are counted as they come, or, where the provider will most likely say, only their bytes.
  enum class Beyond : std::uint8_t { Counted, Weighed };
  void begin(std::size_t max_bytes, tokens::Encoding encoding, Beyond beyond = Beyond::Counted);
  bool event(std::string_view data, bool may_repeat) override;
  void text(std::string_view spelled) override;

  // A chunk has come since begin().
  bool begun() const noexcept { return begun_; }
  // All texts were kept.
  bool whole() const noexcept { return !overflowed_ && !lost_parts_; }
  // Some text was neither kept nor counted: the answer had too many parts.
  bool lost_parts() const noexcept { return lost_parts_; }
  std::size_t kept_bytes() const noexcept { return bytes_; }
  // From here on texts are only counted, as if max_bytes had been what is kept by now.
  void stop_keeping() noexcept { max_bytes_ = std::min(max_bytes_, bytes_); }
  // Tokens of all texts; only if some were beyond max_bytes, and counted.
  std::optional<std::uint64_t> streamed_tokens() const;
  bool weighed() const noexcept { return unseen_bytes_ > 0; }
  // Tokens of all texts so far, kept or not; where weighed(), as many a byte as those that were kept. As dear as counting them.
  std::uint64_t count_now();
  // As the provider wrote them, insides of JSON strings; the last ones that were not empty.
  std::string_view finish_reason() const noexcept { return finish_reason_; }
  std::string_view model() const noexcept { return model_; }

  // The answer so far as one chat.completion. Good until the next call of begin(), event() or build().
  std::string_view build();
  // Gives back memory beyond what a usual answer takes.
  void trim();

 private:
  enum class Field : std::uint8_t { Content, Reasoning, ReasoningContent, Thinking, Refusal, ToolId, ToolType, ToolName, ToolArguments, CallName, CallArguments, AudioId, AudioTranscript, Role, Finish };
  struct Part {                       // one text of the answer
    Field field = Field::Content;
    std::uint32_t choice = 0, call = 0;
    std::string text;                 // as spelled
    std::unique_ptr<tokens::StreamCounter> counter;   // once texts overflow
  };
  class Reader;

  Part* part(Field field, std::uint32_t choice, std::uint32_t call);
  void append(Part& part, std::string_view spelled);
  void replace(Part& part, std::string_view spelled);
  void overflow();
  static bool is_counted(Field field) noexcept;
  void write_choice(std::uint32_t choice);
  void write_calls(std::uint32_t choice);
  const Part* find(Field field, std::uint32_t choice, std::uint32_t call) const;
  void write_text(std::string_view name, const Part* part, bool& first);

  std::vector<Part> parts_;
  std::size_t used_ = 0;              // of parts_; the rest is memory of earlier answers
  std::size_t last_ = ~std::size_t{0};  // where text() goes; all ones: nowhere
  std::size_t bytes_ = 0, max_bytes_ = 0, unseen_bytes_ = 0;
  tokens::Encoding encoding_ = tokens::Encoding::O200kBase;
  std::string id_, created_, model_, fingerprint_, tier_, usage_, finish_reason_;   // raw JSON, or insides
  std::string out_, stack_, name_, plain_;
  Beyond beyond_ = Beyond::Counted;
  bool begun_ = false, overflowed_ = false, lost_parts_ = false;
};

}  // namespace smartroute::accounting
