// Prompts with their tiers, read from files. Two formats, told apart by the file name:
//   .jsonl  an object a line: "text", and if known "id", "tier" (T1, T2, T3), "lang", "kind", "source"
//   .tsv    tier<TAB>lang<TAB>kind<TAB>text, with \n, \t, \r and \\ in the text; the source is the file's name
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"

namespace smartroute::router_lab {

struct Prompt {
  std::string id;  // "line N" where the file has none
  std::string text;
  std::optional<config::TierName> tier;
  std::string lang, kind, source;
};

enum class Labels { Required, Optional };

// Appends the prompts of a file. Errors: Invalid, naming the file and the line. Empty lines are skipped.
Result<void> read_prompts(const std::string& path, Labels labels, std::vector<Prompt>& to);

std::optional<config::TierName> tier_of(std::string_view name) noexcept;

// Sources that share an origin or an author are one family: what is learned from one helps with another, so an
// honest test holds out all of them at once.
std::string family_of(std::string_view source);

}  // namespace smartroute::router_lab
