#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/load_generator/options.hpp"

namespace smartroute::load_generator {
namespace {

using Json = nlohmann::ordered_json;

// Plain words that no routing keyword is likely to hold; each sentence differs, as in a real
// conversation.
std::string prose(std::size_t bytes) {
  constexpr const char* kWords[] = {
      "the",   "letter", "came", "late",   "on",    "a",      "grey", "morning",
      "and",   "nobody", "in",   "house",  "had",   "asked",  "for",  "it",
      "while", "rain",   "fell", "over",   "old",   "garden", "wall", "with",
      "some",  "apples", "left", "behind", "under", "one",    "tall", "tree"};
  std::string out;
  std::uint64_t state = 42;
  for (int n = 0; out.size() < bytes; ++n) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    out += kWords[(state >> 33) % std::size(kWords)];
    out += n % 11 == 10 ? ".\n" : " ";
  }
  out.resize(bytes);
  return out;
}

std::string chat_body(const Options& options) {
  const std::size_t size = options.prompt == "16k" ? 16 * 1024 : 1024;
  const std::string directive = options.mock.empty() ? "" : " [[mock: " + options.mock + "]]";
  const auto with = [&](const std::string& text) {
    Json body = {{"model", options.model}};
    if (options.stream) body["stream"] = true;
    if (options.stream && options.include_usage) body["stream_options"] = {{"include_usage", true}};
    body["temperature"] = 0.7;
    body["messages"] =
        Json::array({{{"role", "system"}, {"content", "You are a helpful assistant."}},
                     {{"role", "user"}, {"content", text + directive}}});
    return body.dump();
  };
  const std::size_t frame = with("").size();
  // Line feeds become two bytes in JSON, so the first guess is a little too long.
  std::string text = prose(size > frame ? size - frame : 16);
  std::string body = with(text);
  if (body.size() > size && text.size() > body.size() - size) {
    text.resize(text.size() - (body.size() - size));
    body = with(text);
  }
  return body;
}

}  // namespace

Result<std::string> build_request(const Options& options, const Target& target) {
  std::string body;
  if (options.body_file.empty()) {
    body = chat_body(options);
  } else {
    std::ifstream file(options.body_file, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::Invalid, options.body_file + ": cannot be read");
    body = text.str();
  }
  std::string out =
      fmt::format("POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\n",
                  target.path, target.host, target.port);
  for (const std::string& header : options.headers) {
    if (header.find(':') == std::string::npos)
      return fail(ErrorKind::Invalid, "--header: must be \"name: value\"");
    out += header + "\r\n";
  }
  out += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  return out + body;
}

}  // namespace smartroute::load_generator
