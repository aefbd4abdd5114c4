// `smartroute config diff|apply|export|import`: what would change, and the change.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

constexpr int kDiffers = 5;  // of config diff --exit-code alone

enum class DiffCode : std::uint8_t { Always0, Kind };

struct DiffOptions {
  AdminAccess access;
  std::string from, to;  // a revision number, a file, or "-" for standard input (`to` only). from empty: the newest; to empty: the newest
  DiffCode code = DiffCode::Always0;
  Output output = Output::Text;
};
// Unified, secrets as hints, in colour on a terminal. With one file: from the newest revision to it; with one number: from that revision to the newest.
// JSON: {"from","to","same","changes":[{path,before,after}],"unified"}. kOk either way; with DiffCode::Kind kDiffers if something differs.
int config_diff(const DiffOptions& options);

enum class Consent : std::uint8_t { Ask, Given };

struct ApplyOptions {
  AdminAccess access;
  std::string file, note;
  Consent consent = Consent::Ask;
  bool dry_run = false;  // stops after the difference
  Output output = Output::Text;
};
// Checks the document, shows what it changes, asks, and stores it unless somebody stored something else meanwhile. kProblems for a document with errors, kFailed for
// a no, or when nobody can be asked.
int config_apply(const ApplyOptions& options);
// The same with a document that is no file. `label`: names it in problems.
int apply_text(const ApplyOptions& options, const std::string& text, const std::string& label);

enum class DocumentForm : std::uint8_t { Yaml, Json };
struct ConfigExportOptions {
  AdminAccess access;
  std::string file;      // empty or "-": standard output; else made with mode 0600, whole or not at all
  std::uint64_t revision = 0;
  DocumentForm form = DocumentForm::Yaml;
};
// Secrets are hints, which mean "unchanged" when the document is stored here again and nothing anywhere else.
int config_export(const ConfigExportOptions& options);

struct ImportOptions {
  AdminAccess access;
  std::string file;            // "-": standard input
  std::string from = "auto";   // or a name of import::Dialect
  std::string output;          // a file for the document; empty: standard output, unless `apply`
  bool apply = false, overwrite = false, strict = false, verbose = false;
  Consent consent = Consent::Ask;
  Output form = Output::Text;
};
// The document goes to `output`, the report to stderr (with -o json, or an `output`, to stdout). JSON: that of import/report.hpp, and the document as "yaml" if it
// goes nowhere else. kOk; kUsage for a file that cannot be read or is of no known gateway; kFailed with `strict` when something was not taken.
int config_import(const ImportOptions& options);

}  // namespace smartroute::cli
