// The life of the configuration: read, validate, write by compare-and-swap, history, diff,
// rollback, and news of each new revision for those who push it. The only writer of revisions.
//
// Three forms of a configuration, never mixed up:
//   authored   literal secrets in the clear, references as written. Exists only inside this class.
//   redacted   secrets as hints. What get() and every admin answer holds.
//   resolved   references replaced by their values. What published() holds: for data planes only.
//
// Thread rule: every method may be called from any thread. One mutex makes writes wait for each
// other; readers take another one, for moments, and never wait for a writer's disk. Listeners run
// one at a time after the write is done: a listener may read, but neither write nor subscribe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/config/decode.hpp"
#include "contract/config/problem.hpp"
#include "controlplane/core/revision.hpp"
#include "controlplane/store/sealer.hpp"
#include "controlplane/store/store.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::store {

// A configuration as it comes in: a message, or the text of a YAML or JSON document. In both, a
// secret that shows only its hint means "unchanged".
struct DocumentText {
  std::string text;
  std::string file;  // labels problems; may be empty
};
using ConfigSource = std::variant<v1::Config, DocumentText>;

// Who writes, and why. Author at most kMaxAuthorBytes, note at most kMaxNoteBytes (longer:
// ErrorKind::Invalid).
struct Authorship {
  std::string author;  // empty: "admin"
  std::string note;
};
constexpr std::size_t kMaxAuthorBytes = 256;
constexpr std::size_t kMaxNoteBytes = 4096;

struct RevisionView {
  control::RevisionHead head;
  v1::Config config;  // redacted
  std::string yaml;   // the same, as a document
};

// What data planes get.
struct PublishedRevision {
  control::RevisionHead head;
  v1::Config config;          // resolved
  config::Problems warnings;  // references that could not be resolved
};
using Published = std::shared_ptr<const PublishedRevision>;

enum class Outcome { Created, Unchanged };

struct PutOutcome {
  control::RevisionHead
      head;  // the new revision; or the newest, when its content is the same already
  Outcome outcome = Outcome::Created;
  config::Problems warnings;
};

// Why a write was refused: Invalid (problems say what), Conflict (newest says against what to try
// again), NotOwner, NotFound (rollback to a revision that is not there), Storage, Crypto.
struct Refusal {
  Error error;
  config::Problems problems;
  Revision newest;
};
using PutResult = tl::expected<PutOutcome, Refusal>;

struct RevisionDiff {
  std::vector<control::Change> changes;
  std::string unified;
};

// A configuration to be tried out, its references resolved as they would be for data planes. Holds secrets: it must not leave the process.
struct Preview {
  config::Config config;
  config::Problems problems;
};

// What became of the secrets that the newest revision takes from files, since the look before.
struct SecretFilesLook {
  std::vector<std::string> taken;  // files whose new secret is published now
  struct Bad {
    std::string file;
    std::string why;
  };
  std::vector<Bad> left;     // files that have become useless: what they held before is used on
  std::size_t unusable = 0;  // files that are so now, these among them
};

class ConfigService;

// Ends the subscription when it goes; after that no call is running or will come. Must not outlive
// the service, and must not be destroyed from within a listener.
class Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription();

 private:
  friend class ConfigService;
  Subscription(ConfigService* service, std::uint64_t id) : service_(service), id_(id) {}
  void reset() noexcept;
  ConfigService* service_ = nullptr;
  std::uint64_t id_ = 0;
};

struct ConfigServiceOptions {
  // Path of the file that owns the configuration: put and rollback fail with NotOwner, apply_file
  // is the only writer.
  std::optional<std::string> owned_by_file;
  config::SecretSource
      secrets;  // where references are looked up; config::system_secrets() in production
};

class ConfigService {
 public:
  // Opens on what the store holds. Errors: Crypto when `sealer` has not the key the store was
  // sealed with; Storage. `store` and `clock` must outlive the service.
  static Result<std::unique_ptr<ConfigService>> open(Store& store, Sealer sealer,
                                                     const Clock& clock,
                                                     ConfigServiceOptions options);
  ~ConfigService();
  ConfigService(const ConfigService&) = delete;
  ConfigService& operator=(const ConfigService&) = delete;

  // --- reading ---
  // Revision 0: the newest. NotFound when there is none.
  Result<RevisionView> get(Revision number) const;
  Result<RevisionPage> history(Revision before, std::size_t limit) const;
  // From 0 is the empty configuration; to 0 is the newest.
  Result<RevisionDiff> diff(Revision from, Revision to) const;
  // To a configuration that need not be saved, as it would be as the next revision; whatever else is wrong with it. ErrorKind::Invalid if it cannot be read.
  Result<RevisionDiff> diff(Revision from, const ConfigSource& candidate) const;
  Revision newest() const;
  const std::optional<std::string>& owned_by_file() const noexcept;
  // All problems `source` would have as the next revision. Changes nothing.
  config::Problems validate(const ConfigSource& source) const;
  // `source` as a model to try out, with the same problems. Use the model only without errors among them.
  Preview preview(const ConfigSource& source) const;

  // --- writing ---
  // `base` must be the newest revision (0 only for the first one), or Conflict. Content equal to
  // the newest revision's is Unchanged whatever the base: a client that never saw its answer may
  // ask again. Problems of severity Error refuse.
  PutResult put(const ConfigSource& source, Revision base, const Authorship& by);
  // A new revision with the content of `to`.
  PutResult rollback(Revision to, Revision base, const Authorship& by);
  // The owning file's text, as read. Written against whatever is the newest; author "file", note =
  // the path. NotOwner unless owned_by_file is set.
  PutResult apply_file(const std::string& text);

  // --- secrets in files (`file:/path`) ---
  // Reads them again. What has changed is published under the same revision, for a secret is no part of it, and told
  // to the listeners. A file that is gone, empty or too large, or holds what the configuration may not have, changes
  // nothing: its last good secret stays in use, as long as the process lives. Says nothing twice. Environment variables
  // are read at each write and never in between. Cheap when nothing has changed.
  SecretFilesLook refresh_secrets();

  // The newest revision once more, under a number above `seen`: after a restore from a backup, data planes may run revisions that this store does not
  // know, and take none that is not above theirs. Whoever owns the configuration. False: nothing was done, for there is no revision, or the newest is
  // above `seen` already. ErrorKind::Invalid: `seen` is more than kMostGivenUp above the newest, which no history of this store can have reached.
  static constexpr std::uint64_t kMostGivenUp = 1'000'000;
  Result<bool> repeat_above(Revision seen);

  // --- news ---
  // The newest revision, resolved; null when there is none.
  Published published() const;
  // Calls `listener` with each new revision, on the thread that wrote it, one call at a time and
  // with rising numbers; when two writes follow at once, only the newer may be told. Called with the
  // same number again when secrets from files have changed. Not called for what is published already.
  using Listener = std::function<void(const Published&)>;
  [[nodiscard]] Subscription on_new_revision(Listener listener);

 private:
  friend class Subscription;
  struct State;
  explicit ConfigService(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace smartroute::store
