#include "controlplane/terminal/line.hpp"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::terminal {
namespace {

TEST(TerminalLine, IsTheJsonOfItsMessage) {
  Line line;
  line.at_us = 1'700'000'000'123'456;
  line.level = "warn";
  line.source = "proxy-1";
  line.request = true;
  line.text = "a \"quoted\" \\ text, é😀";
  line.tier = "t2";
  line.model = "openai/gpt-4.1";
  line.status = 429;
  line.request_id = "r1";
  line.record_id = "id1";
  std::string json;
  append_json(line, json);
  admin::v1::TerminalLine message;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &message).ok()) << json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string expected;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &expected, options).ok());
  EXPECT_EQ(nlohmann::json::parse(json), nlohmann::json::parse(expected));
  EXPECT_EQ(message.text(), line.text);
  EXPECT_EQ(message.at_us(), line.at_us);

  std::string least;
  append_json(Line{}, least);
  EXPECT_EQ(least, "{\"at_us\":\"0\",\"level\":\"info\"}");
}

TEST(TerminalLine, TextsAreUtf8InOneLineWithinTheirBound) {
  const struct {
    const char* text;
    std::size_t max;
    const char* clean;
  } rows[] = {
      {"plain", 10, "plain"},
      {"two\nlines\t\x1b[31mred\x7f", 99, "two lines  [31mred "},
      {"é", 1, "…"},
      {"aé", 2, "a…"},
      {"aé", 3, "aé"},
      {"\xff\xfe", 9, "??"},
      {"\xc3", 9, "?"},
      {"\xe2\x82", 9, "??"},
      {"\xed\xa0\x80", 9, "???"},
      {"\xc0\x80", 9, "??"},
      {"\xf0\x9f\x98\x80", 9, "😀"},
      {"\xf4\x90\x80\x80", 9, "????"},
  };
  for (const auto& row : rows) EXPECT_EQ(clean(row.text, row.max), row.clean) << row.text;
}

TEST(TerminalLine, UnknownLevelsAreInfo) {
  for (const char* level : {"debug", "info", "warn", "error"}) EXPECT_EQ(level_of(level), level);
  EXPECT_EQ(level_of("critical"), "info");
  EXPECT_EQ(level_of(""), "info");
}

}  // namespace
}  // namespace smartroute::control::terminal
