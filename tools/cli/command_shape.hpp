// The tree of verbs as plain data: for completion scripts, the man page and what is said about a word that is none.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace smartroute::cli {

struct FlagShape {
  std::vector<std::string> names;    // "-o", "--output"; of a positional its bare name
  std::string what;                  // one sentence, no full stop
  std::vector<std::string> choices;  // the only values there are, if it is one of a few
  std::string variable;              // of the environment; empty: none
  std::string preset;                // value without it; empty: none, or not said
  bool takes_value = true;
  bool required = false;
  bool many = false;  // of a positional: more than one
};

struct CommandShape {
  std::vector<std::string> path;  // "logs", "query"; empty: the program itself
  std::string what;
  std::vector<FlagShape> flags;  // without --help, which all have
  std::vector<FlagShape> positionals;
  std::vector<CommandShape> commands;  // hidden ones left out
  bool needs_command = false;          // does nothing by itself
};

CommandShape shape_of(const CLI::App& app);

// "smartroute logs query".
std::string full_name(const CommandShape& command);

// What is wrong with the words behind the program's name, if it is a verb or a flag that there is not: a sentence with the nearest name and where to
// read on. Empty: it must be something else.
std::string unknown_word(const CommandShape& program, const std::vector<std::string>& words);

// The command that the words name as far as they do.
const CommandShape& named_by(const CommandShape& program, const std::vector<std::string>& words);

}  // namespace smartroute::cli
