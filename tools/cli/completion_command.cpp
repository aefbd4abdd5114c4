#include "tools/cli/completion_command.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include "tools/cli/command_tree.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using Visit = std::function<void(const CommandShape&)>;

void walk(const CommandShape& command, const Visit& visit) {
  visit(command);
  for (const CommandShape& child : command.commands) walk(child, visit);
}

// "logs/query"; empty for the program.
std::string key_of(const CommandShape& command) {
  std::string key;
  for (const std::string& part : command.path) key += (key.empty() ? "" : "/") + part;
  return key;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> words_of(const CommandShape& command) {
  std::vector<std::string> words;
  for (const CommandShape& child : command.commands) words.push_back(child.path.back());
  for (const FlagShape& flag : command.flags) words.insert(words.end(), flag.names.begin(), flag.names.end());
  words.push_back("--help");
  return words;
}

// Within single quotes of a POSIX shell and of zsh.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// fish knows two escapes within single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// Something else than a verb or one of a few words may stand there.
bool takes_files(const CommandShape& command) {
  return std::any_of(command.positionals.begin(), command.positionals.end(), [](const FlagShape& positional) { return positional.choices.empty(); });
}

constexpr const char* kBashHead = R"(# bash completion of smartroute. To use it now:  source <(smartroute completion bash)
# For good: smartroute completion bash > /etc/bash_completion.d/smartroute
_smartroute() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev= path= word i words= values= files= also=
  [ "$COMP_CWORD" -gt 0 ] && prev=${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "$path/$word" in
)";

constexpr const char* kBashTail = R"(  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [ -n "$files" ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    [[ -n "$also" && "$cur" != -* ]] && COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _smartroute smartroute
)";

}  // namespace

std::string bash_completion(const CommandShape& program) {
  std::string known, words, values;
  walk(program, [&](const CommandShape& command) {
    const std::string key = key_of(command);
    if (!key.empty()) known += (known.empty() ? "      " : " | ") + shell_quoted("/" + key);
    words += "    " + shell_quoted(key.empty() ? "" : "/" + key) + ") words=" + shell_quoted(joined(words_of(command), " ")) + (takes_files(command) ? " also=1" : "") + " ;;\n";
    for (const FlagShape& flag : command.flags) {
      if (!flag.takes_value) continue;
      std::string pattern;
      for (const std::string& name : flag.names) pattern += (pattern.empty() ? "" : " | ") + shell_quoted((key.empty() ? "" : "/" + key) + ":" + name);
      values += "    " + pattern + ") " + (flag.choices.empty() ? "files=1" : "values=" + shell_quoted(joined(flag.choices, " "))) + " ;;\n";
    }
  });
  std::string choices;
  walk(program, [&](const CommandShape& command) {
    for (const FlagShape& positional : command.positionals)
      if (!positional.choices.empty()) choices += "    " + shell_quoted("/" + key_of(command)) + ") words=\"$words \"" + shell_quoted(joined(positional.choices, " ")) + " ;;\n";
  });
  std::string text = kBashHead + known + ") path=$path/$word ;;\n    esac\n  done\n  case \"$path\" in\n" + words + "  esac\n";
  if (!choices.empty()) text += "  case \"$path\" in\n" + choices + "  esac\n";
  return text + "  case \"$path:$prev\" in\n" + values + kBashTail;
}

namespace {

// The description of an item that _arguments and _describe take: a colon ends it.
std::string zsh_word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_flag(const FlagShape& flag) {
  std::string value;
  if (flag.takes_value) value = ":value:" + (flag.choices.empty() ? std::string("_files") : "(" + joined(flag.choices, " ") + ")");
  std::string text;
  for (const std::string& name : flag.names)
    text += "    " + shell_quoted("*" + name + (flag.takes_value && name.starts_with("--") ? "=" : "") + "[" + zsh_word(flag.what) + "]" + value) + " \\\n";
  return text;
}

std::string zsh_function(const CommandShape& command) {
  std::string name = "_smartroute";
  for (const std::string& part : command.path) {
    name += "_";
    for (const char c : part) name += c == '-' ? '_' : c;
  }
  std::string text = name + "() {\n  local line state\n  _arguments -C \\\n";
  for (const FlagShape& flag : command.flags) text += zsh_flag(flag);
  text += "    '(-h --help)'{-h,--help}'[print help]' \\\n";
  if (command.commands.empty()) {
    for (const FlagShape& positional : command.positionals)
      text += "    " + shell_quoted((positional.many ? "*:" : ":") + positional.names.front() + ":" +
                              (positional.choices.empty() ? std::string("_files") : "(" + joined(positional.choices, " ") + ")")) +
              " \\\n";
    return text + "    && return 0\n}\n";
  }
  text += "    '1: :->command' '*:: :->rest' && return 0\n  case $state in\n    command)\n      local -a commands=(\n";
  for (const CommandShape& child : command.commands) text += "        " + shell_quoted(zsh_word(child.path.back()) + ":" + child.what) + "\n";
  text += "      )\n      _describe command commands\n      ;;\n    rest)\n      case $line[1] in\n";
  for (const CommandShape& child : command.commands) {
    std::string below = name + "_";
    for (const char c : child.path.back()) below += c == '-' ? '_' : c;
    text += "        " + child.path.back() + ") " + below + " ;;\n";
  }
  return text + "      esac\n      ;;\n  esac\n}\n";
}

}  // namespace

std::string zsh_completion(const CommandShape& program) {
  std::string text =
      "#compdef smartroute\n# zsh completion of smartroute. To use it now:  source <(smartroute completion zsh)\n"
      "# For good: smartroute completion zsh > \"${fpath[1]}/_smartroute\"\n";
  walk(program, [&](const CommandShape& command) { text += "\n" + zsh_function(command); });
  return text + "\nif [ \"$funcstack[1]\" = _smartroute ]; then\n  _smartroute \"$@\"\nelse\n  compdef _smartroute smartroute\nfi\n";
}

std::string fish_completion(const CommandShape& program) {
  std::string text =
      "# fish completion of smartroute. To use it now:  smartroute completion fish | source\n"
      "# For good: smartroute completion fish > ~/.config/fish/completions/smartroute.fish\n"
      "function __smartroute_at\n"
      "    # Whether the words so far, flags left out, name exactly this command.\n"
      "    set -l words (commandline -opc)[2..-1]\n"
      "    set -l path\n"
      "    for word in $words\n"
      "        string match -q -- '-*' $word; and continue\n"
      "        contains -- (string join / $path $word) $__smartroute_commands; and set -a path $word\n"
      "    end\n"
      "    set -l at (string join / $path)\n"
      "    test \"$at\" = \"$argv[1]\"\n"
      "end\n";
  std::string known;
  walk(program, [&](const CommandShape& command) {
    if (!command.path.empty()) known += " " + key_of(command);
  });
  text += "set -g __smartroute_commands" + known + "\n";
  walk(program, [&](const CommandShape& command) {
    const std::string at = "complete -c smartroute -n " + shell_quoted("__smartroute_at \"" + key_of(command) + "\"");
    for (const CommandShape& child : command.commands) text += at + " -f -a " + child.path.back() + " -d " + fish_quoted(child.what) + "\n";
    for (const FlagShape& flag : command.flags) {
      text += at;
      for (const std::string& name : flag.names) text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (flag.takes_value) text += flag.choices.empty() ? " -r" : " -x -a " + fish_quoted(joined(flag.choices, " "));
      text += " -d " + fish_quoted(flag.what) + "\n";
    }
    for (const FlagShape& positional : command.positionals)
      if (!positional.choices.empty()) text += at + " -f -a " + fish_quoted(joined(positional.choices, " ")) + "\n";
  });
  return text;
}

void add_completion_command(CLI::App& app, Action& action) {
  const auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "print a completion script for a shell, to be sourced");
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &action, shell] {
    action = [&app, shell] {
      const CommandShape program = shape_of(app);
      const std::string text = *shell == "bash" ? bash_completion(program) : *shell == "zsh" ? zsh_completion(program) : fish_completion(program);
      std::fputs(text.c_str(), stdout);
      return kOk;
    };
  });
}

void add_man_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("man", "print the manual page, as man -l takes it");
  command->callback([&app, &action] {
    action = [&app] {
      std::fputs(man_page(shape_of(app)).c_str(), stdout);
      return kOk;
    };
  });
}

}  // namespace smartroute::cli
