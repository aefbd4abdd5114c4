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

TEST(Log, TellsItsListenerWhatItLogsButNotWhatThatLogs) {
  std::vector<std::string> lines, told;
  Log log(Level::Info, Form::Json, [&](const std::string& line) { lines.push_back(line); });
  log.listen([&](Level level, std::int64_t unix_us, std::string_view text) {
    EXPECT_EQ(level, Level::Warn);
    EXPECT_GT(unix_us, 1'700'000'000'000'000);
    told.emplace_back(text);
    log.warn("from the listener");
  });
  log.debug("quiet");
  log.warn("loud", {{"revision", std::uint64_t{7}}});
  EXPECT_EQ(told, std::vector<std::string>{"loud  revision=7"});
  EXPECT_EQ(lines.size(), 2u);
  log.aside("a link that makes an account");
  EXPECT_EQ(lines.size(), 3u);
  EXPECT_EQ(told.size(), 1u);
  log.listen({});
  log.warn("unheard");
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ(lines.size(), 4u);
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
