#include "controlplane/admin/record_csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::admin {
namespace {

// Cells of one line, as a spreadsheet reads them.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && line[i] == ',') {
      cells.emplace_back();
    } else if (!quoted && line[i] == '\r' && line.substr(i) == "\r\n") {
      break;
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

std::string cell(const v1::RequestRecord& record, std::string_view column) {
  std::string line;
  append_csv_row(record, line);
  const auto names = csv_columns();
  const auto cells = cells_of(line);
  EXPECT_EQ(cells.size(), names.size());
  const auto at = std::find(names.begin(), names.end(), column);
  EXPECT_NE(at, names.end()) << column;
  return cells.at(static_cast<std::size_t>(at - names.begin()));
}

TEST(RecordCsv, HasAHeaderOfItsColumns) {
  std::string header;
  append_csv_header(header);
  EXPECT_EQ(header.substr(0, 30), "record_id,request_id,received,");
  EXPECT_EQ(header.substr(header.size() - 2), "\r\n");
  const auto cells = cells_of(header);
  const auto names = csv_columns();
  EXPECT_TRUE(std::equal(cells.begin(), cells.end(), names.begin(), names.end()));
}

TEST(RecordCsv, SaysWhatTheRecordSays) {
  v1::RequestRecord record;
  record.set_received_us(1'700'000'000'000'001);
  record.set_completed_us(1'700'000'001'234'567);
  record.set_status(200);
  record.mutable_prompt_tokens()->set_count(0);
  record.mutable_prompt_tokens()->set_source(v1::TokenCount::SOURCE_LOCAL);
  record.mutable_cost()->set_nano_usd(3'000'000'007);
  record.mutable_cost()->set_t3_nano_usd(1'000'000'000);
  const struct {
    const char* column;
    const char* text;
  } rows[] = {
      {"received", "2023-11-14T22:13:20.000001Z"},
      {"completed", "2023-11-14T22:13:21.234567Z"},
      {"duration_ms", "1234.566"},
      {"first_byte_ms", ""},
      {"status", "200"},
      {"prompt_tokens", "0"},
      {"prompt_tokens_source", "local"},
      {"completion_tokens", ""},
      {"cached_tokens", ""},
      {"cost_usd", "3.000000007"},
      {"cost_at_t3_usd", "1.000000000"},
      {"saved_usd", "-2.000000007"},
  };
  for (const auto& row : rows) EXPECT_EQ(cell(record, row.column), row.text) << row.column;
  EXPECT_EQ(cell({}, "cost_usd"), "") << "unknown is not zero";
  EXPECT_EQ(cell({}, "saved_usd"), "");
  EXPECT_EQ(cell({}, "received"), "");
}

TEST(RecordCsv, QuotesAndDefusesTexts) {
  const struct {
    const char* name;
    const char* text;
    const char* written;
    const char* raw;  // in the line
  } rows[] = {
      {"plain", "hello", "hello", ",hello\r\n"},
      {"comma", "a,b", "a,b", ",\"a,b\"\r\n"},
      {"quote", "say \"hi\"", "say \"hi\"", ",\"say \"\"hi\"\"\"\r\n"},
      {"line feed", "a\nb", "a\nb", ",\"a\nb\"\r\n"},
      {"equals", "=1+1", "'=1+1", ",'=1+1\r\n"},
      {"plus", "+1", "'+1", ",'+1\r\n"},
      {"minus", "-1", "'-1", ",'-1\r\n"},
      {"at", "@SUM(A1)", "'@SUM(A1)", ",'@SUM(A1)\r\n"},
      {"tab", "\t=1", "'\t=1", ",'\t=1\r\n"},
      {"carriage return", "\r=1", "'\r=1", ",\"'\r=1\"\r\n"},
      {"formula with a comma", "=HYPERLINK(\"x\",1)", "'=HYPERLINK(\"x\",1)",
       ",\"'=HYPERLINK(\"\"x\"\",1)\"\r\n"},
      {"sign inside", "a=b", "a=b", ",a=b\r\n"},
  };
  for (const auto& row : rows) {
    v1::RequestRecord record;
    record.set_preview(row.text);
    EXPECT_EQ(cell(record, "preview"), row.written) << row.name;
    std::string line;
    append_csv_row(record, line);
    const std::string_view raw = row.raw;
    EXPECT_EQ(line.substr(line.size() - std::min(line.size(), raw.size())), raw) << row.name;
  }
}

}  // namespace
}  // namespace smartroute::control::admin
