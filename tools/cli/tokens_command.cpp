#include "tools/cli/tokens_command.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
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

void print_count(const tokens::TokenizerChoice& choice, std::string_view text, Output output) {
  const unsigned long long count = tokens_of(choice, text);
  if (output == Output::Json)
    std::printf("%s\n", nlohmann::ordered_json{{"tokens", count}, {"encoding", tokens::name_of(choice.encoding)}, {"exact", choice.exact}}.dump().c_str());
  else
    std::printf("%llu\n", count);
}

// Of a folder, for instance, a stream learns only when it is read.
int unreadable(const std::string& name) { return misused("cannot read " + name + ": " + std::strerror(errno)); }

std::string name_of_input(const TokensOptions& options) { return options.file.empty() || options.file == "-" ? "standard input" : options.file; }

int count_lines(const tokens::TokenizerChoice& choice, std::istream& in, const std::string& name, Output output) {
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const auto text = nlohmann::json::parse(line, nullptr, false);
    if (!text.is_string()) return misused(name + ", line " + std::to_string(number) + ": not a JSON string; write each text in one line, in quotes");
    print_count(choice, text.get_ref<const std::string&>(), output);
  }
  return in.bad() ? unreadable(name) : kOk;
}

int count_text(const tokens::TokenizerChoice& choice, std::istream& in, const std::string& name, Output output) {
  std::string text;
  std::array<char, 64 * 1024> piece;
  while (in.read(piece.data(), piece.size()), in.gcount() > 0) text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return unreadable(name);
  print_count(choice, text, output);
  return kOk;
}

}  // namespace

int count_tokens(const TokensOptions& options) {
  if (options.encoding.empty() && options.model.empty()) return misused("tokens needs an encoding or a model; say -e o200k_base, or -m gpt-4o");
  const auto choice = choose(options);
  if (!choice) return misused("no encoding is called " + options.encoding + "; there are " + names_of_encodings());
  std::ifstream file;
  const std::string name = name_of_input(options);
  if (name == options.file) {
    file.open(name, std::ios::binary);
    if (!file) return unreadable(name);
  }
  std::istream& in = file.is_open() ? file : std::cin;
  return options.input == TokensOptions::Input::JsonLines ? count_lines(*choice, in, name, options.output) : count_text(*choice, in, name, options.output);
}

}  // namespace smartroute::cli
