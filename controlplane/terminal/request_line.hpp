// A request's record as one line: what was asked of whom, what came of it, how long it took, what it
// used. Time and place are fields of the line, not of its text. Pure.
//
//   POST chat_completions t2 openai/gpt-4.1 200 1.2 s 153+402 tokens $0.0031 after 1 retry
//   (rate_limited) "how do I …"
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
