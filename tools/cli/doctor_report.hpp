// What `smartroute doctor` found, and how it is said. Pure.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "tools/cli/terminal.hpp"

namespace smartroute::cli {

struct Finding {
  std::string id;  // "control.ready"; stays the same from version to version
  Tick verdict = Tick::Ok;
  std::string what;                         // a sentence without its full stop
  std::string hint;                         // what to do, a command where there is one; of warnings and failures
  std::chrono::milliseconds deadline{0};    // of what was waited for; 0: nothing was
};

struct FindingGroup {
  std::string name;
  std::vector<Finding> findings;
};
using DoctorReport = std::vector<FindingGroup>;

// Brief constructors, so that a check reads as a sentence.
Finding fine(std::string id, std::string what);
Finding warned(std::string id, std::string what, std::string hint);
Finding failed(std::string id, std::string what, std::string hint);
Finding skipped(std::string id, std::string what);

// A heading, a line a finding, one for its hint, and a blank one; nothing for a group without findings.
std::string group_text(const FindingGroup& group, Style style);
// The last line: how many of each.
std::string verdict_text(const DoctorReport& report, Style style);
// {"verdict": "ok|warnings|failed", "passed", "warnings", "failed", "skipped", "groups": [{"name", "checks": [{"id", "verdict", "what", "hint", "deadline_ms"}]}]}
std::string doctor_json(const DoctorReport& report);
// kOk, kFailed or kWarnings of up.hpp.
int doctor_code(const DoctorReport& report);

}  // namespace smartroute::cli
