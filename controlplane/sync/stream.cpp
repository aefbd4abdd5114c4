#include "controlplane/sync/stream.hpp"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <utility>

#include "contract/base/utf8.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control::sync {
namespace {

constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kMaxProblemTextBytes = 2'000;

// The first `most` bytes or fewer: a UTF-8 sequence is not cut in two.
std::string clipped(const std::string& text, std::size_t most = kMaxTextBytes) {
  return std::string(cut_between_characters(text, most));
}

// "ipv4:127.0.0.1:4711" -> "127.0.0.1"; "ipv6:%5B::1%5D:4711" -> "::1"; "unix:..." has no address.
std::string address_of(const std::string& peer) {
  const auto scheme = peer.find(':');
  const auto port = peer.rfind(':');
  if (scheme == std::string::npos || port <= scheme || peer.compare(0, 2, "ip") != 0) return {};
  std::string address = peer.substr(scheme + 1, port - scheme - 1);
  for (const std::string_view bracket : {"%5B", "%5D", "%5b", "%5d", "[", "]"})
    if (const auto at = address.find(bracket); at != std::string::npos) address.erase(at, bracket.size());
  return address;
}

// A slice of the payload's shared bytes that keeps the payload alive for as long as the transport
// needs it.
grpc::Slice shared_slice(std::shared_ptr<const PushPayload> payload) {
  auto* const keep = new std::shared_ptr<const PushPayload>(std::move(payload));
  const std::string& bytes = (*keep)->shared;
  return {const_cast<char*>(bytes.data()), bytes.size(),
          [](void* p) { delete static_cast<std::shared_ptr<const PushPayload>*>(p); }, keep};
}

grpc::ByteBuffer encode(const std::shared_ptr<const PushPayload>& payload, std::uint64_t nonce) {
  const grpc::Slice slices[] = {grpc::Slice(message_prefix(*payload, nonce)),
                                shared_slice(payload)};
  return grpc::ByteBuffer(slices, 2);
}

grpc::ByteBuffer encode(const ScoreUpdate& update) {
  v1::ControlMessage message;
  auto& push = *message.mutable_scores();
  push.set_acknowledged(update.acknowledged);
  for (const ModelStanding& standing : update.changes.models) {
    auto& model = *push.add_models();
    model.set_model(standing.name.id);
    model.set_score(standing.score);
    model.set_cooling_ms(standing.cooling.count());
    model.set_cooling_reason(standing.cooling_reason);
    model.set_ejections(standing.ejections);
  }
  const grpc::Slice bytes(message.SerializeAsString());
  return grpc::ByteBuffer(&bytes, 1);
}

config::Problems to_problems(const v1::Nack& nack) {
  config::Problems problems;
  for (const auto& p : nack.problems()) {
    if (problems.size() == Fleet::kMaxProblems) break;
    config::Problem problem;
    problem.path = clipped(p.path());
    problem.what = clipped(p.what(), kMaxProblemTextBytes);
    problem.nearest = clipped(p.nearest());
    problem.file = clipped(p.file());
    problem.line = p.line();
    problem.severity = p.severity() == v1::Problem::SEVERITY_WARNING ? config::Severity::Warning
                                                                     : config::Severity::Error;
    problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace

void Stream::begin(std::shared_ptr<Stream> self) {
  const std::lock_guard lock(mutex_);
  self_ = std::move(self);
  if (!hub_->enter(self_)) {
    ++hub_->streams_refused;
    finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                        "too many data planes, or shutting down"));
    return;
  }
  StartRead(&in_);
}

void Stream::wake() {
  const std::lock_guard lock(mutex_);
  push_if_due();
}

void Stream::wake_for_scores() {
  const std::lock_guard lock(mutex_);
  scores_due_ = true;
  push_if_due();
}

void Stream::tick() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  if (!session_ && hub_->clock.steady() - opened_at_ >= SyncService::kHelloTimeout) {
    ++hub_->streams_refused;
    finish(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "no hello within 10 seconds"));
    return;
  }
  if (peer_.certificate && hub_->clock.wall() > peer_.certificate->not_after) return outlived();
  push_if_due();
}

void Stream::end(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  finish(status);
}

void Stream::finish(const grpc::Status& status) {
  if (finished_) return;
  finished_ = true;
  Finish(status);
}

bool Stream::admitted(const std::string& instance) {
  if (hub_->gate == nullptr) return true;
  const grpc::Status status = hub_->gate->admit(peer_, instance);
  if (!status.ok()) finish(status);
  return status.ok();
}

// TLS looks at dates when a connection begins and never again.
void Stream::outlived() {
  const std::string ended = certificates::date_text(peer_.certificate->not_after);
  hub_->log.info("the certificate that a data plane connected with has ended; with a new one it is back at once",
                 {{"instance", instance_}, {"peer", peer_.address}, {"ended", ended}});
  finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                      "the certificate of this stream ended at " + ended + ": connect again with a new one"));
}

void Stream::OnReadDone(bool ok) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  if (!ok) return finish(grpc::Status::OK);  // the data plane said goodbye
  v1::DataPlaneMessage message;
  if (!grpc::SerializationTraits<v1::DataPlaneMessage>::Deserialize(&in_, &message).ok()) {
    ++hub_->streams_refused;
    return finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "this is no DataPlaneMessage"));
  }
  on_message(message);
  if (!finished_) StartRead(&in_);
}

void Stream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  out_.Clear();
  if (std::exchange(writing_, Writing::Nothing) == Writing::Config) session_->sent();
  if (finished_) return;
  if (!ok) return finish(grpc::Status::CANCELLED);
  push_if_due();
}

void Stream::OnDone() {
  std::shared_ptr<Stream> last;  // goes when the lock is gone
  const std::lock_guard lock(mutex_);
  if (row_ != 0 && hub_->fleet.disconnect(row_)) {
    hub_->log.info("data plane disconnected", {{"instance", instance_}, {"peer", peer_.address}});
  }
  finished_ = true;
  hub_->leave(self_);
  last = std::move(self_);
}

void Stream::on_message(const v1::DataPlaneMessage& message) {
  switch (message.body_case()) {
    case v1::DataPlaneMessage::kHello:
      return on_hello(message.hello());
    case v1::DataPlaneMessage::kAck:
      return on_ack(message.ack());
    case v1::DataPlaneMessage::kNack:
      return on_nack(message.nack());
    case v1::DataPlaneMessage::kHealth:
      return on_report(message.health());
    case v1::DataPlaneMessage::BODY_NOT_SET:
      return;  // of a later version: not for us
  }
}

void Stream::on_hello(const v1::Hello& hello) {
  if (session_) return;  // once is enough
  if (hello.instance_id().empty() || hello.instance_id().size() > kMaxTextBytes) {
    ++hub_->streams_refused;
    return finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                               "hello needs an instance_id of 1 to 256 bytes"));
  }
  if (!admitted(hello.instance_id())) return;
  HelloFacts facts;
  facts.instance = InstanceId(hello.instance_id());
  facts.version = clipped(hello.version());
  facts.hostname = clipped(hello.hostname());
  facts.listen = clipped(hello.listen());
  facts.applied = Revision{hello.applied_revision()};
  facts.applied_fingerprint = clipped(hello.applied_fingerprint());
  facts.started_at_ms = hello.started_at_ms();
  facts.address = address_of(peer_.address);
  Offer has{facts.applied, facts.applied_fingerprint};
  instance_ = hello.instance_id();
  const auto row = hub_->fleet.connect(std::move(facts));
  if (!row) {
    ++hub_->streams_refused;
    return finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many data planes"));
  }
  row_ = *row;
  session_.emplace(std::move(has));
  reporter_ = {instance_, hello.started_at_ms()};
  scores_due_ = true;
  // Its last report may have been taken and the acknowledgement lost.
  owes_acknowledgement_ = hub_->scores.acknowledged(reporter_) > 0;
  hub_->log.info("data plane connected", {{"instance", instance_},
                                          {"peer", peer_.address},
                                          {"version", hello.version()},
                                          {"applied_revision", hello.applied_revision()}});
  if (const auto newest = hub_->newest(); session_->is_ahead_of(newest->offer)) {
    ++hub_->ahead;
    hub_->log.error(
        "this control plane is behind a data plane: it lost revisions or was restored from an "
        "older copy; nothing is "
        "pushed to that instance until the numbers here have caught up",
        {{"instance", instance_},
         {"instance_revision", hello.applied_revision()},
         {"newest_revision", newest->offer.revision.number}});
  }
  push_if_due();
}

void Stream::on_ack(const v1::Ack& ack) {
  if (!session_) return;
  hub_->fleet.touch(row_);
  const auto revision = session_->accepted(ack.nonce());
  if (!revision) {
    ++hub_->stale_answers;
    return;
  }
  ++hub_->acknowledged;
  hub_->fleet.acknowledge(row_, *revision);
  // It had no place yet for the scores of models that are new in this configuration.
  if (resend_from_ < scores_cursor_) {
    scores_cursor_ = resend_from_;
    scores_due_ = true;
  }
  resend_from_ = kNothing;
  push_if_due();
}

void Stream::on_report(const v1::HealthReport& report) {
  if (!session_) return;
  hub_->fleet.touch(row_);
  owes_acknowledgement_ = true;
  hub_->scores.take(report, reporter_);
}

void Stream::on_nack(const v1::Nack& nack) {
  if (!session_) return;
  hub_->fleet.touch(row_);
  const auto revision = session_->refused(nack.nonce());
  if (!revision) {
    ++hub_->stale_answers;
    return;
  }
  ++hub_->refused;
  auto problems = to_problems(nack);
  const std::string first =
      problems.empty() ? "no reason given" : config::to_string(problems.front());
  hub_->log.error("a data plane refused a configuration and keeps the one it had",
                  {{"instance", instance_},
                   {"revision", revision->number},
                   {"problems", static_cast<std::uint64_t>(problems.size())},
                   {"first", first}});
  hub_->fleet.reject(row_, *revision, std::move(problems));
  push_if_due();
}

void Stream::push_if_due() {
  if (finished_ || !session_ || writing_ != Writing::Nothing) return;
  if (!push_config()) push_scores();
}

bool Stream::push_config() {
  const auto newest = hub_->newest();
  const auto nonce = session_->next(newest->offer, hub_->clock.steady());
  if (!nonce) return false;
  resend_from_ = std::min(resend_from_, scores_cursor_);
  out_ = encode(newest, *nonce);
  ++hub_->pushes;
  writing_ = Writing::Config;
  StartWrite(&out_);
  return true;
}

void Stream::push_scores() {
  if (!std::exchange(scores_due_, false)) return;
  const ScoreUpdate update = hub_->scores.update_for(reporter_, scores_cursor_);
  scores_cursor_ = update.changes.cursor;
  scores_due_ = update.changes.more;
  if (update.changes.models.empty() && !owes_acknowledgement_) return;
  owes_acknowledgement_ = false;
  out_ = encode(update);
  ++hub_->score_pushes;
  writing_ = Writing::Scores;
  StartWrite(&out_);
}

}  // namespace smartroute::control::sync
