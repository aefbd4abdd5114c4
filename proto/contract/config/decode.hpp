// Document -> message -> model. Every function collects all problems instead of stopping at the first.
#pragma once
#include <functional>
#include <memory>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"
#include "contract/config/problem.hpp"

namespace smartroute::v1 {
class Config;
}

namespace smartroute::config {

// Where each field stood in the text: "tiers.t1.models[2]" -> line, from 1.
using SourceMap = std::map<std::string, int, std::less<>>;

enum class Format { Yaml, Json };

// Text limits: 4 MiB, depth 64, 100,000 nodes after aliases. Beyond them: one problem, no work. At most kMaxErrors errors
// and kMaxWarnings warnings (report.hpp) are listed, the rest is counted in one more problem.
struct DocumentResult {
  std::unique_ptr<v1::Config> message;   // never null; what could be read
  SourceMap lines;
  Problems problems;                     // unknown fields with the nearest name, wrong types and units, duplicates, syntax
};

// Reads a YAML or JSON document. `file` only labels the problems. Unset format: JSON if the first non-blank byte is '{'.
DocumentResult decode_document(std::string_view text, std::string_view file, std::optional<Format> format = {});

// Looks a secret reference up. `${NAME}` (also `os.environ/NAME`, `env.NAME`) and `file:/path` are passed without their
// dressing; nullopt or empty: not to be had.
struct SecretSource {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<std::optional<std::string>(const std::string& path)> file;
};
// The process environment, without the gateway's own secrets, and the file system (a trailing newline is dropped, 64 KiB at most).
SecretSource system_secrets();

// Message -> model with defaults. References are resolved through `secrets`; one that is not to be had is a warning and
// sets api_key_missing. Problems here are only about form (durations, enums); meaning is validate()'s. A gateway key that
// is not to be had stays in the list as an empty one, which validate() refuses: left out, it could leave the gateway open.
// A hint ("…abcd") is no value. Timeouts that are not set are cut to fit those that are.
struct DecodeResult {
  Config config;
  Problems problems;
};
DecodeResult decode(const v1::Config& message, const SecretSource& secrets);

// The message with every reference replaced by its value, for data planes, which have no access to the control plane's environment.
v1::Config resolve_secrets(const v1::Config& message, const SecretSource& secrets, Problems& warnings);

// The message with every secret replaced by its hint, for API answers.
v1::Config redact(const v1::Config& message);

// Writes the form people edit: YAML with the proto's names, durations as "5s", defaults left out, keys in schema order.
// References and hints are written as they are; a literal secret is written as its hint, which is no value.
std::string encode_yaml(const v1::Config& message);
// The same tree as JSON, two spaces a level.
std::string encode_json(const v1::Config& message);

// The message with every default written out, as decode() understands it. What has no default stays as it was: names, secrets, what
// a model can do and costs, the judge.
v1::Config with_defaults(const v1::Config& message);
// with_defaults() as encode_json() writes it, and empty lists, mappings and texts too. decode() makes the same of it as of the message.
std::string encode_effective_json(const v1::Config& message);

// SHA-256 of the deterministic serialisation, first 16 bytes, hex. Equal text of config means equal fingerprint on every plane.
std::string fingerprint(const v1::Config& message);

// Fills file and line of problems from the source map: the longest known prefix of a path gives the line.
void attach_lines(Problems& problems, const SourceMap& lines, std::string_view file);

}  // namespace smartroute::config
