// A request's record as one line: how long it took, what it used, what came of it, what was asked. Time,
// place, tier, model and status are fields of the line, not of its text. Pure.
//
//   1.2 s 153+402 tokens $0.0031 after 1 retry (rate_limited) "how do I …"
//   models 0.4 ms                                               what is no chat completion
//   (auto) 4.3 ms no_healthy_upstream: nobody answered          what was asked for, where no model answered
#pragma once
#include "controlplane/terminal/line.hpp"

namespace smartroute::v1 {
class RequestRecord;
}

namespace smartroute::control::terminal {

// Without source and record_id. Level: error for 5xx and for requests that got no answer; warn for
// 4xx, and for answers that took more than one attempt, began anew, broke off or were not read to
// their end; else info.
Line line_of(const v1::RequestRecord& record);

}  // namespace smartroute::control::terminal
