#include "controlplane/store/config_service.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include "contract/config/placeholder_secrets.hpp"
#include "contract/config/validate.hpp"
#include "controlplane/core/revision_rules.hpp"
#include "controlplane/core/secret_fields.hpp"

namespace smartroute::store {
namespace {

using control::RevisionHead;

// A configuration on its way in: literal secrets in the clear, and everything wrong with it.
struct Candidate {
  v1::Config authored;
  config::Problems problems;
};

void append(config::Problems& to, config::Problems from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

// Which record a sealed secret belongs to: one revision, one place. Part of what is stored; never
// change it.
std::string seal_context(Revision number, const std::string& path) {
  return "config/" + std::to_string(number.number) + "/" + path;
}

std::string sealed_config(const v1::Config& authored, Revision number, const Sealer& sealer) {
  v1::Config sealed = authored;
  control::for_each_secret(sealed, [&](const control::SecretPlace& place, v1::SecretValue& secret) {
    if (secret.form_case() == v1::SecretValue::kValue && !control::is_reference(secret.value()))
      secret.set_sealed(sealer.seal(secret.value(), seal_context(number, place.path)));
  });
  return sealed.SerializeAsString();
}

Result<v1::Config> opened_config(const StoredRevision& stored, const Sealer& sealer) {
  v1::Config config;
  const std::string name = "revision " + std::to_string(stored.head.number.number);
  if (!config.ParseFromString(stored.config))
    return fail(ErrorKind::Storage, "the stored configuration of " + name + " is damaged");
  Result<void> outcome;
  control::for_each_secret(config, [&](const control::SecretPlace& place, v1::SecretValue& secret) {
    if (secret.form_case() != v1::SecretValue::kSealed) return;
    auto opened = sealer.open(secret.sealed(), seal_context(stored.head.number, place.path));
    if (opened) {
      secret.set_value(std::string(opened->reveal()));
    } else {
      outcome = fail(std::move(opened.error()).with_context(name + ", " + place.path));
    }
  });
  if (!outcome) return fail(outcome.error());
  return config;
}

// What a revision's secrets in files are: what was taken from each, and what it held when it was looked at last.
struct FileSecrets {
  std::map<std::string, Secret> used;  // empty: nothing was ever there
  std::map<std::string, Secret> seen;  // empty: cannot be read, or holds nothing
};

std::size_t error_count(const v1::Config& resolved) {
  auto decoded = config::decode(resolved, config::no_secrets());
  append(decoded.problems, config::validate(decoded.config));
  return static_cast<std::size_t>(
      std::count_if(decoded.problems.begin(), decoded.problems.end(),
                    [](const auto& problem) { return problem.severity == config::Severity::Error; }));
}

std::string summary(const config::Problems& problems) {
  const auto is_error = [](const config::Problem& p) {
    return p.severity == config::Severity::Error;
  };
  const auto errors = std::count_if(problems.begin(), problems.end(), is_error);
  const auto first = std::find_if(problems.begin(), problems.end(), is_error);
  std::string text =
      "the configuration has " + std::to_string(errors) + (errors == 1 ? " problem" : " problems");
  if (first != problems.end()) text += ": " + config::to_string(*first);
  return text;
}

config::Problems warnings_of(config::Problems problems) {
  problems.erase(
      std::remove_if(problems.begin(), problems.end(),
                     [](const auto& p) { return p.severity == config::Severity::Error; }),
      problems.end());
  return problems;
}

Result<void> check_authorship(const Authorship& by) {
  if (by.author.size() > kMaxAuthorBytes)
    return fail(ErrorKind::Invalid,
                "an author has at most " + std::to_string(kMaxAuthorBytes) + " bytes");
  if (by.note.size() > kMaxNoteBytes)
    return fail(ErrorKind::Invalid,
                "a note has at most " + std::to_string(kMaxNoteBytes) + " bytes");
  return {};
}

// Whatever can be found wrong with `source` as the successor of `previous` (null: none).
Candidate examine(const ConfigSource& source, const v1::Config* previous,
                  const config::SecretSource& secrets) {
  Candidate candidate;
  config::SourceMap lines;
  std::string file;
  if (const auto* text = std::get_if<DocumentText>(&source)) {
    auto document = config::decode_document(text->text, text->file);
    candidate.authored = std::move(*document.message);
    candidate.problems = std::move(document.problems);
    lines = std::move(document.lines);
    file = text->file;
  } else {
    candidate.authored = std::get<v1::Config>(source);
  }
  // A text of which nothing could be read has one problem; that the rest is missing too would only
  // bury it.
  const bool unread =
      candidate.authored.ByteSizeLong() == 0 && config::has_errors(candidate.problems);
  if (!unread) {
    config::Problems found = control::restore_hidden_secrets(candidate.authored, previous);
    auto decoded = config::decode(candidate.authored, secrets);
    append(found, std::move(decoded.problems));
    append(found, config::validate(decoded.config));
    config::attach_lines(found, lines, file);
    append(candidate.problems, std::move(found));
  }
  return candidate;
}

}  // namespace

struct ConfigService::State {
  State(Store& the_store, Sealer the_sealer, const Clock& the_clock,
        ConfigServiceOptions the_options)
      : store(the_store),
        sealer(std::move(the_sealer)),
        clock(the_clock),
        options(std::move(the_options)) {}

  Store& store;
  const Sealer sealer;
  const Clock& clock;
  const ConfigServiceOptions options;

  FileSecrets files;         // guarded by write_mutex; of current_

  // The newest revision in both forms it is needed in; both null when there is none.
  struct Current {
    Published published;
    std::shared_ptr<const v1::Config> authored;
    Revision number() const { return published ? published->head.number : Revision{}; }
  };

  std::mutex write_mutex;    // held for a whole write, its disk included
  mutable std::mutex mutex;  // held for moments; taken after write_mutex or listeners_mutex
  Current current_;

  std::mutex listeners_mutex;  // never taken together with write_mutex
  std::map<std::uint64_t, Listener> listeners;
  std::uint64_t last_listener = 0;
  Published last_told;

  Current current() const {
    const std::lock_guard lock(mutex);
    return current_;
  }

  PutResult refuse(Error error, config::Problems problems = {}) const {
    return tl::unexpected<Refusal>(
        Refusal{std::move(error), std::move(problems), current().number()});
  }

  PutResult conflict(Revision base) const {
    return refuse(
        Error(ErrorKind::Conflict,
              "revision " + std::to_string(current().number().number) + " is the newest, not " +
                  std::to_string(base.number) +
                  ", which this change was made against; look at it and apply the change again"));
  }

  std::string fingerprint(const v1::Config& authored) const {
    return control::content_fingerprint(
        authored, [this](std::string_view secret) { return sealer.digest(secret); });
  }

  // `source`, with files that give `from`, and nothing where that has none.
  config::SecretSource with_files(const std::map<std::string, Secret>& from) const {
    config::SecretSource source = options.secrets;
    source.file = [&from](const std::string& path) -> std::optional<std::string> {
      const auto found = from.find(path);
      if (found == from.end() || found->second.empty()) return std::nullopt;
      return std::string(found->second.reveal());
    };
    return source;
  }

  Secret read_secret(const std::string& path) const {
    auto value = options.secrets.file ? options.secrets.file(path) : std::nullopt;
    return value ? Secret(std::move(*value)) : Secret();
  }

  // Reads the files that `authored` names; one that is of no use gives what it gave before.
  FileSecrets read_files(const v1::Config& authored) const {
    FileSecrets next;
    config::SecretSource notes;
    notes.environment = [](const std::string&) { return std::nullopt; };
    notes.file = [&](const std::string& path) -> std::optional<std::string> {
      if (next.seen.contains(path)) return std::nullopt;
      Secret value = read_secret(path);
      const auto before = files.used.find(path);
      next.used[path] = value.empty() && before != files.used.end() ? before->second : value;
      next.seen[path] = std::move(value);
      return std::nullopt;
    };
    config::Problems unused;
    (void)config::resolve_secrets(authored, notes, unused);
    return next;
  }

  // Caller holds write_mutex.
  void publish(RevisionHead head, v1::Config authored) {
    files = read_files(authored);
    publish_with_files(std::move(head), std::move(authored));
  }

  void publish_with_files(RevisionHead head, v1::Config authored) {
    auto next = std::make_shared<PublishedRevision>();
    next->head = std::move(head);
    next->config = config::resolve_secrets(authored, with_files(files.used), next->warnings);
    Current made{std::move(next), std::make_shared<const v1::Config>(std::move(authored))};
    const std::lock_guard lock(mutex);
    current_ = std::move(made);
  }

  // Takes what a file holds now, if the configuration is no worse with it. Caller holds write_mutex.
  bool take_secret(const v1::Config& authored, const std::string& path, const Secret& value) {
    config::Problems unused;
    auto with_it = files.used;
    with_it[path] = value;
    if (error_count(config::resolve_secrets(authored, with_files(with_it), unused)) >
        error_count(config::resolve_secrets(authored, with_files(files.used), unused)))
      return false;
    files.used = std::move(with_it);
    return true;
  }

  // Caller holds write_mutex.
  SecretFilesLook look_at_files() {
    SecretFilesLook look;
    const Current now = current();
    for (auto& [path, seen] : files.seen) {
      Secret value = read_secret(path);
      if (!(value == seen)) {
        seen = value;
        if (value.empty())
          look.left.push_back({path, "it cannot be read, or is empty"});
        else if (value == files.used[path])
          continue;  // back to what is used
        else if (take_secret(*now.authored, path, value))
          look.taken.push_back(path);
        else
          look.left.push_back({path, "what it holds cannot be used as a secret"});
      }
    }
    for (const auto& [path, seen] : files.seen)
      if (seen.empty() || !(seen == files.used[path])) ++look.unusable;
    if (!look.taken.empty()) publish_with_files(now.published->head, v1::Config(*now.authored));
    return look;
  }

  // Compare, then swap: the rules that put, rollback and apply_file share. Caller holds
  // write_mutex.
  PutResult write(const ConfigSource& source, Revision base, const Authorship& by,
                  Revision rollback_of) {
    const Current before = current();
    Candidate candidate = examine(source, before.authored.get(), options.secrets);
    const std::string mark =
        config::has_errors(candidate.problems) ? "" : fingerprint(candidate.authored);
    if (before.published && mark == before.published->head.fingerprint)
      return PutOutcome{before.published->head, Outcome::Unchanged,
                        warnings_of(std::move(candidate.problems))};
    if (base != before.number()) return conflict(base);
    if (auto checked = check_authorship(by); !checked) return refuse(checked.error());
    if (config::has_errors(candidate.problems)) {
      Error error(ErrorKind::Invalid, summary(candidate.problems));
      return refuse(std::move(error), std::move(candidate.problems));
    }
    StoredRevision next;
    next.head.number = store.next_number();
    next.head.author = by.author.empty() ? "admin" : by.author;
    next.head.note = by.note;
    next.head.fingerprint = mark;
    next.head.created_at_ms = micros_since_epoch(clock.wall()) / 1'000;
    next.head.base = base;
    next.head.rollback_of = rollback_of;
    next.config = sealed_config(candidate.authored, next.head.number, sealer);
    if (auto appended = store.append_revision(next); !appended) return refuse(appended.error());
    publish(next.head, std::move(candidate.authored));
    return PutOutcome{next.head, Outcome::Created, warnings_of(std::move(candidate.problems))};
  }

  // Tells what is newest now, which may be newer than what the caller wrote: then the other writer
  // finds nothing to tell.
  void tell_listeners() {
    const std::lock_guard lock(listeners_mutex);
    const Published news = current().published;
    if (!news || news == last_told) return;
    if (last_told && news->head.number < last_told->head.number) return;
    last_told = news;
    for (const auto& [id, listener] : listeners) listener(news);
  }

  Result<v1::Config> authored(Revision number) const {
    if (const Current newest = current(); newest.authored && newest.number() == number)
      return *newest.authored;
    const auto stored = store.revision(number);
    if (!stored) return fail(stored.error());
    return opened_config(*stored, sealer);
  }

  Result<Revision> or_newest(Revision number) const {
    if (number.number != 0) return number;
    const Revision newest = current().number();
    if (newest.number == 0) return fail(ErrorKind::NotFound, "there is no configuration yet");
    return newest;
  }

  std::optional<Error> owner_error() const {
    if (!options.owned_by_file) return std::nullopt;
    return Error(ErrorKind::NotOwner, "the configuration is owned by the file " +
                                          *options.owned_by_file +
                                          ": change it there; it is read again when it changes");
  }
};

ConfigService::ConfigService(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigService::~ConfigService() = default;

Result<std::unique_ptr<ConfigService>> ConfigService::open(Store& store, Sealer sealer,
                                                           const Clock& clock,
                                                           ConfigServiceOptions options) {
  const auto check = store.meta(kMetaSealerCheck);
  if (!check) return fail(check.error());
  if (*check) {
    if (auto verified = sealer.verify(**check); !verified) return fail(verified.error());
  } else if (auto kept = store.put_meta(kMetaSealerCheck, sealer.check_value()); !kept) {
    return fail(kept.error());
  }
  auto state = std::make_unique<State>(store, std::move(sealer), clock, std::move(options));
  if (const Revision newest = store.newest(); newest.number != 0) {
    auto stored = store.revision(newest);
    if (!stored) return fail(stored.error());
    auto authored = opened_config(*stored, state->sealer);
    if (!authored) return fail(authored.error());
    state->publish(std::move(stored->head), std::move(*authored));
    state->last_told = state->current().published;
  }
  return std::unique_ptr<ConfigService>(new ConfigService(std::move(state)));
}

Result<RevisionView> ConfigService::get(Revision number) const {
  const auto wanted = state_->or_newest(number);
  if (!wanted) return fail(wanted.error());
  const auto stored = state_->store.revision(*wanted);
  if (!stored) return fail(stored.error());
  const auto authored = opened_config(*stored, state_->sealer);
  if (!authored) return fail(authored.error());
  RevisionView view;
  view.head = stored->head;
  view.config = config::redact(*authored);
  view.yaml = config::encode_yaml(view.config);
  return view;
}

Result<RevisionPage> ConfigService::history(Revision before, std::size_t limit) const {
  return state_->store.revisions(before, limit);
}

Result<RevisionDiff> ConfigService::diff(Revision from, Revision to) const {
  const auto upper = state_->or_newest(to);
  if (!upper) return fail(upper.error());
  const auto before = from.number == 0 ? Result<v1::Config>(v1::Config()) : state_->authored(from);
  if (!before) return fail(before.error());
  const auto after = state_->authored(*upper);
  if (!after) return fail(after.error());
  RevisionDiff diff;
  diff.changes = control::diff_fields(*before, *after);
  diff.unified = control::diff_documents(*before, *after, "revision " + std::to_string(from.number),
                                         "revision " + std::to_string(upper->number));
  return diff;
}

Result<RevisionDiff> ConfigService::diff(Revision from, const ConfigSource& candidate) const {
  const auto before = from.number == 0 ? Result<v1::Config>(v1::Config()) : state_->authored(from);
  if (!before) return fail(before.error());
  const Candidate after = examine(candidate, state_->current().authored.get(), state_->options.secrets);
  if (after.authored.ByteSizeLong() == 0 && config::has_errors(after.problems)) return fail(ErrorKind::Invalid, summary(after.problems));
  RevisionDiff diff;
  diff.changes = control::diff_fields(*before, after.authored);
  diff.unified = control::diff_documents(*before, after.authored, "revision " + std::to_string(from.number), "candidate");
  return diff;
}

Revision ConfigService::newest() const { return state_->current().number(); }

const std::optional<std::string>& ConfigService::owned_by_file() const noexcept {
  return state_->options.owned_by_file;
}

config::Problems ConfigService::validate(const ConfigSource& source) const {
  return examine(source, state_->current().authored.get(), state_->options.secrets).problems;
}

Preview ConfigService::preview(const ConfigSource& source) const {
  Candidate candidate = examine(source, state_->current().authored.get(), state_->options.secrets);
  auto decoded = config::decode(candidate.authored, state_->options.secrets);
  return Preview{std::move(decoded.config), std::move(candidate.problems)};
}

PutResult ConfigService::put(const ConfigSource& source, Revision base, const Authorship& by) {
  auto result = [&]() -> PutResult {
    const std::lock_guard lock(state_->write_mutex);
    if (auto error = state_->owner_error()) return state_->refuse(std::move(*error));
    return state_->write(source, base, by, {});
  }();
  state_->tell_listeners();
  return result;
}

PutResult ConfigService::rollback(Revision to, Revision base, const Authorship& by) {
  auto old = state_->authored(to);
  auto result = [&]() -> PutResult {
    const std::lock_guard lock(state_->write_mutex);
    if (auto error = state_->owner_error()) return state_->refuse(std::move(*error));
    if (!old) return state_->refuse(old.error());
    Authorship stamped = by;
    if (stamped.note.empty()) stamped.note = "rollback to revision " + std::to_string(to.number);
    return state_->write(*old, base, stamped, to);
  }();
  state_->tell_listeners();
  return result;
}

PutResult ConfigService::apply_file(const std::string& text) {
  auto result = [&]() -> PutResult {
    const std::lock_guard lock(state_->write_mutex);
    const auto& path = state_->options.owned_by_file;
    if (!path)
      return state_->refuse(
          Error(ErrorKind::NotOwner, "no file owns the configuration: the store does"));
    const ConfigSource source = DocumentText{text, *path};
    Authorship by{"file", *path};
    if (by.note.size() > kMaxNoteBytes) by.note.resize(kMaxNoteBytes);
    return state_->write(source, state_->current().number(), by, {});
  }();
  state_->tell_listeners();
  return result;
}

SecretFilesLook ConfigService::refresh_secrets() {
  auto look = [&] {
    const std::lock_guard lock(state_->write_mutex);
    return state_->look_at_files();
  }();
  if (!look.taken.empty()) state_->tell_listeners();
  return look;
}

Result<bool> ConfigService::repeat_above(Revision seen) {
  {
    const std::lock_guard lock(state_->write_mutex);
    const auto before = state_->current();
    const Revision newest = before.number();
    if (newest.number == 0 || newest > seen) return false;
    if (seen.number - newest.number > kMostGivenUp)
      return fail(ErrorKind::Invalid, "revision " + std::to_string(seen.number) + " is too far above revision " + std::to_string(newest.number) + " to be of this store");
    if (auto skipped = state_->store.skip_numbers(seen); !skipped) return fail(skipped.error());
    StoredRevision next;
    next.head = before.published->head;
    next.head.number = state_->store.next_number();
    next.head.author = "restore";
    next.head.note = "revision " + std::to_string(newest.number) + " again, above revision " + std::to_string(seen.number) + " that a data plane runs";
    next.head.created_at_ms = micros_since_epoch(state_->clock.wall()) / 1'000;
    next.head.base = newest;
    next.head.rollback_of = newest;
    next.config = sealed_config(*before.authored, next.head.number, state_->sealer);
    if (auto appended = state_->store.append_revision(next); !appended) return fail(appended.error());
    state_->publish(next.head, v1::Config(*before.authored));
  }
  state_->tell_listeners();
  return true;
}

Published ConfigService::published() const { return state_->current().published; }

Subscription ConfigService::on_new_revision(Listener listener) {
  const std::lock_guard lock(state_->listeners_mutex);
  const std::uint64_t id = ++state_->last_listener;
  state_->listeners[id] = std::move(listener);
  return Subscription(this, id);
}

Subscription::Subscription(Subscription&& other) noexcept
    : service_(std::exchange(other.service_, nullptr)), id_(other.id_) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    service_ = std::exchange(other.service_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

Subscription::~Subscription() { reset(); }

void Subscription::reset() noexcept {
  if (!service_) return;
  const std::lock_guard lock(service_->state_->listeners_mutex);
  service_->state_->listeners.erase(id_);
  service_ = nullptr;
}

}  // namespace smartroute::store
