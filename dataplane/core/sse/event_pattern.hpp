// Knows an event again that differs from an earlier one only in its text. Most events of a stream
// are like that, and comparing is several times cheaper than reading. Internal to sse.
//
// Why a match proves the event well-formed and tells its facts: a whole JSON object in which the
// inside of one string is replaced by another valid inside is again a whole JSON object, and says
// the same but for that string.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::sse {

class EventPattern {
 public:
  // Longer data is not learned, and more text is not matched: reading is no dearer there.
  static constexpr std::size_t kMaxFixedBytes = 1024;
  static constexpr std::size_t kMaxTextBytes = 192;

  // `data` is a whole JSON object; `text`, and `padding` if it has any, are views of insides of
  // strings in it.
  void learn(std::string_view data, std::string_view text, std::string_view padding);

  // The inside of the text's string, not empty, if `data` is like what was learned last. UTF-8 is
  // not checked.
  std::optional<std::string_view> match(std::string_view data) const noexcept;

 private:
  static constexpr std::size_t kMaxHoles = 2;

  std::string fixed_;  // what was learned, without its holes
  std::array<std::size_t, kMaxHoles> holes_{};  // where they are in it; in order
  std::size_t hole_count_ = 0;  // 0: nothing has been learned
  std::size_t text_hole_ = 0;
};

}  // namespace smartroute::sse
