#include <memory>
#include <string>

#include "tools/cli/command_tree.hpp"
#include "tools/cli/config_command.hpp"

namespace smartroute::cli {
namespace {

struct ConfigWords {
  AdminAccess access;
  std::uint64_t revision = 0;
  std::uint64_t base = 0;
  int limit = 20;
  std::string file, note;
  ConfigForm form = ConfigForm::Yaml;
  Output output = Output::Text;
};

}  // namespace

void add_config_show(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ConfigWords>();
  auto* command = config.add_subcommand("show", "print it as YAML, secrets hidden");
  command->add_option("revision", words->revision, "revision number (default: the newest)");
  command
      ->add_option_function<std::string>(
          "-o,--output",
          [words](const std::string& form) {
            words->form = form == "effective" ? ConfigForm::Effective : form == "json" ? ConfigForm::Json : ConfigForm::Yaml;
          },
          "yaml, json, or effective: JSON with every default written out")
      ->check(CLI::IsMember({"yaml", "json", "effective"}));
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_show(words->access, words->revision, words->form); }; });
}

void add_config_history(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ConfigWords>();
  auto* command = config.add_subcommand("history", "list revisions, newest first");
  command->add_option("--limit", words->limit, "how many")->check(CLI::Range(1, 1000))->capture_default_str();
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_history(words->access, words->limit, words->output); }; });
}

void add_config_put(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ConfigWords>();
  auto* command = config.add_subcommand("put", "store a document as the next revision");
  command->add_option("file", words->file, "YAML or JSON document")->required();
  command->add_option("--base", words->base, "only if this is still the newest revision (default: whatever is)");
  command->add_option("--note", words->note, "why, for the history");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_put(words->access, words->file, words->base, words->note, words->output); }; });
}

void add_config_rollback(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ConfigWords>();
  auto* command = config.add_subcommand("rollback", "make an old revision's content the newest again");
  command->add_option("revision", words->revision, "revision number")->required();
  command->add_option("--note", words->note, "why, for the history");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_rollback(words->access, words->revision, words->note, words->output); }; });
}

}  // namespace smartroute::cli
