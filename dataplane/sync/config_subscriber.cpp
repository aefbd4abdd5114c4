#include "dataplane/sync/config_subscriber.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <spdlog/logger.h>

#include "dataplane/sync/channel.hpp"
#include "dataplane/sync/background_thread.hpp"
#include "smartroute/v1/sync.grpc.pb.h"

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
                                   const Clock& clock, std::unique_ptr<Random> random,
                                   spdlog::logger& log)
    : options_(std::move(options)),
      applier_(applier),
      clock_(clock),
      random_(std::move(random)),
      log_(log),
      started_at_ms_(millis_since_epoch(clock.wall())) {}

ConfigSubscriber::~ConfigSubscriber() { stop(); }

void ConfigSubscriber::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
}

void ConfigSubscriber::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->TryCancel();
  }
  stop_asked_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string ConfigSubscriber::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

bool ConfigSubscriber::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void ConfigSubscriber::run() {
  enter_background("sr-sync");
  Backoff backoff(options_.backoff, *random_);
  while (!stopping()) {
    // A peer that accepts and hangs up at once must not be called in a tight loop: only a stream
    // that brought something resets.
    if (hold_stream() == Session::Lived) backoff.reset();
    std::unique_lock lock(mutex_);
    stop_asked_.wait_for(lock, backoff.next(), [this] { return stopping_; });
  }
}

// A fresh channel for each stream, so that the pace of reconnecting is the Backoff's and not also
// the channel's.
ConfigSubscriber::Session ConfigSubscriber::hold_stream() {
  const auto stub = v1::Sync::NewStub(open_channel(options_.target));
  grpc::ClientContext context;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Session::Failed;
    stream_ = &context;
  }
  auto session = Session::Failed;
  const auto stream = stub->Subscribe(&context);
  v1::DataPlaneMessage out;
  greet(out);
  bool alive = stream->Write(out);  // true once a connection has taken it
  if (alive) {
    connected_ = true;
    note_end("");
    log_.info("connected to the control plane at {}", options_.target);
    const SteadyTime since = clock_.steady();
    v1::ControlMessage in;
    while (alive && stream->Read(&in)) {
      session = Session::Lived;
      out.Clear();
      if (answer(in, out)) alive = stream->Write(out);
    }
    if (clock_.steady() - since >= kLived) session = Session::Lived;
  }
  if (!alive)
    context.TryCancel();  // after a failed write the status could wait behind messages nobody reads
  const auto status = stream->Finish();
  const bool was_connected = connected_.exchange(false);
  bool asked = false;
  {
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
    asked = stopping_;
  }
  if (asked) return session;
  const auto why =
      status.ok() ? std::string("the control plane closed the stream") : status.error_message();
  if (was_connected || last_error().empty())
    log_.warn("no stream to the control plane at {}: {}", options_.target, why);
  note_end(why);
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

// False: a message of a kind this version does not know; it is ignored.
bool ConfigSubscriber::answer(const v1::ControlMessage& message, v1::DataPlaneMessage& answer) {
  if (!message.has_config()) return false;
  const auto& push = message.config();
  const auto outcome = applier_.apply(push);
  if (outcome.verdict != ConfigApplier::Verdict::Refused) {
    auto& ack = *answer.mutable_ack();
    ack.set_nonce(push.nonce());
    ack.set_revision(push.revision());
    return true;
  }
  auto& nack = *answer.mutable_nack();
  nack.set_nonce(push.nonce());
  nack.set_revision(push.revision());
  for (const auto& problem : outcome.problems) to_message(problem, *nack.add_problems());
  return true;
}

void ConfigSubscriber::note_end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  last_error_ = why;
}

}  // namespace smartroute::sync
