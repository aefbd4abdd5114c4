// The command line of SmartRoute. Flags win over SMARTROUTE_* variables, those over defaults.
#include <cstdio>
#include <string>
#include <vector>

#include "tools/cli/command_shape.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

// One sentence about what is wrong, and where to read on.
std::string usage_text(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& wrong) {
  const CommandShape program = shape_of(app);
  std::string text = unknown_word(program, words);
  if (text.empty()) {
    text = wrong.what();
    const CommandShape& command = named_by(program, words);
    if (command.needs_command && text.find("subcommand") != std::string::npos) text = full_name(command) + " needs a command";
    text += ". See " + full_name(command) + " --help";
  }
  return "smartroute: " + text + "\n";
}

int run(int argc, char** argv) {
  Action action;
  CLI::App app{"SmartRoute: an OpenAI-compatible gateway that picks the model for you", "smartroute"};
  add_commands(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() == 0) return app.exit(wrong);
    std::fputs(usage_text(app, std::vector<std::string>(argv + 1, argv + argc), wrong).c_str(), stderr);
    return kUsage;
  }
  return action();
}

}  // namespace
}  // namespace smartroute::cli

int main(int argc, char** argv) { return smartroute::cli::run(argc, argv); }
