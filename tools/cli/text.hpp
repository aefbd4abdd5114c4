// Small pieces of text that the subcommands print. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::cli {

// 12345 -> "12,345".
std::string grouped(std::uint64_t n);
std::string fixed(double value, int digits);
// Text of others for a terminal: control characters become blanks, also those above ASCII (U+0080 to U+009F), which some terminals obey.
std::string shown(std::string_view text);
// The same of a text of many lines, which stay.
std::string shown_lines(std::string_view text);
// At most `max` columns; what was cut ends in "...".
std::string clipped(std::string_view text, std::size_t max);

// 1604938 -> "$0.001604938", exact; "$0" for nothing.
std::string exact_dollars(std::int64_t nanos);
// The same with at most four digits that count: "$0.001605", "$12.34", "$1,234".
std::string dollars(std::int64_t nanos);

// Microseconds since 1970 as "2026-01-31 08:00:00.123456", UTC; "-" for 0.
std::string utc_text(std::int64_t micros);
// "01-31 08:00:00".
std::string short_utc_text(std::int64_t micros);

// Columns under headings. Widths are those of the widest cell, in columns of a terminal (display_width.hpp); of the last column none.
class Table {
 public:
  enum class Align : std::uint8_t { Left, Right };
  struct Column {
    std::string heading;
    Align align = Align::Left;
    std::size_t at_least = 0;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;
  // For rows that come one at a time: as wide as `at_least`, or as the cell.
  std::string heading_line() const;
  std::string line(const std::vector<std::string>& cells) const;

 private:
  std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;
  std::vector<std::size_t> least_widths() const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// A label before each line; one that repeats is said once.
class LabelledRows {
 public:
  explicit LabelledRows(std::size_t label_width) : width_(label_width) {}
  LabelledRows& row(std::string_view label, const std::string& text);
  std::string take() { return std::move(text_); }

 private:
  const std::size_t width_;
  std::string text_;
  std::string last_;
};

}  // namespace smartroute::cli
