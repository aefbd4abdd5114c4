// The event stream format as its standard puts it (WHATWG HTML, "Parsing an event stream"), in the
// plainest way, to compare with. For tests only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::sse::testing {

struct DecodedEvent {
  std::string name, data;
  bool operator==(const DecodedEvent&) const = default;
};

// Events a client would get; one without its blank line is none.
inline std::vector<DecodedEvent> decode(std::string_view stream) {
  if (stream.substr(0, 3) == "\xef\xbb\xbf") stream.remove_prefix(3);
  std::vector<DecodedEvent> events;
  std::string name, data;
  bool has_data = false;
  while (!stream.empty()) {
    const std::size_t stop = stream.find_first_of("\r\n");
    if (stop == std::string_view::npos) break;
    const std::string_view line = stream.substr(0, stop);
    stream.remove_prefix(stop + (stream.substr(stop, 2) == "\r\n" ? 2 : 1));
    if (line.empty()) {
      if (has_data) events.push_back({name, data.substr(0, data.size() - 1)});
      name.clear();
      data.clear();
      has_data = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value =
        colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (field == "event") name = value;
    if (field != "data") continue;
    has_data = true;
    data.append(value).push_back('\n');
  }
  return events;
}

}  // namespace smartroute::sse::testing
