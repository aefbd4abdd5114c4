// Everything that can be said about a document in one call: what a command line prints and a
// control plane answers.
#pragma once
#include <memory>
#include <string_view>

#include "contract/config/decode.hpp"
#include "contract/config/model.hpp"
#include "contract/config/problem.hpp"

namespace smartroute::config {

struct Checked {
  std::unique_ptr<v1::Config> message;  // never null; as written, secrets unresolved
  Config config;      // with defaults and resolved secrets; use it only if !has_errors(problems)
  Problems problems;  // of reading, decoding and validating, in the order of the text, with lines
};

// decode_document, decode and validate. A field that could not be read is not complained about
// again for being empty.
Checked check_document(std::string_view text, std::string_view file, const SecretSource& secrets,
                       std::optional<Format> format = {});

// decode and validate, in schema order.
Problems check_message(const v1::Config& message, const SecretSource& secrets);

}  // namespace smartroute::config
