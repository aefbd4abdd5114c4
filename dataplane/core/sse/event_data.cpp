#include "dataplane/core/sse/event_data.hpp"

#include "dataplane/core/sse/byte_scan.hpp"

namespace smartroute::sse {

EventData read_event(std::string_view event, std::string& joined) {
  EventData out;
  std::size_t data_lines = 0;
  const char* at = event.data();
  const char* const end = at + event.size();
  while (at != end) {
    const char* const stop = find_line_end(at, end);
    const std::string_view line(at, static_cast<std::size_t>(stop - at));
    at = stop;
    // A CR and the LF after it are one line end; taken as two they would only add an empty line,
    // which says nothing.
    if (at != end) ++at;
    if (line.empty()) continue;
    if (line.compare(0, 5, "data:") == 0 || line == "data") {
      const std::string_view data = data_of_line(line);
      if (++data_lines == 1) {
        out.data = data;
        continue;
      }
      if (data_lines == 2) joined.assign(out.data);
      joined.push_back('\n');
      joined.append(data);
    } else if (line.front() == 'e') {
      out.named_error = out.named_error || line == "event: error" || line == "event:error";
    } else if ((line.front() == '{' || line.front() == '<') && out.bare.data() == nullptr) {
      out.bare = line;
    }
  }
  if (data_lines > 1) out.data = joined;
  return out;
}

}  // namespace smartroute::sse
