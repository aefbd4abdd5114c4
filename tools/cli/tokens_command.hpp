// `smartroute tokens`: how many tokens a text is, as the gateway counts them.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

struct TokensOptions {
  enum class Input : std::uint8_t {
    Text,       // all of it is one text
    JsonLines,  // a JSON string a line, each a text
  };
  std::string encoding;  // its name; empty: the one of `model`
  std::string model;     // may be empty if `encoding` is not
  std::string file;      // "-" or empty: standard input
  Input input = Input::Text;
  Output output = Output::Text;  // Json: {"tokens","encoding","exact"}, a line a text
};

// Prints a number, or one a line, and returns an exit code of up.hpp. Says on stderr when the model has a tokenizer of its own, so that the
// number is an estimate; it is scaled then, as the gateway's is before it has learned better.
int count_tokens(const TokensOptions& options);

}  // namespace smartroute::cli
