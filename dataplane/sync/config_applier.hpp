// Row 5 of a configuration change: a pushed message becomes the View that workers read, or is
// refused with its problems and nothing changes. The same path serves a push and the
// last-known-good file.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "contract/base/result.hpp"
#include "contract/config/problem.hpp"
#include "dataplane/sync/last_known_good.hpp"
#include "dataplane/sync/view_holder.hpp"

namespace spdlog {
class logger;
}
namespace smartroute::routing {
class Scoreboard;
}
namespace smartroute::admission {
class KeyLoads;
}
namespace smartroute::v1 {
class ConfigPush;
}

namespace smartroute::sync {

// Thread rule: apply() and restore() by one thread at a time, never a worker; everything else by
// any.
class ConfigApplier {
 public:
  // `scores` gives the models of each View their standing, so that a new configuration forgets nothing about those it keeps, and
  // everything about those it drops; `loads` does the same for what the keys have in flight.
  ConfigApplier(ViewHolder& views, routing::Scoreboard& scores, LastKnownGood& file, spdlog::logger& log,
                admission::KeyLoads* loads = nullptr);

  enum class Verdict : std::uint8_t { Applied, AlreadyRuns, Refused };
  struct Outcome {
    Verdict verdict = Verdict::Refused;
    config::Problems problems;  // errors when Refused; warnings otherwise
  };
  // Validates, builds, publishes, then writes the last-known-good file (failing to write is logged
  // and does not undo the change). Refused: any error of decode, validate or build, and a revision
  // below the applied one with other content (a control plane that lost revisions must not take the
  // fleet back). The applied revision with other content is applied: its secrets changed.
  // References to secrets are never resolved here: the control plane sends values.
  Outcome apply(const v1::ConfigPush& push);

  // Serves from the last-known-good file. False: there is none. Error: it cannot be used, and why;
  // nothing changes.
  Result<bool> restore();

  struct Applied {
    std::uint64_t revision = 0;  // 0: none
    std::string fingerprint;
  };
  Applied applied() const;
  std::uint64_t applied_revision() const noexcept {
    return revision_.load(std::memory_order_relaxed);
  }
  // Pushes refused and files that could not be used.
  std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }
  // Why the last failure happened; empty after a success.
  std::string last_error() const;

 private:
  enum class Source : std::uint8_t { Push, File };
  bool already_runs(const v1::ConfigPush& push, const std::string& content) const;
  Outcome build_and_publish(const v1::ConfigPush& push, std::string content, Source source);
  Outcome refuse(std::uint64_t revision, config::Problems problems);
  void note_applied(const v1::ConfigPush& push, std::string content);

  ViewHolder& views_;
  routing::Scoreboard& scores_;
  LastKnownGood& file_;
  spdlog::logger& log_;
  admission::KeyLoads* loads_;
  std::atomic<std::uint64_t> revision_{0};
  std::atomic<std::uint64_t> failures_{0};
  mutable std::mutex mutex_;
  std::string fingerprint_;  // as pushed
  std::string content_;      // fingerprint of the message as it came, secrets and all
  std::string last_error_;
};

}  // namespace smartroute::sync
