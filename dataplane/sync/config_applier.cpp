#include "dataplane/sync/config_applier.hpp"

#include <spdlog/logger.h>

#include "contract/config/decode.hpp"
#include "contract/config/validate.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/core/routing/view.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

config::SecretSource no_references() {
  config::SecretSource source;
  source.environment = [](const std::string&) { return std::nullopt; };
  source.file = [](const std::string&) { return std::nullopt; };
  return source;
}

config::Problem problem(std::string path, std::string what) {
  config::Problem p;
  p.path = std::move(path);
  p.what = std::move(what);
  return p;
}

std::string first_error(const config::Problems& problems) {
  for (const auto& p : problems)
    if (p.severity == config::Severity::Error) return config::to_string(p);
  return "refused";
}

}  // namespace

ConfigApplier::ConfigApplier(ViewHolder& views, routing::Scoreboard& scores, LastKnownGood& file,
                             spdlog::logger& log, admission::KeyLoads* loads)
    : views_(views), scores_(scores), file_(file), log_(log), loads_(loads) {}

ConfigApplier::Outcome ConfigApplier::apply(const v1::ConfigPush& push) {
  const auto now = applied();
  auto content = config::fingerprint(push.config());
  if (already_runs(push, content)) {
    Outcome outcome;
    outcome.verdict = Verdict::AlreadyRuns;
    return outcome;
  }
  if (push.revision() < now.revision)
    return refuse(push.revision(), {problem("", "revision " + std::to_string(push.revision()) +
                                                    " is older than what runs here, revision " +
                                                    std::to_string(now.revision))});
  return build_and_publish(push, std::move(content), Source::Push);
}

Result<bool> ConfigApplier::restore() {
  auto push = file_.load();
  if (!push) {
    ++failures_;
    const std::lock_guard lock(mutex_);
    last_error_ = push.error().text();
    return fail(std::move(push.error()));
  }
  if (*push == nullptr) return false;
  auto content = config::fingerprint((*push)->config());
  const auto outcome = build_and_publish(**push, std::move(content), Source::File);
  if (outcome.verdict == Verdict::Refused)
    return fail(ErrorKind::Invalid,
                "the last-known-good configuration is refused: " + first_error(outcome.problems));
  return true;
}

ConfigApplier::Applied ConfigApplier::applied() const {
  const std::lock_guard lock(mutex_);
  Applied applied;
  applied.revision = revision_.load(std::memory_order_relaxed);
  applied.fingerprint = fingerprint_;
  return applied;
}

std::string ConfigApplier::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

// The same number with the same fingerprint may still carry other secrets: the fingerprint can
// stand for the references.
bool ConfigApplier::already_runs(const v1::ConfigPush& push, const std::string& content) const {
  const std::lock_guard lock(mutex_);
  const auto revision = revision_.load(std::memory_order_relaxed);
  if (revision == 0 || push.fingerprint() != fingerprint_) return false;
  return push.revision() < revision || (push.revision() == revision && content == content_);
}

ConfigApplier::Outcome ConfigApplier::build_and_publish(const v1::ConfigPush& push,
                                                        std::string content, Source source) {
  auto decoded = config::decode(push.config(), no_references());
  auto problems = std::move(decoded.problems);
  if (!config::has_errors(problems)) {
    auto more = config::validate(decoded.config);
    problems.insert(problems.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  if (push.revision() == 0) problems.push_back(problem("", "a revision has a number above 0"));
  if (config::has_errors(problems)) return refuse(push.revision(), std::move(problems));

  auto view = routing::View::build(std::move(decoded.config), Revision{push.revision()},
                                   push.fingerprint(), &scores_, loads_);
  if (!view) {
    problems.push_back(problem(view.error().param(), view.error().text()));
    return refuse(push.revision(), std::move(problems));
  }
  views_.publish(std::move(*view));
  scores_.forget_unused();
  if (loads_ != nullptr) loads_->forget_unused();
  note_applied(push, std::move(content));
  log_.info("configuration revision {} applied", push.revision());
  if (source == Source::Push)
    if (const auto saved = file_.save(push); !saved)
      log_.warn("configuration revision {} runs, but could not be kept for a restart: {}",
                push.revision(), saved.error().text());
  Outcome outcome;
  outcome.verdict = Verdict::Applied;
  outcome.problems = std::move(problems);
  return outcome;
}

ConfigApplier::Outcome ConfigApplier::refuse(std::uint64_t revision, config::Problems problems) {
  ++failures_;
  auto text = "revision " + std::to_string(revision) + " refused: " + first_error(problems);
  log_.warn("configuration {}", text);
  {
    const std::lock_guard lock(mutex_);
    last_error_ = std::move(text);
  }
  Outcome outcome;
  outcome.problems = std::move(problems);
  return outcome;
}

void ConfigApplier::note_applied(const v1::ConfigPush& push, std::string content) {
  const std::lock_guard lock(mutex_);
  revision_.store(push.revision(), std::memory_order_relaxed);
  fingerprint_ = push.fingerprint();
  content_ = std::move(content);
  last_error_.clear();
}

}  // namespace smartroute::sync
