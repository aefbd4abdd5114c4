#include "dataplane/sync/config_subscriber.hpp"

#include <spdlog/logger.h>

#include "dataplane/sync/background_thread.hpp"
#include "dataplane/sync/control_credentials.hpp"
#include "dataplane/sync/health_exchange.hpp"
#include "dataplane/sync/sync_stream.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

v1::Problem::Severity severity_of(config::Severity severity) {
  return severity == config::Severity::Error ? v1::Problem::SEVERITY_ERROR
                                             : v1::Problem::SEVERITY_WARNING;
}

void to_message(const config::Problem& problem, v1::Problem& out) {
  out.set_path(problem.path);
  out.set_what(problem.what);
  out.set_nearest(problem.nearest);
  out.set_file(problem.file);
  out.set_line(problem.line);
  out.set_severity(severity_of(problem.severity));
}

std::int64_t millis_since_epoch(WallTime time) { return micros_since_epoch(time) / 1'000; }

}  // namespace

ConfigSubscriber::ConfigSubscriber(SubscriberOptions options, ConfigApplier& applier,
                                   HealthExchange& health, const Clock& clock,
                                   std::unique_ptr<Random> random, spdlog::logger& log)
    : options_(std::move(options)),
      applier_(applier),
      health_(health),
      clock_(clock),
      random_(std::move(random)),
      log_(log),
      started_at_ms_(millis_since_epoch(clock.wall())) {}

ConfigSubscriber::~ConfigSubscriber() { stop(); }

void ConfigSubscriber::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  reporter_ = std::thread([this] { report(); });
}

void ConfigSubscriber::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_) stream_->cancel();
  }
  stop_asked_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (reporter_.joinable()) reporter_.join();
}

std::string ConfigSubscriber::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

bool ConfigSubscriber::stops_within(std::chrono::microseconds time) {
  std::unique_lock lock(mutex_);
  return stop_asked_.wait_for(lock, time, [this] { return stopping_; });
}

void ConfigSubscriber::run() {
  enter_background("sr-sync");
  Backoff backoff(options_.backoff, *random_);
  do {
    // A peer that accepts and hangs up at once must not be called in a tight loop: only a stream
    // that brought something resets.
    if (hold_stream() == Session::Lived) backoff.reset();
  } while (!stops_within(backoff.next()));
}

ConfigSubscriber::Session ConfigSubscriber::hold_stream() {
  const auto stream = std::make_shared<SyncStream>(options_.target, options_.credentials.get());
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Session::Failed;
    stream_ = stream;
  }
  stream->open();
  const auto session = converse(*stream);
  const bool was_connected = connected_.exchange(false);
  auto why = stream->close();
  if (session == Session::Failed && options_.credentials) why += options_.credentials->remark(why);
  {
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
    if (stopping_) return session;
  }
  tell_end(why, session, was_connected);
  note_end(why);
  return session;
}

// Each reason once, however often it comes, until a stream has lived.
void ConfigSubscriber::tell_end(const std::string& why, Session session, bool was_connected) {
  turned_away_ = was_connected && session == Session::Failed;
  if (session == Session::Failed && (why == told_ || (!told_.empty() && clock_.steady() - told_at_ < kTellEvery))) return;
  told_ = why;
  told_at_ = clock_.steady();
  log_.warn("no stream to the control plane at {}: {}", options_.target, why);
}

ConfigSubscriber::Session ConfigSubscriber::converse(SyncStream& stream) {
  auto session = Session::Failed;
  v1::DataPlaneMessage out;
  greet(out);
  if (!stream.write(out)) return session;  // true once a connection has taken it
  health_.send_again();                    // before the first report on this stream
  connected_ = true;
  note_end("");
  if (!turned_away_) log_.info("connected to the control plane at {}", options_.target);
  const SteadyTime since = clock_.steady();
  bool alive = true;
  v1::ControlMessage in;
  while (alive && stream.read(in)) {
    if (session == Session::Failed && turned_away_) log_.info("connected to the control plane at {}", options_.target);
    session = Session::Lived;
    out.Clear();
    if (answer(in, out)) alive = stream.write(out);
  }
  if (clock_.steady() - since >= kLived) session = Session::Lived;
  return session;
}

void ConfigSubscriber::greet(v1::DataPlaneMessage& message) const {
  const auto applied = applier_.applied();
  auto& hello = *message.mutable_hello();
  hello.set_instance_id(options_.instance.str());
  hello.set_version(options_.version);
  hello.set_hostname(options_.hostname);
  hello.set_applied_revision(applied.revision);
  hello.set_applied_fingerprint(applied.fingerprint);
  hello.set_listen(options_.listen);
  hello.set_started_at_ms(started_at_ms_);
}

// False: there is nothing to say to it; a message of a kind this version does not know is ignored.
bool ConfigSubscriber::answer(const v1::ControlMessage& message, v1::DataPlaneMessage& answer) {
  if (message.has_scores()) health_.take(message.scores(), clock_.steady());
  if (!message.has_config()) return false;
  apply(message.config(), answer);
  return true;
}

void ConfigSubscriber::apply(const v1::ConfigPush& push, v1::DataPlaneMessage& answer) {
  const auto outcome = applier_.apply(push);
  if (outcome.verdict != ConfigApplier::Verdict::Refused) {
    auto& ack = *answer.mutable_ack();
    ack.set_nonce(push.nonce());
    ack.set_revision(push.revision());
    return;
  }
  auto& nack = *answer.mutable_nack();
  nack.set_nonce(push.nonce());
  nack.set_revision(push.revision());
  for (const auto& problem : outcome.problems) to_message(problem, *nack.add_problems());
}

void ConfigSubscriber::report() {
  enter_background("sr-health");
  while (!stops_within(options_.report_every)) {
    health_.collect(clock_.steady());
    if (const auto stream = open_stream()) send_reports(*stream);
  }
}

void ConfigSubscriber::send_reports(SyncStream& stream) {
  v1::DataPlaneMessage out;
  while (health_.next_report(clock_.steady(), *out.mutable_health())) {
    if (stream.write(out)) continue;
    health_.send_again();  // it counts as sent, and there may be a newer stream than this
    return;
  }
}

std::shared_ptr<SyncStream> ConfigSubscriber::open_stream() const {
  const std::lock_guard lock(mutex_);
  return connected_ ? stream_ : nullptr;
}

void ConfigSubscriber::note_end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  last_error_ = why;
}

}  // namespace smartroute::sync
