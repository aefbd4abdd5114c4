// Secrets of configurations that are only tried out.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "contract/config/decode.hpp"

namespace smartroute::config {

// Every secret can be had: for a preview on a machine that has no reason to hold them. A text of its own for each reference, so that two
// of them are no duplicates.
inline SecretSource placeholder_secrets() {
  const auto had = [](const std::string& name) {
    std::string text = "placeholder-for-" + name;
    for (char& c : text)
      if (c <= ' ' || c >= 127) c = '_';
    return std::optional<std::string>(std::move(text));
  };
  SecretSource source;
  source.environment = had;
  source.file = had;
  return source;
}

// Nothing can be had: for a configuration whose references were replaced by their values already.
inline SecretSource no_secrets() {
  const auto none = [](const std::string&) { return std::optional<std::string>(); };
  SecretSource source;
  source.environment = none;
  source.file = none;
  return source;
}

}  // namespace smartroute::config
