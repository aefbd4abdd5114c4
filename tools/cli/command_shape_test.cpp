#include "tools/cli/command_shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tools/cli/command_tree.hpp"

namespace smartroute::cli {
namespace {

using ::testing::IsEmpty;

CommandShape whole() {
  Action action;
  CLI::App app{"SmartRoute", "smartroute"};
  add_commands(app, action);
  return shape_of(app);
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

TEST(UnknownWord, SaysWhichItIsAndWhatWasMeant) {
  const CommandShape program = whole();
  const struct {
    const char *words, *says;
  } rows[] = {
      {"doctr", "there is no command 'doctr'; did you mean 'doctor'? See smartroute --help"},
      {"conifg show", "there is no command 'conifg'; did you mean 'config'? See smartroute --help"},
      {"frobnicate", "there is no command 'frobnicate'. See smartroute --help"},
      {"config shwo", "there is no command 'config shwo'; did you mean 'show'? See smartroute config --help"},
      {"providers tset", "there is no command 'providers tset'; did you mean 'test'? See smartroute providers --help"},
      {"logs query --sinse 1h", "smartroute logs query has no flag '--sinse'; did you mean '--since'? See smartroute logs query --help"},
      {"logs query --sinse=1h", "smartroute logs query has no flag '--sinse'; did you mean '--since'? See smartroute logs query --help"},
      {"up --listn 1", "smartroute up has no flag '--listn'; did you mean '--listen'? See smartroute up --help"},
      {"config --base 3 put x", "smartroute config has no flag '--base'; it belongs behind smartroute config put. See smartroute config --help"},
      {"--refresh 2", "smartroute has no flag '--refresh'; it belongs behind smartroute top. See smartroute --help"},
      {"validate a b", "smartroute validate does not take 'b': that is one too many. See smartroute validate --help"},
      {"version now", "smartroute version does not take 'now'. See smartroute version --help"},
  };
  for (const auto& row : rows) EXPECT_EQ(unknown_word(program, words_in(row.words)), row.says) << row.words;
}

TEST(UnknownWord, IsSilentAboutWordsThatAreKnown) {
  const CommandShape program = whole();
  for (const char* words : {"", "doctor", "doctor --proxy-ops 1,2 -o json", "config show 7", "config put file.yaml --base 3", "logs -n 3 query --since 1h", "logs query -n3",
                            "prices a b c", "route explain --text doctr", "health 127.0.0.1:8081", "health reset a/b", "providers test a b"})
    EXPECT_THAT(unknown_word(program, words_in(words)), IsEmpty()) << words;
}

TEST(NamedBy, FindsTheCommandAsFarAsTheWordsGo) {
  const CommandShape program = whole();
  EXPECT_EQ(full_name(named_by(program, words_in("logs query --since"))), "smartroute logs query");
  EXPECT_EQ(full_name(named_by(program, {})), "smartroute");
}

TEST(Shape, KnowsFlagsValuesAndVariables) {
  const CommandShape program = whole();
  const CommandShape& show = named_by(program, {"config", "show"});
  bool seen = false;
  for (const FlagShape& flag : show.flags) {
    if (flag.names.back() != "--output") continue;
    seen = true;
    EXPECT_EQ(flag.choices, (std::vector<std::string>{"yaml", "json", "effective"}));
    EXPECT_TRUE(flag.takes_value);
  }
  EXPECT_TRUE(seen);
  const auto flag_of = [&](const char* command, const std::string& name) {
    for (const FlagShape& flag : named_by(program, {command}).flags)
      if (flag.names.back() == name) return flag;
    return FlagShape();
  };
  EXPECT_FALSE(flag_of("doctor", "--offline").takes_value);
  EXPECT_EQ(flag_of("up", "--listen").variable, "SMARTROUTE_LISTEN");
}

}  // namespace
}  // namespace smartroute::cli
