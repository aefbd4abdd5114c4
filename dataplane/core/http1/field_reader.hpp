// Reads the field lines of a head one by one, and the few field values that requests and responses
// share. Internal to http1.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smartroute::http1 {

struct Field {
  std::string_view name;   // a token, as sent
  std::string_view value;  // trimmed of spaces and tabs; no control bytes except tab
  bool odd_name = false;   // holds token punctuation other than '-'
  bool tabbed = false;     // a tab was trimmed from the value
};

class FieldReader {
 public:
  enum class Next : std::uint8_t { Field, End, Bad };

  // `bytes` starts at the first field line and ends with the blank line.
  explicit FieldReader(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // End only if the blank line is the very end of the bytes. After Bad, why() says what was found.
  Next next(Field& field) noexcept;
  const char* why() const noexcept { return why_; }

 private:
  Next bad(const char* why) noexcept {
    why_ = why;
    return Next::Bad;
  }
  Next bad_name(const char* stopped) noexcept;

  const char* at_;
  const char* end_;
  const char* why_ = "";
};

// First byte of [at, end) that may not stand in a field value: a control byte except tab, or DEL;
// `end` if there is none.
const char* find_value_end(const char* at, const char* end) noexcept;

// Content-Length: digits only, no needless zero in front, below 10^18. False if it is anything
// else.
bool parse_content_length(const Field& field, std::uint64_t& length) noexcept;

// What the Connection fields of a head say, taken together.
struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  // Adds one field's tokens; false if it is not a list of tokens.
  bool add(std::string_view value) noexcept;
};

// A name in which other punctuation stands for '-' (`Transfer_Encoding`), written with '-'. Empty
// if the name is longer than any we know.
class DashedName {
 public:
  explicit DashedName(std::string_view name) noexcept;
  std::string_view view() const noexcept { return {bytes_, size_}; }

 private:
  static constexpr std::size_t kMaxName = 32;
  char bytes_[kMaxName];
  std::size_t size_ = 0;
};

}  // namespace smartroute::http1
