#include "tools/router_lab/dataset.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace smartroute::router_lab {
namespace {

auto wrong(const std::string& path, std::size_t line, const std::string& what) {
  return fail(ErrorKind::Invalid, path + ":" + std::to_string(line) + ": " + what);
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
  }
  return out;
}

// What is wrong with the line, or nothing.
std::optional<std::string> read_json(const std::string& line, Labels labels, Prompt& prompt) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return "not a JSON object";
  const auto text_of = [&json](const char* name) {
    const auto found = json.find(name);
    if (found == json.end() || found->is_null()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  if (const auto text = json.find("text"); text == json.end() || !text->is_string()) return "no \"text\"";
  prompt.text = text_of("text");
  prompt.id = text_of("id");
  prompt.lang = text_of("lang");
  prompt.kind = text_of("kind");
  prompt.source = text_of("source");
  const std::string tier = text_of("tier");
  if (tier.empty()) return labels == Labels::Required ? std::optional<std::string>("no \"tier\"") : std::nullopt;
  prompt.tier = tier_of(tier);
  if (!prompt.tier) return "\"tier\" is \"" + tier + "\", not T1, T2 or T3";
  return std::nullopt;
}

std::optional<std::string> read_tabbed(const std::string& line, Labels labels, Prompt& prompt) {
  std::array<std::string_view, 4> field;
  std::string_view rest = line;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const std::size_t tab = rest.find('\t');
    if ((tab == std::string_view::npos) != (i + 1 == field.size())) return "not four fields with tabs between";
    field[i] = rest.substr(0, tab);
    if (tab != std::string_view::npos) rest.remove_prefix(tab + 1);
  }
  prompt.tier = tier_of(field[0]);
  if (!prompt.tier && (labels == Labels::Required || !field[0].empty()))
    return "tier is \"" + std::string(field[0]) + "\", not T1, T2 or T3";
  prompt.lang = field[1];
  prompt.kind = field[2];
  prompt.text = unescape(field[3]);
  return std::nullopt;
}

}  // namespace

std::optional<config::TierName> tier_of(std::string_view name) noexcept {
  if (name == "T1") return config::TierName::T1;
  if (name == "T2") return config::TierName::T2;
  if (name == "T3") return config::TierName::T3;
  return std::nullopt;
}

Result<void> read_prompts(const std::string& path, Labels labels, std::vector<Prompt>& to) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) return fail(ErrorKind::Invalid, path + ": cannot be read");
  const std::filesystem::path name(path);
  const bool tabbed = name.extension() == ".tsv";
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    Prompt prompt;
    const auto problem = tabbed ? read_tabbed(line, labels, prompt) : read_json(line, labels, prompt);
    if (problem) return wrong(path, number, *problem);
    if (prompt.id.empty()) prompt.id = "line " + std::to_string(number);
    if (prompt.source.empty()) prompt.source = name.stem().string();
    to.push_back(std::move(prompt));
  }
  return {};
}

std::string family_of(std::string_view source) {
  struct Rule {
    std::string_view part, family;
  };
  static constexpr std::array kRules = {
      Rule{"gaokao", "gaokao"},        Rule{"GAOKAO", "gaokao"},       Rule{"lsat", "lsat"},
      Rule{"aqua", "english math"},    Rule{"sat-math", "english math"}, Rule{"MATH", "english math"},
      Rule{"college_math", "english math"}, Rule{"KdConv", "kdconv"},  Rule{"P3 ", "p3"},
      Rule{"clinc", "clinc"},          Rule{"own templates", "templates"}, Rule{"cmrc", "cmrc"},
      Rule{"authored en_", "authored "}, Rule{"authored zh_", "authored "},
  };
  for (const Rule& rule : kRules)
    if (const auto at = source.find(rule.part); at != std::string_view::npos) {
      std::string family(rule.family);
      if (family.back() == ' ') family += source.substr(at + rule.part.size());  // one author wrote both languages
      return family;
    }
  return std::string(source);
}

}  // namespace smartroute::router_lab
