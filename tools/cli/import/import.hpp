// Configurations of other gateways, read into ours. Pure: nothing is opened, no environment is looked at, no text is run.
//
//   smartroute-python   config.json of the Python gateway of this name: flat (t1_models, upstream_base_url, ...) and nested (models.t1,
//                       providers.upstream, ...), names or objects in the lists
//   litellm             config.yaml of LiteLLM's proxy
//
// Nothing is lost silently: every value of the input is listed once, as taken exactly, approximately (and how) or not at all (and why). The document
// that comes out has no errors by our own validator: a value that it refuses is left out and listed with its words.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::import {

enum class Dialect : std::uint8_t { SmartRoutePython, LiteLlm };
std::string_view name_of(Dialect dialect) noexcept;            // "smartroute-python", "litellm"
std::optional<Dialect> dialect_of(std::string_view name) noexcept;

enum class Taken : std::uint8_t { Exactly, Approximately, NotAtAll };

struct Finding {
  std::string path;   // of the input: model_list[0].litellm_params.model
  std::string value;  // shortened; a secret shows as "(hidden)"
  std::string why;    // how approximately, or why not; empty for what was taken exactly
  int line = 0;       // from 1
};

// What stands in our document although the input does not say it.
struct Addition {
  std::string path;   // of our document
  std::string value;
  std::string why;
};

struct Import {
  Dialect dialect = Dialect::SmartRoutePython;
  std::string form;   // which variant of it, for people
  std::string yaml;   // our document. Holds the secrets that the input holds
  std::vector<Finding> exactly, approximately, not_at_all;  // in the order of the input
  std::vector<Addition> added;
  std::vector<std::string> notes;                           // sentences about the whole
};

// `dialect`: unset, to find out. Errors, Invalid: the text is no YAML or JSON, is beyond the limits of documents (document.hpp), or is of no known
// gateway; a sentence that says which.
Result<Import> import_config(std::string_view text, std::optional<Dialect> dialect = {});

}  // namespace smartroute::import
