#include "tools/cli/tokens_command.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "dataplane/core/tokens/counter.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

int misused(const std::string& what) {
  std::fprintf(stderr, "smartroute: %s\n", what.c_str());
  return kUsage;
}

std::optional<tokens::TokenizerChoice> choose(const TokensOptions& options) {
  if (options.encoding.empty()) {
    const auto choice = tokens::tokenizer_of(options.model);
    if (!choice.exact)
      std::fprintf(stderr, "smartroute: an estimate: %s has a tokenizer of its own (%s), counted as %s times %.2f\n", options.model.c_str(),
                   std::string(choice.family).c_str(), std::string(tokens::name_of(choice.encoding)).c_str(), choice.factor);
    return choice;
  }
  const auto encoding = tokens::encoding_named(options.encoding);
  if (!encoding) return std::nullopt;
  tokens::TokenizerChoice choice;
  choice.encoding = *encoding;
  choice.exact = true;
  return choice;
}

std::string names_of_encodings() {
  std::string names;
  for (int i = 0; i < static_cast<int>(tokens::Encoding::kCount); ++i)
    names += (i == 0 ? "" : ", ") + std::string(tokens::name_of(static_cast<tokens::Encoding>(i)));
  return names;
}

unsigned long long tokens_of(const tokens::TokenizerChoice& choice, std::string_view text) {
  const auto count = tokens::count(choice.encoding, text);
  return choice.exact ? count : static_cast<unsigned long long>(std::llround(static_cast<double>(count) * choice.factor));
}

int count_lines(const tokens::TokenizerChoice& choice, std::istream& in) {
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const auto text = nlohmann::json::parse(line, nullptr, false);
    if (!text.is_string()) return misused("line " + std::to_string(number) + " is not a JSON string");
    std::printf("%llu\n", tokens_of(choice, text.get_ref<const std::string&>()));
  }
  return kOk;
}

}  // namespace

int count_tokens(const TokensOptions& options) {
  if (options.encoding.empty() && options.model.empty()) return misused("tokens needs an encoding or a model");
  const auto choice = choose(options);
  if (!choice) return misused("no encoding is called " + options.encoding + "; there are " + names_of_encodings());
  std::ifstream file;
  if (!options.file.empty() && options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) return misused("cannot read " + options.file);
  }
  std::istream& in = file.is_open() ? file : std::cin;
  if (options.input == TokensOptions::Input::JsonLines) return count_lines(*choice, in);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return misused("cannot read " + options.file);
  std::printf("%llu\n", tokens_of(*choice, text));
  return kOk;
}

}  // namespace smartroute::cli
