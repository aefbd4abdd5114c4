// Flags of what copies and changes a gateway's configuration as a whole: backup, restore, config diff|apply|export|import.
#include <memory>

#include "tools/cli/backup_command.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/config_change_command.hpp"

namespace smartroute::cli {

void add_backup_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<BackupOptions>();
  auto* command = app.add_subcommand("backup", "copy configuration, accounts and request records of a running gateway into one file");
  command->add_option("file", words->output, "file to make, or a folder for one with a name of its own")->capture_default_str();
  command->add_flag_callback("--no-logs", [words] { words->logs = WithLogs::No; }, "without request records and statistics");
  command->add_flag_callback("--with-master-key", [words] { words->master_key = WithMasterKey::Yes; },
                             "with the key that opens every secret in it; needs the token of STATE/admin.token");
  add_output_flag(*command, words->form);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return backup(*words); }; });
}

void add_restore_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<RestoreOptions>();
  words->state = AdminAccess().state;
  auto* command = app.add_subcommand("restore", "make a backup the state of a control plane that does not run");
  command->add_option("file", words->file, "archive of smartroute backup")->required();
  command->add_option("--state", words->state, "state folder of the control plane, or SMARTROUTE_STATE")->envname("SMARTROUTE_STATE")->capture_default_str();
  command->add_flag_callback("--force", [words] { words->force = Force::Yes; }, "although there is a configuration; it is set aside in the folder, not deleted");
  add_output_flag(*command, words->form);
  command->callback([&action, words] { action = [words] { return restore(*words); }; });
}

void add_config_diff(CLI::App& config, Action& action) {
  const auto words = std::make_shared<DiffOptions>();
  auto* command = config.add_subcommand("diff", "what differs between two revisions, or the newest and a file");
  command->add_option("from", words->from, "revision number (default: the newest), or the file if there is nothing else");
  command->add_option("to", words->to, "revision number, file, or - for standard input (default: the newest)");
  command->add_flag_callback("--exit-code", [words] { words->code = DiffCode::Kind; }, "leave with 5 if something differs");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_diff(*words); }; });
}

void add_config_apply(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ApplyOptions>();
  auto* command = config.add_subcommand("apply", "check a document, show what it changes, ask, and store it");
  command->add_option("-f,--file", words->file, "YAML or JSON document, or - for standard input")->required();
  command->add_option("--note", words->note, "why, for the history");
  command->add_flag_callback("--yes", [words] { words->consent = Consent::Given; }, "do not ask");
  command->add_flag("--dry-run", words->dry_run, "show what it would change, and store nothing");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_apply(*words); }; });
}

void add_config_export(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ConfigExportOptions>();
  auto* command = config.add_subcommand("export", "write it to a file, secrets hidden");
  command->add_option("file", words->file, "file to write (default: standard output)");
  command->add_option("--revision", words->revision, "revision number (default: the newest)");
  const auto set_form = [words](const std::string& form) { words->form = form == "json" ? DocumentForm::Json : DocumentForm::Yaml; };
  command->add_option_function<std::string>("-o,--output,--format", set_form, "yaml or json")->check(CLI::IsMember({"yaml", "json"}));
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_export(*words); }; });
}

void add_config_import(CLI::App& config, Action& action) {
  const auto words = std::make_shared<ImportOptions>();
  auto* command = config.add_subcommand("import", "read the configuration of another gateway, and say what was taken and what was not");
  command->add_option("file", words->file, "its configuration, or - for standard input")->required();
  command->add_option("--from", words->from, "whose it is")->check(CLI::IsMember({"auto", "smartroute-python", "litellm"}))->capture_default_str();
  auto* to = command->add_option("--to", words->output, "file for the document (default: standard output)");
  command->add_flag("--overwrite", words->overwrite, "also if that file is there")->needs(to);
  command->add_flag("--apply", words->apply, "show what it changes in the running gateway, ask, and store it");
  command->add_flag_callback("--yes", [words] { words->consent = Consent::Given; }, "with --apply: do not ask");
  command->add_flag("--strict", words->strict, "fail if something was not taken; nothing is stored then");
  command->add_flag("--verbose", words->verbose, "also list what was taken exactly");
  add_output_flag(*command, words->form);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return config_import(*words); }; });
}

}  // namespace smartroute::cli
