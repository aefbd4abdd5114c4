#include "tools/cli/completion_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/cli/captured_run.hpp"
#include "tools/cli/command_tree.hpp"

namespace smartroute::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class Completion : public ::testing::Test {
 protected:
  Completion() {
    CLI::App app{"SmartRoute", "smartroute"};
    add_commands(app, action_);
    program_ = shape_of(app);
    char name[] = "/tmp/smartroute-completion-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~Completion() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string write(const char* name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  // What bash offers at the end of `line`; what was typed of the last word counts.
  std::vector<std::string> offered(const std::string& line) {
    const std::string script = write("bash", bash_completion(program_));
    const std::string code = "cd " + folder_.string() + "; set -u; source " + script + "; read -ra COMP_WORDS <<< '" + line + "'; " +
                             (line.ends_with(' ') ? "COMP_WORDS+=('');" : "") +
                             "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _smartroute; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const auto said = captured_run("/bin/bash", {"-c", code}, std::chrono::seconds(20));
    EXPECT_TRUE(said.has_value()) << (said ? "" : said.error().text());
    std::vector<std::string> words;
    std::string word;
    for (const char c : said.value_or("")) {
      if (c != '\n') {
        word += c;
        continue;
      }
      if (!word.empty()) words.push_back(word);
      word.clear();
    }
    return words;
  }
  Action action_;
  CommandShape program_;
  std::filesystem::path folder_;
};

TEST_F(Completion, BashOffersVerbsFlagsValuesAndFiles) {
  EXPECT_THAT(offered("smartroute do"), UnorderedElementsAre("doctor"));
  EXPECT_THAT(offered("smartroute config "), IsSupersetOf({"show", "history", "put", "rollback"}));
  EXPECT_THAT(offered("smartroute logs query --si"), UnorderedElementsAre("--since"));
  EXPECT_THAT(offered("smartroute logs query --since 1h --ti"), UnorderedElementsAre("--tier"));
  EXPECT_THAT(offered("smartroute doctor -o "), UnorderedElementsAre("text", "json"));
  EXPECT_THAT(offered("smartroute config show --output j"), UnorderedElementsAre("json"));
  EXPECT_THAT(offered("smartroute completion z"), UnorderedElementsAre("zsh"));
  write("gateway.yaml", "");
  EXPECT_THAT(offered("smartroute validate gate"), UnorderedElementsAre("gateway.yaml"));
  EXPECT_THAT(offered("smartroute up --config gate"), UnorderedElementsAre("gateway.yaml"));
  // The value of a flag is no verb, and a verb's flags are no other's.
  EXPECT_THAT(offered("smartroute top --"), Not(Contains("--proxy-ops")));
}

TEST_F(Completion, EveryCommandOffersItsOwnFlags) {
  const std::string script = bash_completion(program_);
  for (const CommandShape& command : program_.commands)
    for (const FlagShape& flag : command.flags) EXPECT_THAT(script, HasSubstr(flag.names.back())) << full_name(command);
}

TEST_F(Completion, TheScriptsAreWellFormedWhereTheirShellIsThere) {
  const struct {
    const char *shell, *flag;
    std::string script;
  } rows[] = {{"bash", "-n", bash_completion(program_)}, {"zsh", "-n", zsh_completion(program_)}, {"fish", "-n", fish_completion(program_)}};
  for (const auto& row : rows) {
    const auto program = std::filesystem::path("/usr/bin") / row.shell;
    const std::string file = write(row.shell, row.script);
    if (!std::filesystem::exists(program)) continue;
    EXPECT_TRUE(captured_run(program, {row.flag, file}, std::chrono::seconds(20)).has_value()) << row.shell;
  }
}

TEST_F(Completion, ZshAndFishSayWhatEachIs) {
  EXPECT_THAT(zsh_completion(program_), HasSubstr("'doctor:check this machine"));
  EXPECT_THAT(zsh_completion(program_), HasSubstr("--offline[call no provider]"));
  EXPECT_THAT(fish_completion(program_), HasSubstr("-l offline -d 'call no provider'"));
}

TEST_F(Completion, TheManPageNamesEveryCommandAndGroffTakesIt) {
  const std::string page = man_page(program_);
  for (const CommandShape& command : program_.commands) EXPECT_THAT(page, HasSubstr(".SS \"smartroute " + command.path.front() + "\""));
  EXPECT_THAT(page, Not(HasSubstr("\n.SS \"smartroute man\"")));
  const std::string file = write("smartroute.1", page);
  if (!std::filesystem::exists("/usr/bin/groff")) return;
  // Warnings go to stderr; here they are what is looked at.
  const auto warnings = captured_run("/bin/sh", {"-c", "groff -man -Tutf8 -ww " + file + " 2>&1 >/dev/null"}, std::chrono::seconds(20));
  EXPECT_EQ(warnings.value_or("groff failed"), "");
}

}  // namespace
}  // namespace smartroute::cli
