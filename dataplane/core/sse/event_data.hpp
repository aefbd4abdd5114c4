// What the lines of one event say, by the rules of the WHATWG event stream format. Internal to sse.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::sse {

// Views into the event that was read, or into `joined`.
struct EventData {
  std::string_view data;  // of all data fields, joined with LF; empty if there is none
  std::string_view bare;  // a line that begins with '{' or '<': not an event field at all, but an
                          // answer that forgot it was a stream
  bool named_error = false;  // event: error
};

// Reads the lines of `event`, whose line ends may be LF, CR or CRLF. `joined` is used only if
// several lines carry data.
EventData read_event(std::string_view event, std::string& joined);

// Data of a line that is `data:...`; nullptr data() if the line is no data field.
inline std::string_view data_of_line(std::string_view line) noexcept {
  constexpr std::string_view kField = "data:";
  if (line.size() < kField.size() || line.compare(0, kField.size(), kField) != 0) return {};
  line.remove_prefix(kField.size());
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

}  // namespace smartroute::sse
