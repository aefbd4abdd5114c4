#include <cstddef>

#include "tools/cli/completion_command.hpp"

namespace smartroute::cli {
namespace {

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else
      out += c;
  }
  return out;
}

// A sentence of --help begins small and ends without a stop.
std::string sentence(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out.front() >= 'a' && out.front() <= 'z') out.front() = static_cast<char>(out.front() - 32);
  if (!out.ends_with('.')) out += '.';
  return roff(out);
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

std::string value_name(const FlagShape& flag) {
  if (!flag.choices.empty()) {
    std::string text;
    for (const std::string& choice : flag.choices) text += (text.empty() ? "" : "|") + choice;
    return text;
  }
  const std::string& longest = flag.names.back();
  return upper(longest.substr(longest.find_first_not_of('-')));
}

std::string flag_text(const FlagShape& flag) {
  std::string names;
  for (const std::string& name : flag.names) names += (names.empty() ? "" : "\\fR, ") + std::string("\\fB") + roff(name);
  std::string text = ".TP\n" + names + "\\fR" + (flag.takes_value ? " \\fI" + roff(value_name(flag)) + "\\fR" : "") + "\n" + sentence(flag.what) + "\n";
  if (!flag.preset.empty()) text += "Default: " + roff(flag.preset) + ".\n";
  if (!flag.variable.empty()) text += "Environment: \\fB" + roff(flag.variable) + "\\fR.\n";
  return text;
}

std::string command_text(const CommandShape& command) {
  std::string usage = "\\fB" + roff(full_name(command)) + "\\fR";
  for (const FlagShape& positional : command.positionals) {
    const std::string name = "\\fI" + roff(upper(positional.names.front())) + "\\fR" + (positional.many ? "..." : "");
    usage += positional.required ? " " + name : " [" + name + "]";
  }
  if (!command.flags.empty()) usage += " [\\fIflags\\fR]";
  if (!command.commands.empty()) usage += command.needs_command ? " \\fIcommand\\fR" : " [\\fIcommand\\fR]";
  std::string text = ".SS \"" + roff(full_name(command)) + "\"\n" + usage + "\n.PP\n" + sentence(command.what) + "\n";
  for (const FlagShape& positional : command.positionals)
    text += ".TP\n\\fI" + roff(upper(positional.names.front())) + "\\fR\n" + sentence(positional.what) + "\n";
  for (const FlagShape& flag : command.flags) text += flag_text(flag);
  for (const CommandShape& child : command.commands) text += command_text(child);
  return text;
}

}  // namespace

std::string man_page(const CommandShape& program) {
  std::string text =
      ".TH SMARTROUTE 1 \"\" \"smartroute " SMARTROUTE_VERSION "\" \"User Commands\"\n"
      ".SH NAME\nsmartroute \\- an OpenAI\\-compatible gateway that picks the model\n"
      ".SH SYNOPSIS\n\\fBsmartroute\\fR \\fIcommand\\fR [\\fIflags\\fR]\n"
      ".SH DESCRIPTION\n"
      "Runs, configures and watches a SmartRoute gateway: a data plane, \\fBsmartroute\\-proxy\\fR, that answers OpenAI requests, and a control plane,\n"
      "\\fBsmartroute\\-control\\fR, that keeps its configuration, request log and statistics.\n"
      "A flag wins over its environment variable, that over the default.\n"
      "Every command takes \\fB\\-h\\fR, \\fB\\-\\-help\\fR.\n"
      ".SH COMMANDS\n";
  for (const CommandShape& command : program.commands) text += command_text(command);
  text +=
      ".SH EXIT STATUS\n"
      ".TP\n0\nWell.\n.TP\n1\nFailed: what was asked for could not be done, or a check failed.\n.TP\n2\nWrong use, or a file that cannot be read.\n"
      ".TP\n3\nA configuration with errors.\n.TP\n4\nOnly \\fBsmartroute doctor\\fR: nothing failed, but there are warnings.\n"
      ".TP\n5\nOnly \\fBsmartroute config diff \\-\\-exit\\-code\\fR: there are differences.\n"
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBSMARTROUTE_ADMIN\\fR, \\fBSMARTROUTE_STATE\\fR, \\fBSMARTROUTE_ADMIN_TOKEN\\fR\n"
      "Where the admin API is, the gateway's data folder, and the admin token, for every command that asks a running gateway.\n"
      ".TP\n\\fBNO_COLOR\\fR\nNo colours, and ASCII only.\n"
      ".SH FILES\n.TP\n\\fI./.state/smartroute\\fR\nThe data folder, unless told otherwise.\n";
  return text;
}

}  // namespace smartroute::cli
