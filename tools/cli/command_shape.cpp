#include "tools/cli/command_shape.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "contract/config/validate.hpp"

namespace smartroute::cli {
namespace {

// "{text,json}" in the type name of an option with a fixed set of values.
std::vector<std::string> choices_in(const std::string& type_name) {
  const auto begin = type_name.find('{'), end = type_name.find('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos || end < begin) return choices;
  std::string word;
  for (std::size_t i = begin + 1; i <= end; ++i) {
    if (type_name[i] != ',' && i != end) {
      word += type_name[i];
      continue;
    }
    if (!word.empty()) choices.push_back(word);
    word.clear();
  }
  return choices;
}

FlagShape flag_of(const CLI::Option& option) {
  FlagShape flag;
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  if (flag.names.empty()) flag.names.push_back(option.get_name(true));
  flag.what = option.get_description();
  flag.choices = choices_in(option.get_type_name());
  flag.variable = option.get_envname();
  flag.preset = option.get_default_str();
  flag.takes_value = option.get_items_expected_max() > 0;
  flag.required = option.get_required();
  flag.many = option.get_items_expected_max() > 1;
  return flag;
}

CommandShape shape_below(const CLI::App& app, std::vector<std::string> path) {
  CommandShape shape;
  shape.path = std::move(path);
  shape.what = app.get_description();
  shape.needs_command = app.get_require_subcommand_min() > 0;
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr() || option->get_group().empty()) continue;
    (option->nonpositional() ? shape.flags : shape.positionals).push_back(flag_of(*option));
  }
  const std::function<bool(const CLI::App*)> shown = [](const CLI::App* child) { return !child->get_group().empty(); };
  for (const CLI::App* child : app.get_subcommands(shown)) {
    auto below = shape.path;
    below.push_back(child->get_name());
    shape.commands.push_back(shape_below(*child, std::move(below)));
  }
  return shape;
}

const CommandShape* child_of(const CommandShape& command, const std::string& name) {
  for (const CommandShape& child : command.commands)
    if (child.path.back() == name) return &child;
  return nullptr;
}

const FlagShape* flag_in(const CommandShape& command, const std::string& name) {
  for (const FlagShape& flag : command.flags)
    if (std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end()) return &flag;
  return nullptr;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names) {
  const std::string near = config::nearest_name(word, names);
  return near.empty() ? std::string() : "; did you mean '" + near + "'?";
}

std::string read_on(const CommandShape& command) { return " See " + full_name(command) + " --help"; }

// A sentence that ends: in a question mark, or in the full stop it lacks.
std::string ended(std::string text) { return text.ends_with('?') ? text : text + "."; }

void add_flag_paths(const CommandShape& command, const std::string& flag, std::vector<std::string>& paths) {
  if (flag_in(command, flag) != nullptr) paths.push_back(full_name(command));
  for (const CommandShape& child : command.commands) add_flag_paths(child, flag, paths);
}

std::string unknown_flag(const CommandShape& program, const CommandShape& command, const std::string& name) {
  std::vector<std::string> names{"--help"};
  for (const FlagShape& flag : command.flags) names.insert(names.end(), flag.names.begin(), flag.names.end());
  std::string text = full_name(command) + " has no flag '" + name + "'" + did_you_mean(name, names);
  if (!text.ends_with('?')) {
    // A flag of another verb is often one of this verb's children, or stands before the verb it belongs to.
    std::vector<std::string> paths;
    add_flag_paths(command.path.empty() ? program : command, name, paths);
    if (!paths.empty()) text += "; it belongs behind " + paths.front();
  }
  return ended(text) + read_on(command);
}

std::string unknown_verb(const CommandShape& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CommandShape& child : command.commands) names.push_back(child.path.back());
  return ended("there is no command '" + (command.path.empty() ? "" : command.path.back() + " ") + word + "'" + did_you_mean(word, names)) + read_on(command);
}

// Walks the words as the parser would. `unknown`, if wanted, is told of the first word that is none.
const CommandShape& walk(const CommandShape& program, const std::vector<std::string>& words, std::string* unknown) {
  const CommandShape* command = &program;
  std::size_t positionals = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") break;
    if (word.size() > 1 && word.front() == '-') {
      const std::string name = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
      if (name == "--help" || name == "-h") continue;
      const FlagShape* flag = flag_in(*command, name);
      if (flag == nullptr && unknown != nullptr) *unknown = unknown_flag(program, *command, name);
      if (flag == nullptr) break;
      if (flag->takes_value && name == word) ++i;
      continue;
    }
    if (const CommandShape* child = child_of(*command, word)) {
      command = child;
      positionals = 0;
      continue;
    }
    const auto& wanted = command->positionals;
    if (positionals < wanted.size() || (!wanted.empty() && wanted.back().many)) {
      ++positionals;
      continue;
    }
    if (unknown == nullptr) break;
    if (!command->commands.empty() && wanted.empty())
      *unknown = unknown_verb(*command, word);
    else
      *unknown = full_name(*command) + " does not take '" + word + "'" + (wanted.empty() ? "" : ": that is one too many") + "." + read_on(*command);
    break;
  }
  return *command;
}

}  // namespace

CommandShape shape_of(const CLI::App& app) { return shape_below(app, {}); }

std::string full_name(const CommandShape& command) {
  std::string name = "smartroute";
  for (const std::string& part : command.path) name += " " + part;
  return name;
}

std::string unknown_word(const CommandShape& program, const std::vector<std::string>& words) {
  std::string unknown;
  walk(program, words, &unknown);
  return unknown;
}

const CommandShape& named_by(const CommandShape& program, const std::vector<std::string>& words) { return walk(program, words, nullptr); }

}  // namespace smartroute::cli
