#include "tools/cli/init_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "contract/config/check.hpp"
#include "contract/config/validate.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/starter_config.hpp"
#include "tools/cli/terminal.hpp"

namespace smartroute::cli {
namespace {

std::vector<std::string> known_ids() {
  std::vector<std::string> ids;
  for (const KnownProvider& known : kKnownProviders) ids.emplace_back(known.id);
  return ids;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<std::vector<FoundProvider>> chosen(const InitOptions& options) {
  auto found = find_providers(process_environment());
  if (!found || (options.providers.empty() && !found->empty())) return found;
  std::vector<FoundProvider> wanted;
  const std::vector<std::string> names = options.providers.empty() ? std::vector<std::string>{"openai"} : options.providers;
  for (const std::string& name : names) {
    const auto* known = std::find_if(kKnownProviders.begin(), kKnownProviders.end(), [&](const KnownProvider& row) { return row.id == name; });
    if (known == kKnownProviders.end()) {
      const std::string near = config::nearest_name(name, known_ids());
      return fail(ErrorKind::Invalid, "--provider: no provider is known as '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                          " There are " + listed(known_ids()) + ". Any other goes into the file by hand");
    }
    const auto there = std::find_if(found->begin(), found->end(), [&](const FoundProvider& row) { return row.known == known; });
    wanted.push_back(there != found->end() ? *there : FoundProvider{known, std::string(known->base_url), true});
  }
  return wanted;
}

bool key_is_set(const FoundProvider& provider) { return process_environment()(provider.known->key_variable).has_value(); }

struct Outcome {
  std::string file;
  std::vector<FoundProvider> providers;
  std::vector<std::string> next;  // commands
};

std::vector<std::string> next_steps(const std::string& file, const std::vector<FoundProvider>& providers) {
  std::vector<std::string> steps;
  for (const FoundProvider& provider : providers)
    if (!key_is_set(provider)) steps.push_back("export " + std::string(provider.known->key_variable) + "=...");
  steps.push_back("smartroute validate " + file);
  steps.push_back("smartroute up --config " + file);
  steps.push_back(R"(curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' -d '{"model":"auto","messages":[{"role":"user","content":"hello"}]}')");
  return steps;
}

std::string outcome_text(const Outcome& outcome, const std::string& reason, Style style) {
  std::string text = tick_text(Tick::Ok, style) + " " + outcome.file + " written: " + reason + "\n";
  for (const FoundProvider& provider : outcome.providers)
    text += tick_text(key_is_set(provider) ? Tick::Ok : Tick::Warning, style) + " " + std::string(provider.known->id) + ": its key is ${" +
            std::string(provider.known->key_variable) + "}, " + (key_is_set(provider) ? "set here" : "which is not set here") + "\n";
  text += "\nNext:\n";
  for (const std::string& step : outcome.next) text += "  " + painted(step, paint::kCyan, style.colour) + "\n";
  return text;
}

std::string outcome_json(const Outcome& outcome) {
  nlohmann::ordered_json document{{"file", outcome.file}};
  document["providers"] = nlohmann::ordered_json::array();
  for (const FoundProvider& provider : outcome.providers)
    document["providers"].push_back({{"id", provider.known->id}, {"base_url", provider.base_url}, {"key_variable", provider.known->key_variable}, {"key_set", key_is_set(provider)}});
  document["next"] = outcome.next;
  return document.dump(2) + "\n";
}

}  // namespace

int init(const InitOptions& options) {
  auto providers = chosen(options);
  if (!providers) return complain(providers.error(), kUsage);
  const std::string text = starter_config(*providers);
  // It is our own text; a provider's address from the environment is not.
  const auto checked = config::check_document(text, options.file, config::system_secrets());
  if (config::has_errors(checked.problems)) {
    std::fputs(report(checked.problems, options.file, Output::Text).c_str(), stderr);
    return kProblems;
  }
  if (options.file == "-") {
    std::fputs(text.c_str(), stdout);
    return kOk;
  }
  std::error_code error;
  if (!options.force && std::filesystem::exists(options.file, error))
    return complain(Error(ErrorKind::Conflict, options.file + " exists already and was left alone; name another file, or overwrite it with --force"), kFailed);
  if (auto written = write_file_atomically(options.file, text); !written) return complain(written.error(), kFailed);
  const bool any_key = std::any_of(providers->begin(), providers->end(), key_is_set);
  const std::string reason = !options.providers.empty() ? "the providers you named" : any_key ? "the providers whose keys are in the environment" : "no provider key is in the environment, so one stands in as an example";
  const Outcome outcome{options.file, *providers, next_steps(options.file, *providers)};
  std::fputs((options.output == Output::Json ? outcome_json(outcome) : outcome_text(outcome, reason, style_of(STDOUT_FILENO))).c_str(), stdout);
  return kOk;
}

void add_init_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<InitOptions>();
  auto* command = app.add_subcommand("init", "write a commented configuration to begin with, from the provider keys in the environment");
  command->add_option("file", options->file, "where to, - for standard output")->capture_default_str();
  command
      ->add_option("--provider", options->providers,
                   "instead of those whose keys are in the environment: openai, anthropic, deepseek, gemini, groq, mistral, xai, moonshot, dashscope, zhipu, openrouter or together")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_flag("--force", options->force, "overwrite the file if it exists");
  add_output_flag(*command, options->output);
  command->callback([&action, options] { action = [options] { return init(*options); }; });
}

}  // namespace smartroute::cli
