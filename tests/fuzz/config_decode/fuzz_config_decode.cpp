// Any bytes as a configuration document: reading, decoding, validating and writing must end, and
// what was read without a problem must read the same after it was written, in both forms.
#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "contract/config/check.hpp"
#include "contract/config/decode.hpp"
#include "smartroute/v1/config.pb.h"

namespace {

using namespace smartroute;

void require(bool holds, const char* what, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

// Literal secrets are written as hints only, so messages are compared as an API would show them.
void require_same(const v1::Config& message, const std::string& text, config::Format format) {
  const auto back = config::decode_document(text, "written", format);
  for (const auto& problem : back.problems)
    require(problem.severity == config::Severity::Warning, "what was written has a problem",
            config::to_string(problem) + "\n" + text);
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  require(differencer.Compare(config::redact(message), config::redact(*back.message)),
          "what was written reads differently", difference + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = config::decode_document(text, "fuzz");
  require(document.message != nullptr, "no message");
  config::SecretSource secrets;
  secrets.environment = [](const std::string&) {
    return std::optional<std::string>("value-of-a-variable");
  };
  const auto checked = config::check_document(text, "fuzz", secrets);
  for (const auto& problem : checked.problems)
    require(!config::to_string(problem).empty(), "an empty problem");
  require(config::fingerprint(*document.message).size() == 32, "a short fingerprint");
  const std::string yaml = config::encode_yaml(*document.message);
  if (config::has_errors(document.problems)) return 0;
  require_same(*document.message, yaml, config::Format::Yaml);
  require_same(*document.message, config::encode_json(*document.message), config::Format::Json);
  return 0;
}
