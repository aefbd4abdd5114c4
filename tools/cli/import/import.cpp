#include "tools/cli/import/import.hpp"

#include "contract/config/document.hpp"
#include "tools/cli/import/draft.hpp"
#include "tools/cli/import/litellm.hpp"
#include "tools/cli/import/python_gateway.hpp"
#include "tools/cli/import/repair.hpp"
#include "tools/cli/import/source.hpp"

namespace smartroute::import {
namespace {

config::Document read(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto begin = text.find_first_not_of(" \t\r\n");
  const bool json = begin != std::string_view::npos && text[begin] == '{';
  // JSON is strict; a file that only looks like it may be YAML's flow form.
  auto document = json ? config::read_json(text) : config::read_yaml(text);
  if (json && document.root.kind == config::NodeKind::Null) {
    if (auto other = config::read_yaml(text); other.root.kind == config::NodeKind::Map) return other;
  }
  return document;
}

std::optional<Dialect> recognise(const config::Node& root) {
  if (LiteLlm::looks_like(root)) return Dialect::LiteLlm;
  if (PythonGateway::looks_like(root)) return Dialect::SmartRoutePython;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Dialect dialect) noexcept { return dialect == Dialect::LiteLlm ? "litellm" : "smartroute-python"; }

std::optional<Dialect> dialect_of(std::string_view name) noexcept {
  if (name == name_of(Dialect::LiteLlm)) return Dialect::LiteLlm;
  if (name == name_of(Dialect::SmartRoutePython)) return Dialect::SmartRoutePython;
  return std::nullopt;
}

Result<Import> import_config(std::string_view text, std::optional<Dialect> dialect) {
  auto document = read(text);
  if (document.root.kind != config::NodeKind::Map) {
    const std::string why = document.problems.empty() ? "it holds no settings" : config::to_string(document.problems.front());
    return fail(ErrorKind::Invalid, "cannot be read as YAML or JSON: " + why);
  }
  if (!dialect) dialect = recognise(document.root);
  if (!dialect)
    return fail(ErrorKind::Invalid, "is no configuration of a gateway that can be imported: neither LiteLLM's (model_list) nor the Python gateway's (t1_models, or models.t1)");
  Import into;
  into.dialect = *dialect;
  for (const auto& problem : document.problems) into.notes.push_back("Left out while reading: " + config::to_string(problem) + ".");
  Source source(std::move(document.root));
  Draft out;
  if (*dialect == Dialect::LiteLlm) {
    LiteLlm(source, out, into).read();
  } else {
    PythonGateway(source, out, into).read();
  }
  if (auto written = write_valid(out, source, into); !written) return fail(written.error());
  source.give(into);
  return into;
}

}  // namespace smartroute::import
