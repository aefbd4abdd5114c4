// The many spellings of one server-sent event that real providers use. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace smartroute::mock_provider {

enum class LineEnd : std::uint8_t { Lf, CrLf, Cr, Mixed };  // mixed: by turns, event by event

struct EventForm {
  LineEnd line_end = LineEnd::Lf;
  bool bom = false;        // a byte order mark before the first event
  bool named = false;      // event:, id: and retry: lines
  bool comments = false;   // a comment and a blank line before each event
  bool no_space = false;   // data:{...}
  bool two_lines = false;  // the JSON in two data lines

  bool plain() const noexcept {
    return line_end == LineEnd::Lf && !bom && !named && !comments && !no_space && !two_lines;
  }
};

// Appends the `index`th event of a stream, given as "data: ...\n\n", in its form.
void append_in_form(std::string& out, std::string_view event, const EventForm& form,
                    std::uint64_t index);

}  // namespace smartroute::mock_provider
