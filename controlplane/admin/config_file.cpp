#include "controlplane/admin/config_file.hpp"

#include "controlplane/base/files.hpp"

namespace smartroute::control::admin {

ConfigFile::ConfigFile(std::filesystem::path file, store::ConfigService& configs, base::Log& log)
    : file_(std::move(file)), configs_(configs), log_(log) {}

store::PutResult ConfigFile::apply() {
  auto text = base::read_file(file_, kMaxFileBytes);
  if (!text)
    return tl::unexpected<store::Refusal>(store::Refusal{text.error(), {}, configs_.newest()});
  return configs_.apply_file(*text);
}

Result<void> ConfigFile::follow() {
  auto watch = base::FileWatch::start(file_, [this] { on_change(); });
  if (!watch) return fail(watch.error());
  watch_ = std::move(*watch);
  return {};
}

void ConfigFile::on_change() {
  const auto result = apply();
  if (!result) {
    const store::Refusal& refusal = result.error();
    for (const auto& problem : refusal.problems) {
      const bool warning = problem.severity == config::Severity::Warning;
      warning ? log_.warn(config::to_string(problem)) : log_.error(config::to_string(problem));
    }
    // Each problem has its own line already.
    const std::string why = refusal.problems.empty() ? refusal.error.text() : "it has problems";
    log_.error("the config file was not applied; the last good revision stays",
               {{"file", file_.string()}, {"why", why}, {"revision", configs_.newest().number}});
    return;
  }
  for (const auto& warning : result->warnings) log_.warn(config::to_string(warning));
  if (result->outcome == store::Outcome::Created) {
    log_.info("the config file was applied",
              {{"file", file_.string()}, {"revision", result->head.number.number}});
  }
}

}  // namespace smartroute::control::admin
