#include "controlplane/base/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace smartroute::control::base {
namespace {

TEST(LogFormat, JsonIsOneObjectALineWhateverIsLogged) {
  const std::string line =
      format(Form::Json, Level::Warn, 1'700'000'000'123, "two\nlines \"quoted\" \xff",
             {{"revision", std::uint64_t{7}}, {"path", "a\tb"}, {"ok", true}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["ts"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(parsed["level"], "warn");
  EXPECT_EQ(parsed["fields"]["revision"], 7);
  EXPECT_EQ(parsed["fields"]["path"], "a\tb");
  EXPECT_EQ(parsed["fields"]["ok"], true);
}

TEST(LogFormat, HumanLineShowsFieldsAfterTheMessage) {
  const std::string line =
      format(Form::Human, Level::Info, 0, "listening", {{"admin", "127.0.0.1:6688"}});
  EXPECT_NE(line.find("info  listening  admin=127.0.0.1:6688"), std::string::npos) << line;
}

TEST(Log, DropsLinesBelowItsLevel) {
  std::vector<std::string> lines;
  {
    Log log(Level::Warn, Form::Json, [&](const std::string& line) { lines.push_back(line); });
    log.info("quiet");
    log.error("loud");
  }
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("loud"), std::string::npos);
}

}  // namespace
}  // namespace smartroute::control::base
