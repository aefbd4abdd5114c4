#include "tools/cli/text.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "tools/cli/display_width.hpp"

namespace smartroute::cli {
namespace {

constexpr std::int64_t kNanosOfADollar = 1'000'000'000;
constexpr int kNanoDigits = 9;
constexpr int kDigitsThatCount = 4;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::size_t kGap = 2;

std::string calendar_text(std::int64_t micros, const char* format) {
  const std::time_t seconds = micros / kSecond;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "-";
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

std::string signed_dollars(std::int64_t nanos, const std::string& decimals) {
  const std::uint64_t size = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
  return (nanos < 0 ? "-$" : "$") + grouped(size / kNanosOfADollar) + (decimals.empty() ? "" : ".") + decimals;
}

// Nine digits of the part below a dollar, without zeros at the end.
std::string decimals_of(std::int64_t nanos) {
  std::string decimals = std::to_string(nanos < 0 ? -(nanos % kNanosOfADollar) : nanos % kNanosOfADollar);
  decimals.insert(0, static_cast<std::size_t>(kNanoDigits) - decimals.size(), '0');
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return decimals;
}

}  // namespace

std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string shown(std::string_view text) {
  std::string out = shown_lines(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::string shown_lines(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    const bool high = c == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
    if ((c < ' ' && c != '\n') || c == 127 || high) out[i] = ' ';
    if (high) out[i + 1] = ' ';
  }
  return out;
}

std::string clipped(std::string_view text, std::size_t max) {
  if (display_width(text) <= max) return std::string(text);
  constexpr std::string_view kMark = "...";
  const std::size_t keep = max > kMark.size() ? max - kMark.size() : 0;
  return std::string(text.substr(0, bytes_within(text, keep))) + std::string(kMark.substr(0, max));
}

std::string exact_dollars(std::int64_t nanos) { return signed_dollars(nanos, decimals_of(nanos)); }

std::string dollars(std::int64_t nanos) {
  // Rounded to the unit of the fourth digit, or to whole dollars.
  std::int64_t size = nanos < 0 ? -std::max(nanos, -INT64_MAX) : nanos;
  std::int64_t unit = 1;
  for (std::int64_t limit = 10'000; size >= limit && unit < kNanosOfADollar; limit *= 10) unit *= 10;
  static_assert(kDigitsThatCount == 4);
  if (size < INT64_MAX - unit) size = (size + unit / 2) / unit * unit;
  return exact_dollars(nanos < 0 ? -size : size);
}

std::string utc_text(std::int64_t micros) {
  if (micros <= 0) return "-";
  std::string fraction = std::to_string(micros % kSecond);
  fraction.insert(0, 6 - fraction.size(), '0');
  return calendar_text(micros, "%Y-%m-%d %H:%M:%S") + "." + fraction;
}

std::string short_utc_text(std::int64_t micros) { return micros <= 0 ? "-" : calendar_text(micros, "%m-%d %H:%M:%S"); }

std::vector<std::size_t> Table::least_widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(std::max(column.at_least, display_width(column.heading)));
  return widths;
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t width = display_width(cells[i]);
    const std::string blanks(widths[i] > width ? widths[i] - width : 0, ' ');
    const bool last = i + 1 == columns_.size();
    if (columns_[i].align == Align::Right)
      text += blanks + cells[i];
    else
      text += cells[i] + (last ? "" : blanks);
    if (!last) text += std::string(kGap, ' ');
  }
  while (text.ends_with(' ')) text.pop_back();
  return text + "\n";
}

std::string Table::line(const std::vector<std::string>& cells) const { return line(cells, least_widths()); }

std::string Table::heading_line() const {
  std::vector<std::string> cells;
  for (const Column& column : columns_) cells.push_back(column.heading);
  return line(cells, least_widths());
}

std::string Table::text() const {
  std::vector<std::size_t> widths = least_widths();
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text = line(headings, widths);
  for (const auto& row : rows_) text += line(row, widths);
  return text;
}

LabelledRows& LabelledRows::row(std::string_view label, const std::string& text) {
  std::string head(label == last_ ? std::string_view() : label);
  head.resize(std::max(width_, head.size()), ' ');
  text_ += head + text + "\n";
  last_ = label;
  return *this;
}

}  // namespace smartroute::cli
