#include "tools/mock_provider/event_form.hpp"

#include <fmt/format.h>

#include <array>

namespace smartroute::mock_provider {
namespace {

constexpr std::string_view kBom = "\xef\xbb\xbf";
constexpr std::string_view kData = "data: ";
constexpr std::array<std::string_view, 3> kLineEnds{"\n", "\r\n", "\r"};

std::string_view line_end(LineEnd kind, std::uint64_t index) {
  return kind == LineEnd::Mixed ? kLineEnds[index % kLineEnds.size()]
                                : kLineEnds[static_cast<std::size_t>(kind)];
}

}  // namespace

void append_in_form(std::string& out, std::string_view event, const EventForm& form,
                    std::uint64_t index) {
  if (form.bom && index == 0) out += kBom;
  std::string lines;
  if (form.comments) lines += fmt::format(": ping {}\n\n", index);
  if (form.named) lines += fmt::format("event: message\nid: {}\nretry: 1000\n", index);
  const bool is_data = event.starts_with(kData);
  if (is_data && form.no_space) {
    lines += "data:";
    event.remove_prefix(kData.size());
  }
  const std::size_t comma = is_data && form.two_lines ? event.find(',') : std::string_view::npos;
  if (comma != std::string_view::npos) {
    lines += event.substr(0, comma + 1);
    lines += form.no_space ? "\ndata:" : "\ndata: ";
    event.remove_prefix(comma + 1);
  }
  lines += event;
  const std::string_view end = line_end(form.line_end, index);
  for (const char c : lines) {
    if (c == '\n') {
      out += end;
    } else {
      out += c;
    }
  }
}

}  // namespace smartroute::mock_provider
