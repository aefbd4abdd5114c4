// Request records as CSV (RFC 4180), for spreadsheets. One table of columns in the source is all
// there is to say about them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::v1 {
class RequestRecord;
}

namespace smartroute::control::admin {

// In the order of the cells.
std::vector<std::string_view> csv_columns();

// Both end with CR LF. What is not known is an empty cell; times are UTC with microseconds, money
// is US dollars in decimals, exact. A text that a spreadsheet would take for a formula (it begins
// with = + - @, a tab or a CR) gets an apostrophe in front.
void append_csv_header(std::string& out);
void append_csv_row(const v1::RequestRecord& record, std::string& out);

}  // namespace smartroute::control::admin
