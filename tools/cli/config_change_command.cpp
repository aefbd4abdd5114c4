#include "tools/cli/config_change_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "contract/config/problem.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/import/report.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/terminal.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = admin::v1;
using Json = nlohmann::ordered_json;

std::optional<std::uint64_t> as_revision(const std::string& word) {
  const bool digits = !word.empty() && word.size() <= 18 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::optional<std::uint64_t>(std::stoull(word)) : std::nullopt;
}

Result<std::uint64_t> newest(const AdminAccess& access) {
  rpc::ListRevisionsRequest request;
  request.set_page_size(1);
  const auto page = ask_typed<rpc::ListRevisionsResponse>(access, "ConfigService/ListRevisions", request);
  if (!page) return tl::unexpected(page.error());
  return page->revisions_size() == 0 ? 0 : page->revisions(0).number();
}

std::string coloured(const std::string& unified, Colour colour) {
  if (colour == Colour::Off) return shown_lines(unified);
  std::string out, line;
  for (std::size_t at = 0; at < unified.size();) {
    const auto end = std::min(unified.find('\n', at), unified.size());
    line = shown(unified.substr(at, end - at));
    const bool head = line.starts_with("+++") || line.starts_with("---");
    const auto code = head ? paint::kBold : line.starts_with("@@") ? paint::kCyan : line.starts_with("+") ? paint::kGreen : line.starts_with("-") ? paint::kRed : std::string_view();
    out += (code.empty() ? line : painted(line, code, colour)) + "\n";
    at = end + 1;
  }
  return out;
}

void print_difference(const rpc::DiffRevisionsResponse& diff, FILE* to) {
  std::fputs(coloured(diff.unified(), style_of(::fileno(to)).colour).c_str(), to);
  // A secret may have changed behind the same hint: the text is the same, the fields say so.
  if (diff.unified().empty())
    for (const auto& change : diff.changes()) std::fprintf(to, "%s: %s -> %s\n", shown(change.path()).c_str(), shown(change.before()).c_str(), shown(change.after()).c_str());
}

int print_json(const Json& document) {
  std::printf("%s\n", document.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return kOk;
}

Json changes_of(const rpc::DiffRevisionsResponse& diff) {
  Json all = Json::array();
  for (const auto& change : diff.changes()) all.push_back({{"path", change.path()}, {"before", change.before()}, {"after", change.after()}});
  return all;
}

// False: no, or nobody there to ask.
bool agrees(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) {
    std::fputs("smartroute: nobody can be asked here: say --yes to store it\n", stderr);
    return false;
  }
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// Errors on stderr, all of them; false if there are any.
Result<bool> is_valid(const AdminAccess& access, const std::string& text, const std::string& label) {
  rpc::ValidateConfigRequest request;
  request.mutable_source()->set_text(text);
  const auto answer = ask_typed<rpc::ValidateConfigResponse>(access, "ConfigService/ValidateConfig", request);
  if (!answer) return tl::unexpected(answer.error());
  for (const auto& problem : answer->problems()) {
    config::Problem one{problem.path(), problem.what(), problem.nearest(), label, problem.line(), config::Severity::Error};
    if (problem.severity() == v1::Problem::SEVERITY_WARNING) one.severity = config::Severity::Warning;
    std::fprintf(stderr, "%s\n", shown(config::to_string(one)).c_str());
  }
  return answer->valid();
}

}  // namespace

int config_diff(const DiffOptions& options) {
  rpc::DiffRevisionsRequest request;
  std::string to = options.to, from = options.from;
  if (to.empty() && !from.empty() && !as_revision(from)) std::swap(to, from);
  if (from.empty()) {
    const auto number = newest(options.access);
    if (!number) return complain(number.error(), kFailed);
    request.set_from(*number);
  } else if (const auto number = as_revision(from)) {
    request.set_from(*number);
  } else {
    return complain(Error(ErrorKind::Invalid, "'" + from + "' is no revision number: a file comes second"), kUsage);
  }
  if (const auto number = as_revision(to)) {
    request.set_to(*number);
  } else if (!to.empty()) {
    const auto text = read_input(to);
    if (!text) return complain(text.error(), kUsage);
    request.mutable_candidate()->set_text(*text);
  }
  const auto diff = ask_typed<rpc::DiffRevisionsResponse>(options.access, "ConfigService/DiffRevisions", request);
  if (!diff) return complain(diff.error(), diff.error().kind() == ErrorKind::Invalid ? kProblems : kFailed);
  const bool same = diff->changes_size() == 0 && diff->unified().empty();
  if (options.output == Output::Json)
    print_json({{"from", request.from()}, {"to", to.empty() ? "newest" : to}, {"same", same}, {"changes", changes_of(*diff)}, {"unified", diff->unified()}});
  else
    print_difference(*diff, stdout);
  return same || options.code == DiffCode::Always0 ? kOk : kDiffers;
}

int config_apply(const ApplyOptions& options) {
  const auto text = read_input(options.file);
  if (!text) return complain(text.error(), kUsage);
  return apply_text(options, *text, options.file == "-" ? "stdin" : options.file);
}

int apply_text(const ApplyOptions& options, const std::string& text, const std::string& label) {
  const auto valid = is_valid(options.access, text, label);
  if (!valid) return complain(valid.error(), kFailed);
  if (!*valid) return kProblems;
  const auto base = newest(options.access);
  if (!base) return complain(base.error(), kFailed);
  rpc::DiffRevisionsRequest request;
  request.set_from(*base);
  request.mutable_candidate()->set_text(text);
  const auto diff = ask_typed<rpc::DiffRevisionsResponse>(options.access, "ConfigService/DiffRevisions", request);
  if (!diff) return complain(diff.error(), kFailed);
  const bool same = diff->changes_size() == 0 && diff->unified().empty();
  if (options.output == Output::Text) print_difference(*diff, stdout);
  if (same || options.dry_run) {
    if (options.output == Output::Json) return print_json({{"revision", *base}, {"changed", false}, {"changes", changes_of(*diff)}});
    std::printf("%s\n", same ? ("nothing to change: it is revision " + std::to_string(*base)).c_str() : "nothing was stored");
    return kOk;
  }
  if (options.consent == Consent::Ask && !agrees("Store this as the revision after " + std::to_string(*base) + "?")) return kFailed;
  rpc::PutConfigRequest put;
  put.mutable_source()->set_text(text);
  put.set_base_revision(*base);
  put.set_note(options.note);
  const auto stored = ask_typed<rpc::PutConfigResponse>(options.access, "ConfigService/PutConfig", put);
  if (!stored) return complain(stored.error(), kFailed);
  if (options.output == Output::Json)
    return print_json({{"revision", stored->revision().number()}, {"changed", true}, {"changes", changes_of(*diff)}});
  std::printf("revision %llu\n", static_cast<unsigned long long>(stored->revision().number()));
  return kOk;
}

int config_export(const ConfigExportOptions& options) {
  rpc::GetConfigRequest request;
  request.set_revision(options.revision);
  const auto answer = ask_typed<rpc::GetConfigResponse>(options.access, "ConfigService/GetConfig", request);
  if (!answer) return complain(answer.error(), kFailed);
  std::string text = options.form == DocumentForm::Json ? answer->json() : answer->yaml();
  if (!text.ends_with('\n')) text += '\n';
  if (options.file.empty() || options.file == "-") {
    std::fputs(text.c_str(), stdout);
    return kOk;
  }
  if (auto written = write_file_atomically(options.file, text); !written) return complain(written.error(), kUsage);
  std::fprintf(stderr, "revision %llu is in %s\n", static_cast<unsigned long long>(answer->revision().number()), options.file.c_str());
  return kOk;
}

int config_import(const ImportOptions& options) {
  const auto text = read_input(options.file);
  if (!text) return complain(text.error(), kUsage);
  std::error_code error;
  if (!options.output.empty() && !options.overwrite && std::filesystem::exists(options.output, error))
    return complain(Error(ErrorKind::Conflict, options.output + " is there already: give another name, or --overwrite"), kUsage);
  const std::string label = options.file == "-" ? "stdin" : options.file;
  const auto done = import::import_config(*text, import::dialect_of(options.from));
  if (!done) return complain(Error(done.error().kind(), label + " " + done.error().text()), kUsage);
  const bool alone = options.output.empty() && !options.apply;  // the document has no place but standard output
  if (!options.output.empty())
    if (auto written = write_file_atomically(options.output, done->yaml); !written) return complain(written.error(), kUsage);
  if (options.form == Output::Json) {
    auto report = Json::parse(import::json_report(*done, label), nullptr, false);
    if (alone) report["yaml"] = done->yaml;
    print_json(report);
  } else {
    const auto detail = options.verbose ? import::Detail::Every : import::Detail::Short;
    std::fputs(import::text_report(*done, label, detail).c_str(), alone ? stderr : stdout);
    if (alone) std::fputs(done->yaml.c_str(), stdout);
    else if (!options.output.empty()) std::printf("%s is written: look at it, then\n  smartroute config apply -f %s\n", options.output.c_str(), options.output.c_str());
  }
  if (options.strict && !done->not_at_all.empty()) return complain(Error(ErrorKind::Invalid, "not everything in " + label + " was taken"), kFailed);
  if (!options.apply) return kOk;
  ApplyOptions apply;
  apply.access = options.access;
  apply.note = "imported from " + std::string(import::name_of(done->dialect));
  apply.consent = options.consent;
  apply.output = options.form;
  return apply_text(apply, done->yaml, label);
}

}  // namespace smartroute::cli
