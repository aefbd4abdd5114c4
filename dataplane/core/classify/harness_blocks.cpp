#include "dataplane/core/classify/harness_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace smartroute::classify {
namespace {

enum class Holds : std::uint8_t {
  Context,    // goes with all it holds
  TheAsk,     // the person's own words: if there are any, nothing else counts
  SomeOfAsk,  // the person's words beside others: only the tags go
};

struct Tag {
  std::string_view name;
  Holds holds;
};

// By harness. Case matters, as it does to them.
constexpr std::array kTags{
    // Claude Code
    Tag{"system-reminder", Holds::Context},
    Tag{"local-command-stdout", Holds::Context},
    Tag{"local-command-stderr", Holds::Context},
    Tag{"local-command-caveat", Holds::Context},
    Tag{"command-message", Holds::Context},
    Tag{"ide_opened_file", Holds::Context},
    Tag{"ide_selection", Holds::Context},
    Tag{"ide_diagnostics", Holds::Context},
    // Codex
    Tag{"environment_context", Holds::Context},
    Tag{"user_instructions", Holds::Context},
    Tag{"permissions instructions", Holds::Context},
    Tag{"INSTRUCTIONS", Holds::Context},
    // Cline, Roo
    Tag{"environment_details", Holds::Context},
    Tag{"file_content", Holds::Context},
    Tag{"task", Holds::SomeOfAsk},
    Tag{"feedback", Holds::SomeOfAsk},
    Tag{"user_message", Holds::SomeOfAsk},
    // Cursor
    Tag{"additional_data", Holds::Context},
    Tag{"open_and_recently_viewed_files", Holds::Context},
    Tag{"attached_files", Holds::Context},
    Tag{"user_info", Holds::Context},
    Tag{"project_layout", Holds::Context},
    Tag{"user_query", Holds::TheAsk},
    // Copilot
    Tag{"environment_info", Holds::Context},
    Tag{"workspace_info", Holds::Context},
    Tag{"editorContext", Holds::Context},
    Tag{"reminderInstructions", Holds::Context},
    Tag{"reminder", Holds::Context},
    Tag{"attachments", Holds::Context},
    Tag{"userRequest", Holds::TheAsk},
    // several
    Tag{"tool_result", Holds::Context},
    Tag{"function_results", Holds::Context},
};

constexpr std::string_view kAgentsFile = "# AGENTS.md instructions for";  // Codex's heading over INSTRUCTIONS

// By the first character of a name: most of what follows a '<' is no tag, and a text can be nothing but '<'.
constexpr std::array<bool, 256> kBeginsName = [] {
  std::array<bool, 256> begins{};
  for (const Tag& tag : kTags) begins[static_cast<unsigned char>(tag.name[0])] = true;
  return begins;
}();

// The tag that opens at `text[at]` ('<'), and how long its opening is: "<task>", "<file_content path=...>".
const Tag* tag_at(std::string_view text, std::size_t at, std::size_t& length) {
  constexpr std::size_t kMaxAttributes = 512;
  if (at + 1 >= text.size() || !kBeginsName[static_cast<unsigned char>(text[at + 1])]) return nullptr;
  for (const Tag& tag : kTags) {
    if (tag.name[0] != text[at + 1] || text.compare(at + 1, tag.name.size(), tag.name) != 0) continue;
    const std::size_t after = at + 1 + tag.name.size();
    if (after >= text.size()) return nullptr;
    if (text[after] != '>' && text[after] != ' ') continue;
    const std::size_t close = text.substr(0, after + kMaxAttributes).find('>', after);
    if (close == std::string_view::npos) return nullptr;
    length = close + 1 - at;
    return &tag;
  }
  return nullptr;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// Finds where blocks close. A name that closes nowhere behind some point is not looked for again, so many unclosed ones cost no
// more than one.
class Closers {
 public:
  explicit Closers(std::string_view text) : text_(text) {}

  std::size_t find(const Tag& tag, std::size_t from) {
    bool& gone = gone_[static_cast<std::size_t>(&tag - kTags.data())];
    if (gone) return std::string_view::npos;
    closer_.assign("</").append(tag.name).append(">");
    const std::size_t at = text_.find(closer_, from);
    gone = at == std::string_view::npos;
    return at;
  }

 private:
  std::string_view text_;
  std::string closer_;
  std::array<bool, kTags.size()> gone_{};
};

}  // namespace

void strip_harness_blocks(std::string& text) {
  if (text.find('<') == std::string::npos) return;
  const std::string_view in = text;
  Closers closers(in);
  std::string kept, asked;
  bool stripped = false;
  std::size_t copied = 0;
  for (std::size_t at = in.find('<'); at != std::string_view::npos; at = in.find('<', at)) {
    std::size_t opening = 0;
    const Tag* tag = tag_at(in, at, opening);
    const std::size_t close = tag == nullptr ? std::string_view::npos : closers.find(*tag, at + opening);
    if (close == std::string_view::npos) {
      ++at;
      continue;
    }
    const std::string_view inside = in.substr(at + opening, close - at - opening);
    kept += in.substr(copied, at - copied);
    if (tag->holds == Holds::SomeOfAsk) kept.append(trimmed(inside)).append("\n");
    if (tag->holds == Holds::TheAsk && !trimmed(inside).empty()) asked.append(trimmed(inside)).append("\n");
    at = copied = close + tag->name.size() + 3;
    stripped = true;
  }
  if (!stripped) return;
  kept += in.substr(copied);
  std::string_view rest = trimmed(asked.empty() ? kept : asked);
  if (asked.empty() && rest.substr(0, kAgentsFile.size()) == kAgentsFile)
    rest = trimmed(rest.substr(std::min(rest.size(), rest.find('\n'))));
  text.assign(rest);
}

}  // namespace smartroute::classify
