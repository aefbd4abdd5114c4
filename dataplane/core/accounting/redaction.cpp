#include "dataplane/core/accounting/redaction.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "contract/base/json_quote.hpp"
#include "dataplane/core/accounting/json_escapes.hpp"
#include "dataplane/core/accounting/secret_spellings.hpp"

namespace smartroute::accounting {
namespace {

constexpr std::int64_t kPatternMemory = 1024 * 1024;   // of each pattern's automaton
constexpr std::int64_t kSetMemory = 8 * 1024 * 1024;

using Found = KeyScanner::Found;

RE2::Options options_of(std::int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

bool looks_like_json(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

void replace(std::string_view text, const std::vector<Found>& places, std::string& out) {
  out.clear();
  std::size_t copied = 0;
  for (const Found& found : places) {
    out.append(text.substr(copied, found.begin - copied));
    if (found.bare_number) out += '"';
    out.append(kRedacted);
    if (found.bare_number) out += '"';
    copied = found.end;
  }
  out.append(text.substr(copied));
}

KeyScanner scanner_of(const std::vector<std::string_view>& secrets) {
  std::vector<std::string> spelled;
  for (std::size_t i = 0; i < std::min(secrets.size(), Redactor::kMaxSpelled); ++i) append_spellings(secrets[i], KeyScanner::kMinSecretBytes, spelled);
  for (std::size_t i = Redactor::kMaxSpelled; i < secrets.size(); ++i) {
    std::string escaped;
    append_json_escaped(escaped, secrets[i]);
    if (escaped.size() != secrets[i].size()) spelled.push_back(std::move(escaped));
  }
  std::vector<std::string_view> all(secrets);
  all.insert(all.end(), spelled.begin(), spelled.end());
  return KeyScanner(all);
}

// Walks the strings of a JSON text, also of one that is cut.
class Strings {
 public:
  struct Value {
    std::size_t begin, end;   // inside the quotes
    bool is_name, escaped;
  };
  explicit Strings(std::string_view text) : text_(text) {}

  std::optional<Value> next() {
    if (broken_) return std::nullopt;
    const std::size_t quote = std::min(text_.find('"', at_), text_.size());
    if (text_.substr(at_, quote - at_).find_first_not_of(" \t\r\n{}[],:0123456789+-.eEtruefalsn") != std::string_view::npos) {
      broken_ = true;
      return std::nullopt;
    }
    if (quote == text_.size()) return std::nullopt;
    Value value{quote + 1, quote + 1, false, false};
    while (value.end < text_.size() && text_[value.end] != '"') {
      if (text_[value.end] == '\\') {
        value.escaped = true;
        ++value.end;
      }
      ++value.end;
    }
    value.end = std::min(value.end, text_.size());
    at_ = std::min(value.end + 1, text_.size());
    const std::size_t behind = text_.find_first_not_of(" \t\r\n", at_);
    value.is_name = behind != std::string_view::npos && text_[behind] == ':';
    return value;
  }
  // What stands between strings is not JSON's: the text is none.
  bool broken() const noexcept { return broken_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

// The values of those members of a request that name a provider of the client's own, which the gateway refuses (openai/chat_request.hpp): keys
// and URLs that hold them, whatever they look like.
void find_upstreams_of_clients(std::string_view text, std::vector<Found>& out) {
  constexpr std::string_view kNames[] = {"api_key", "api_base", "base_url"};
  if (std::none_of(std::begin(kNames), std::end(kNames), [text](std::string_view name) { return text.find(name) != std::string_view::npos; })) return;
  Strings strings(text);
  bool named = false;
  while (const auto value = strings.next()) {
    const std::string_view inside = text.substr(value->begin, value->end - value->begin);
    if (value->is_name) {
      named = std::find(std::begin(kNames), std::end(kNames), inside) != std::end(kNames);
      continue;
    }
    if (named && !inside.empty()) out.push_back({value->begin, value->end});
    named = false;
  }
}

}  // namespace

struct Redactor::Patterns {
  explicit Patterns(const std::vector<std::string>& patterns)
      : all(options_of(kSetMemory), RE2::UNANCHORED) {
    for (const std::string& text : patterns) {
      if (each.size() == kMaxPatterns) break;
      auto pattern = std::make_unique<RE2>(text, options_of(kPatternMemory));
      if (!pattern->ok() || all.Add(text, nullptr) < 0) continue;
      each.push_back(std::move(pattern));
    }
    compiled = all.Compile();
  }

  // Appends what any pattern matches in `text`, in order, without overlap.
  void find(std::string_view text, std::vector<Found>& out) const {
    const std::size_t first = out.size();
    for (const int i : those_in(text)) find(*each[static_cast<std::size_t>(i)], text, out);
    merge(first, out);
  }
  void find_in_json(std::string_view text, std::vector<Found>& out) const;

  // Most texts match none: that is said by one pass for all patterns.
  std::vector<int> those_in(std::string_view text) const {
    std::vector<int> which;
    RE2::Set::ErrorInfo error{};
    if (compiled && (all.Match(re2::StringPiece(text.data(), text.size()), &which, &error) ||
                     error.kind == RE2::Set::kNoError))
      return which;
    which.clear();
    for (std::size_t i = 0; i < each.size(); ++i) which.push_back(static_cast<int>(i));
    return which;
  }

  static void find(const RE2& pattern, std::string_view text, std::vector<Found>& out) {
    const re2::StringPiece whole(text.data(), text.size());
    re2::StringPiece match;
    std::size_t at = 0;
    for (std::size_t matches = 0; at <= text.size(); ++matches) {
      if (matches == kMaxMatches) {
        out.push_back({at, text.size()});
        return;
      }
      if (!pattern.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1)) return;
      const auto begin = static_cast<std::size_t>(match.data() - text.data());
      at = begin + match.size();
      if (match.empty()) {
        ++at;
      } else {
        out.push_back({begin, at});
      }
    }
  }

  static void merge(std::size_t first, std::vector<Found>& out) {
    const auto from = out.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(from, out.end(), [](const Found& a, const Found& b) { return a.begin < b.begin; });
    std::size_t kept = first;
    for (std::size_t i = first; i < out.size(); ++i) {
      if (out[i].begin >= out[i].end) continue;
      if (kept > first && out[i].begin < out[kept - 1].end) {
        out[kept - 1].end = std::max(out[kept - 1].end, out[i].end);
      } else {
        out[kept++] = out[i];
      }
    }
    out.resize(kept);
  }

  std::vector<std::unique_ptr<RE2>> each;
  RE2::Set all;
  bool compiled = false;
};

void Redactor::Patterns::find_in_json(std::string_view text, std::vector<Found>& out) const {
  Strings strings(text);
  std::string plain;
  PlaceMap places;
  while (const auto value = strings.next()) {
    if (value->is_name || value->begin == value->end) continue;
    const std::string_view inside = text.substr(value->begin, value->end - value->begin);
    const std::size_t first = out.size();
    if (!value->escaped) {
      find(inside, out);
    } else {
      plain.clear();
      places.clear();
      unescape(inside, plain, places);
      find(plain, out);
    }
    for (std::size_t i = first; i < out.size(); ++i) {
      Found& found = out[i];
      if (value->escaped) found = {places.origin(found.begin), places.origin(found.end)};
      found.begin += value->begin;
      found.end += value->begin;
    }
  }
  if (!strings.broken()) return;
  out.clear();
  find(text, out);
}

Redactor::Redactor() = default;
Redactor::~Redactor() = default;

Redactor::Redactor(const std::vector<std::string_view>& secrets,
                   const std::vector<std::string>& patterns)
    : keys_(scanner_of(secrets)) {
  auto compiled = std::make_unique<Patterns>(patterns);
  if (!compiled->each.empty()) patterns_ = std::move(compiled);
}

bool Redactor::has_patterns() const noexcept { return patterns_ != nullptr; }

Redactor::Clean Redactor::clean(std::string_view text, TextKind kind, Scope scope, TextCuts cuts,
                                std::string& room) const {
  Clean out{text, 0};
  if (kind == TextKind::Json && !looks_like_json(text)) kind = TextKind::Plain;
  std::vector<Found> found;
  if (kind == TextKind::Json && may_hide_characters(text)) {
    std::string plain;
    PlaceMap places;
    reveal_characters(text, plain, places);
    keys_.find(plain, kind, cuts, found);
    for (Found& one : found) one = {places.origin(one.begin), places.origin(one.end), one.bare_number};
  } else {
    keys_.find(text, kind, cuts, found);
  }
  if (kind == TextKind::Json) {
    find_upstreams_of_clients(text, found);
    Patterns::merge(0, found);
  }
  if (!found.empty()) {
    replace(text, found, room);
    out = {room, found.size()};
  }
  if (patterns_ == nullptr || scope == Scope::Keys) return out;
  found.clear();
  if (kind == TextKind::Json) {
    patterns_->find_in_json(out.text, found);
  } else {
    patterns_->find(out.text, found);
  }
  if (found.empty()) return out;
  std::string second;
  replace(out.text, found, second);
  room.swap(second);
  return {room, out.taken_out + found.size()};
}

}  // namespace smartroute::accounting
