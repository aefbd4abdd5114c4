#include "dataplane/proxy/answer_end.hpp"

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/kept_texts.hpp"

namespace smartroute::proxy {

using accounting::Ending;
using net::Cut;

void release_request(Exchange& x) {
  keep_request(x);
  x.client->release_request();
  x.load.release_body();
}

void end_as(Exchange& x, Ending ending, std::string why) {
  x.record.ending = ending;
  if (!why.empty()) x.record.error = std::move(why);
}

Ending ending_of(Cut cut) noexcept {
  if (cut == Cut::Drain) return Ending::Drained;
  if (cut == Cut::Idle || cut == Cut::Total) return Ending::BrokenStream;
  return Ending::ClientGone;
}

void client_left(Exchange& x) {
  const Cut cut = x.client->interrupt().why();
  end_as(x, cut == Cut::None ? Ending::ClientGone : ending_of(cut), "the client did not take the answer");
  x.close_after = true;
}

std::string_view label_of(Origin fault) noexcept {
  switch (fault) {
    case Origin::Client: return "client";
    case Origin::Gateway: return "gateway";
    case Origin::Upstream: return "upstream";
    case Origin::Control: return "control";
  }
  return "";
}

Error break_error(Cut cut) {
  if (cut == Cut::Idle) return Error(ErrorKind::UpstreamTimeout, "the model stopped sending before its answer was complete");
  if (cut == Cut::Total) return Error(ErrorKind::UpstreamTimeout, "the answer took longer than the configured total time");
  if (cut == Cut::Drain) return Error(ErrorKind::Draining, "the gateway is shutting down");
  if (cut == Cut::ClientGone || cut == Cut::ClientWrite) return Error(ErrorKind::ClientGone, "the client left before its answer was complete");
  return Error(ErrorKind::UpstreamBroke, "the model's connection broke before its answer was complete");
}

void note_break(Exchange& x, Cut cut, std::string_view why) {
  using resilience::AttemptOutcome;
  const AttemptOutcome outcome = cut == Cut::None    ? AttemptOutcome::BrokeMidStream
                                 : cut == Cut::Idle  ? AttemptOutcome::IdleTimeout
                                 : cut == Cut::Total ? AttemptOutcome::TotalTimeout
                                 : cut == Cut::Drain ? AttemptOutcome::Drained
                                                     : AttemptOutcome::ClientGone;
  x.answer.outcome = outcome;
  if (x.record.attempts.empty()) return;
  accounting::Attempt& attempt = x.record.attempts.back();
  attempt.outcome = resilience::name_of(outcome);
  attempt.reason.assign(why);
  attempt.fault = label_of(resilience::row_of(outcome).fault);
}

}  // namespace smartroute::proxy
