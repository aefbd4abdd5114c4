#include "tools/cli/doctor_report.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "tools/cli/text.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using nlohmann::ordered_json;

struct Counts {
  int ok = 0, warnings = 0, failed = 0, skipped = 0;
};

Counts count(const DoctorReport& report) {
  Counts counts;
  for (const FindingGroup& group : report)
    for (const Finding& finding : group.findings) switch (finding.verdict) {
        case Tick::Ok: ++counts.ok; break;
        case Tick::Warning: ++counts.warnings; break;
        case Tick::Failed: ++counts.failed; break;
        case Tick::Skipped: ++counts.skipped; break;
      }
  return counts;
}

const char* name_of(Tick verdict) {
  switch (verdict) {
    case Tick::Ok: return "ok";
    case Tick::Warning: return "warning";
    case Tick::Failed: return "failed";
    case Tick::Skipped: break;
  }
  return "skipped";
}

std::string counted(int n, const char* one, const char* many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

std::string last_line(const Counts& counts, Style style) {
  std::string text;
  if (counts.failed > 0)
    text = painted(counted(counts.failed, "check failed", "checks failed"), paint::kRed, style.colour);
  else if (counts.warnings > 0)
    text = painted("Nothing failed", paint::kYellow, style.colour);
  else
    text = painted("All is well", paint::kGreen, style.colour);
  if (counts.warnings > 0) text += ", " + counted(counts.warnings, "warning", "warnings");
  text += ", " + std::to_string(counts.ok) + " passed";
  if (counts.skipped > 0) text += ", " + std::to_string(counts.skipped) + " skipped";
  return text + "\n";
}

}  // namespace

Finding fine(std::string id, std::string what) { return {std::move(id), Tick::Ok, std::move(what), "", {}}; }
Finding warned(std::string id, std::string what, std::string hint) { return {std::move(id), Tick::Warning, std::move(what), std::move(hint), {}}; }
Finding failed(std::string id, std::string what, std::string hint) { return {std::move(id), Tick::Failed, std::move(what), std::move(hint), {}}; }
Finding skipped(std::string id, std::string what) { return {std::move(id), Tick::Skipped, std::move(what), "", {}}; }

std::string group_text(const FindingGroup& group, Style style) {
  if (group.findings.empty()) return {};
  const std::string indent(style.glyphs == Glyphs::Unicode ? 4 : 9, ' ');
  std::string text = painted(group.name, paint::kBold, style.colour) + "\n";
  for (const Finding& finding : group.findings) {
    const std::string what = shown(finding.what);
    text += "  " + tick_text(finding.verdict, style) + " " + (finding.verdict == Tick::Skipped ? painted(what, paint::kDim, style.colour) : what) + "\n";
    if (!finding.hint.empty()) text += indent + painted("-> " + shown(finding.hint), paint::kCyan, style.colour) + "\n";
  }
  return text + "\n";
}

std::string verdict_text(const DoctorReport& report, Style style) { return last_line(count(report), style); }

std::string doctor_json(const DoctorReport& report) {
  const Counts counts = count(report);
  ordered_json document{{"verdict", counts.failed > 0 ? "failed" : counts.warnings > 0 ? "warnings" : "ok"},
                        {"passed", counts.ok},
                        {"warnings", counts.warnings},
                        {"failed", counts.failed},
                        {"skipped", counts.skipped}};
  document["groups"] = ordered_json::array();
  for (const FindingGroup& group : report) {
    ordered_json checks = ordered_json::array();
    for (const Finding& finding : group.findings) {
      ordered_json row{{"id", finding.id}, {"verdict", name_of(finding.verdict)}, {"what", finding.what}};
      if (!finding.hint.empty()) row["hint"] = finding.hint;
      if (finding.deadline.count() > 0) row["deadline_ms"] = finding.deadline.count();
      checks.push_back(std::move(row));
    }
    document["groups"].push_back({{"name", group.name}, {"checks", std::move(checks)}});
  }
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

int doctor_code(const DoctorReport& report) {
  const Counts counts = count(report);
  return counts.failed > 0 ? kFailed : counts.warnings > 0 ? kWarnings : kOk;
}

}  // namespace smartroute::cli
