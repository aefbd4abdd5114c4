#include "tools/cli/import/report.hpp"

#include <nlohmann/json.hpp>

#include "tools/cli/text.hpp"

namespace smartroute::import {
namespace {

using Json = nlohmann::ordered_json;

Json rows(const std::vector<Finding>& findings, const char* why) {
  Json all = Json::array();
  for (const Finding& one : findings) {
    Json row{{"path", one.path}, {"value", one.value}, {"line", one.line}};
    if (why != nullptr) row[why] = one.why;
    all.push_back(std::move(row));
  }
  return all;
}

void append(std::string& out, const char* heading, const std::vector<Finding>& findings) {
  out += std::string(heading) + " (" + std::to_string(findings.size()) + ")\n";
  for (const Finding& one : findings) {
    out += "  " + cli::shown(one.path) + (one.value.empty() ? "" : " = " + cli::shown(one.value)) + "\n";
    if (!one.why.empty()) out += "      " + cli::shown(one.why) + "\n";
  }
}

}  // namespace

std::string text_report(const Import& import, std::string_view file, Detail detail) {
  const std::size_t all = import.exactly.size() + import.approximately.size() + import.not_at_all.size();
  std::string out = cli::shown(file) + ": " + std::string(name_of(import.dialect)) + ", " + import.form + ", " + std::to_string(all) + " values\n";
  if (detail == Detail::Every) append(out, "taken exactly", import.exactly);
  else out += "taken exactly (" + std::to_string(import.exactly.size()) + ")\n";
  append(out, "taken approximately", import.approximately);
  append(out, "not taken", import.not_at_all);
  if (!import.added.empty()) {
    out += "added (" + std::to_string(import.added.size()) + ")\n";
    for (const Addition& one : import.added) out += "  " + one.path + " = " + cli::shown(one.value) + "\n      " + cli::shown(one.why) + "\n";
  }
  for (const std::string& note : import.notes) out += "note: " + cli::shown(note) + "\n";
  return out;
}

std::string json_report(const Import& import, std::string_view file) {
  Json document{{"file", file}, {"from", name_of(import.dialect)}, {"form", import.form}};
  document["exact"] = rows(import.exactly, nullptr);
  document["approximate"] = rows(import.approximately, "how");
  document["not_taken"] = rows(import.not_at_all, "why");
  document["added"] = Json::array();
  for (const Addition& one : import.added) document["added"].push_back({{"path", one.path}, {"value", one.value}, {"why", one.why}});
  document["notes"] = import.notes;
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace smartroute::import
