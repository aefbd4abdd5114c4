// `smartroute completion` and `smartroute man`: made from the tree of verbs, so they cannot say anything else than --help does. Pure but for the printing.
#pragma once
#include <string>

#include "tools/cli/command_shape.hpp"

namespace smartroute::cli {

// Scripts to be sourced. Verbs, flags and values that are one of a few are completed; elsewhere files are. zsh and fish show what each means.
std::string bash_completion(const CommandShape& program);
std::string zsh_completion(const CommandShape& program);
std::string fish_completion(const CommandShape& program);

// Section 1, for man(1).
std::string man_page(const CommandShape& program);

}  // namespace smartroute::cli
