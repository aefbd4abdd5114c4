#include "dataplane/core/accounting/answer_assembler.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/tokens/counter.hpp"

namespace smartroute::accounting {
namespace {

using openai::JsonKind;
using openai::JsonScanner;
using openai::JsonString;
using openai::Span;

constexpr openai::ParseLimits kChunkLimits{.max_depth = 1024,
                                           .max_nodes = std::numeric_limits<std::size_t>::max(),
                                           .strictness = openai::Strictness::AsClients};
constexpr std::size_t kKeptBytes = 16 * 1024;         // of each piece of memory, between answers
constexpr std::uint32_t kMaxIndex = 4'096;            // of a choice or a tool call
constexpr std::size_t kMaxUsageBytes = 4 * 1024;
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

}  // namespace

// Texts that a model has made, and that are billed as such.
bool AnswerAssembler::is_counted(Field field) noexcept {
  return field <= Field::Refusal || field == Field::ToolName || field == Field::ToolArguments || field == Field::CallName ||
         field == Field::CallArguments || field == Field::AudioTranscript;
}

// One chunk: the parts it adds to.
class AnswerAssembler::Reader {
 public:
  struct Texts {
    std::size_t count = 0, last = 0;    // how many were not empty; the part of the last one
  };
  Reader(AnswerAssembler& to, std::string_view data, Texts& texts) : to_(to), data_(data), scan_(data, kChunkLimits, to.stack_), texts_(texts) {}

  void chunk() {
    members([this](std::string_view name) { top_member(name); });
  }

 private:
  std::string_view name_of(const JsonString& key) { return openai::short_name(scan_.text(key.span), key.escaped, to_.name_); }
  template <class Take>
  void members(Take take) {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) take(name_of(key));
  }
  void skip() {
    Span skipped;
    scan_.skip(skipped);
  }
  // A string's inside; nothing for other kinds of values.
  std::optional<std::string_view> inside() {
    if (scan_.peek() != JsonKind::String) {
      skip();
      return std::nullopt;
    }
    JsonString value;
    if (!scan_.string(value)) return std::nullopt;
    return openai::inside(data_, value.span);
  }
  std::uint32_t index() {
    Span value;
    if (scan_.peek() != JsonKind::Number) return skip(), 0;
    if (!scan_.skip(value)) return 0;
    const std::string_view text = scan_.text(value);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::min(number, kMaxIndex) : 0;
  }
  static void keep(std::string& to, std::string_view value, std::size_t most) {
    if (!value.empty() && value.size() <= most) to.assign(value);
  }

  void top_member(std::string_view name) {
    const JsonKind kind = scan_.peek();
    if (name == "choices" && kind == JsonKind::Array) return choices();
    if (name == "id" || name == "model" || name == "system_fingerprint" || name == "service_tier") {
      std::string& to = name == "id" ? to_.id_ : name == "model" ? to_.model_ : name == "service_tier" ? to_.tier_ : to_.fingerprint_;
      if (const auto value = inside()) keep(to, *value, kMaxNameBytes);
      return;
    }
    if ((name == "created" && kind == JsonKind::Number) || (name == "usage" && kind == JsonKind::Object)) {
      std::string& to = name == "usage" ? to_.usage_ : to_.created_;
      Span value;
      if (scan_.skip(value)) keep(to, scan_.text(value), kMaxUsageBytes);
      return;
    }
    skip();
  }

  void choices() {
    if (!scan_.open_array()) return;
    std::uint32_t position = 0;
    for (; scan_.next_element(); ++position) {
      if (scan_.peek() != JsonKind::Object) {
        skip();
        continue;
      }
      choice(position);
    }
  }

  // The object ahead begins with its index, as nearly all do.
  std::optional<std::uint32_t> leading_index() const {
    constexpr std::string_view kFront = "{\"index\":";
    std::string_view text = data_.substr(scan_.position());
    if (text.substr(0, kFront.size()) != kFront) return std::nullopt;
    text.remove_prefix(kFront.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || (*end != ',' && *end != '}')) return std::nullopt;
    return std::min(number, kMaxIndex);
  }

  // Else the choice is read once for it, and then for what it says.
  void choice(std::uint32_t position) {
    if (const auto number = leading_index())
      return members([this, number](std::string_view name) { choice_member(name, *number); });
    Span whole;
    if (!scan_.skip(whole)) return;
    const std::string_view text = scan_.text(whole);
    const std::uint32_t number = index_in(text).value_or(position);
    Reader inner(to_, text, texts_);
    inner.members([&inner, number](std::string_view name) { inner.choice_member(name, number); });
  }

  std::optional<std::uint32_t> index_in(std::string_view object) {
    Reader inner(to_, object, texts_);
    std::optional<std::uint32_t> found;
    inner.members([&inner, &found](std::string_view name) {
      if (name == "index" && !found)
        found = inner.index();
      else
        inner.skip();
    });
    return found;
  }

  void choice_member(std::string_view name, std::uint32_t choice) {
    const JsonKind kind = scan_.peek();
    if ((name == "delta" || name == "message") && kind == JsonKind::Object) {
      return members([this, choice](std::string_view member) { delta_member(member, choice); });
    }
    if (name == "finish_reason") {
      if (const auto value = inside(); value && !value->empty()) {
        to_.finish_reason_.assign(value->substr(0, kMaxNameBytes));
        if (Part* at = to_.part(Field::Finish, choice, 0)) to_.replace(*at, *value);
      }
      return;
    }
    if (name == "text") return add(Field::Content, choice, 0);            // of the older completions
    if (name == "usage" && kind == JsonKind::Object) {                    // Kimi's place for it
      Span value;
      if (scan_.skip(value) && to_.usage_.empty()) keep(to_.usage_, scan_.text(value), kMaxUsageBytes);
      return;
    }
    skip();
  }

  void delta_member(std::string_view name, std::uint32_t choice) {
    if (name == "content") return content(choice);
    if (name == "reasoning_content") return add(Field::ReasoningContent, choice, 0);
    if (name == "reasoning") return add(Field::Reasoning, choice, 0);
    if (name == "thinking") return add(Field::Thinking, choice, 0);
    if (name == "refusal") return add(Field::Refusal, choice, 0);
    if (name == "role") return set(Field::Role, choice, 0);
    if (name == "tool_calls" && scan_.peek() == JsonKind::Array) return tool_calls(choice);
    if (name == "function_call" && scan_.peek() == JsonKind::Object)
      return function(choice, 0, Field::CallName, Field::CallArguments);
    if (name == "audio" && scan_.peek() == JsonKind::Object) return audio(choice);
    skip();
  }

  // A string, or parts of which the texts count.
  void content(std::uint32_t choice) {
    if (scan_.peek() != JsonKind::Array) return add(Field::Content, choice, 0);
    scan_.open_array();
    while (scan_.next_element()) {
      if (scan_.peek() != JsonKind::Object) {
        skip();
        continue;
      }
      members([this, choice](std::string_view name) {
        if (name == "text")
          add(Field::Content, choice, 0);
        else
          skip();
      });
    }
  }

  void tool_calls(std::uint32_t choice) {
    scan_.open_array();
    std::uint32_t position = 0;
    for (; scan_.next_element(); ++position) {
      Span whole;
      const bool object = scan_.peek() == JsonKind::Object;
      if (const auto call = object ? leading_index() : std::nullopt) {
        members([this, choice, call](std::string_view name) { tool_member(name, choice, *call); });
        continue;
      }
      if (!scan_.skip(whole) || !object) continue;
      const std::string_view text = scan_.text(whole);
      const std::uint32_t call = index_in(text).value_or(position);
      Reader inner(to_, text, texts_);
      inner.members([&inner, choice, call](std::string_view name) { inner.tool_member(name, choice, call); });
    }
  }

  void tool_member(std::string_view name, std::uint32_t choice, std::uint32_t call) {
    if (name == "id") return set(Field::ToolId, choice, call);
    if (name == "type") return set(Field::ToolType, choice, call);
    if (name == "function" && scan_.peek() == JsonKind::Object)
      return function(choice, call, Field::ToolName, Field::ToolArguments);
    skip();
  }

  void function(std::uint32_t choice, std::uint32_t call, Field name, Field arguments) {
    members([&](std::string_view member) {
      if (member == "name")
        add(name, choice, call);
      else if (member == "arguments")
        add(arguments, choice, call);
      else
        skip();
    });
  }

  void audio(std::uint32_t choice) {
    members([this, choice](std::string_view member) {
      if (member == "id")
        set(Field::AudioId, choice, 0);
      else if (member == "transcript")
        add(Field::AudioTranscript, choice, 0);
      else
        skip();
    });
  }

  void add(Field field, std::uint32_t choice, std::uint32_t call) {
    const auto value = inside();
    if (!value) return;
    Part* const at = to_.part(field, choice, call);      // "" says that there is such a text
    if (at == nullptr || value->empty()) return;
    ++texts_.count;
    texts_.last = static_cast<std::size_t>(at - to_.parts_.data());
    to_.append(*at, *value);
  }
  void set(Field field, std::uint32_t choice, std::uint32_t call) {
    const auto value = inside();
    if (!value || value->empty()) return;
    if (Part* const at = to_.part(field, choice, call)) to_.replace(*at, *value);
  }

  AnswerAssembler& to_;
  std::string_view data_;
  JsonScanner scan_;
  Texts& texts_;
};

AnswerAssembler::AnswerAssembler() = default;
AnswerAssembler::~AnswerAssembler() = default;

void AnswerAssembler::begin(std::size_t max_bytes, tokens::Encoding encoding, Beyond beyond) {
  for (std::size_t i = 0; i < used_; ++i) {
    parts_[i].text.clear();
    parts_[i].counter.reset();
  }
  used_ = 0;
  last_ = kNowhere;
  bytes_ = unseen_bytes_ = 0;
  max_bytes_ = max_bytes;
  beyond_ = beyond;
  encoding_ = encoding;
  for (std::string* text : {&id_, &created_, &model_, &fingerprint_, &tier_, &usage_, &finish_reason_}) text->clear();
  begun_ = overflowed_ = lost_parts_ = false;
}

bool AnswerAssembler::event(std::string_view data, bool may_repeat) {
  begun_ = true;
  Reader::Texts texts;
  Reader(*this, data, texts).chunk();
  if (!may_repeat || texts.count != 1) return false;
  last_ = texts.last;
  return true;
}

void AnswerAssembler::text(std::string_view spelled) {
  if (last_ != kNowhere) append(parts_[last_], spelled);
}

AnswerAssembler::Part* AnswerAssembler::part(Field field, std::uint32_t choice, std::uint32_t call) {
  // The parts of an answer are few, and the latest is wanted most.
  for (std::size_t i = used_; i-- > 0;)
    if (parts_[i].field == field && parts_[i].choice == choice && parts_[i].call == call) return &parts_[i];
  if (used_ == kMaxParts) {
    lost_parts_ = true;
    return nullptr;
  }
  if (used_ == parts_.size()) parts_.emplace_back();
  Part& fresh = parts_[used_++];
  fresh.field = field;
  fresh.choice = choice;
  fresh.call = call;
  return &fresh;
}

void AnswerAssembler::append(Part& part, std::string_view spelled) {
  if (!overflowed_ && bytes_ + spelled.size() > max_bytes_) overflow();
  if (!overflowed_) {
    bytes_ += spelled.size();
    part.text.append(spelled);
    return;
  }
  if (beyond_ == Beyond::Weighed) {
    if (is_counted(part.field)) unseen_bytes_ += spelled.size();
    return;
  }
  if (!part.counter) part.counter = std::make_unique<tokens::StreamCounter>(encoding_);
  plain_.clear();
  (void)openai::append_unescaped(spelled, spelled.size(), plain_);
  part.counter->feed(plain_);
}

void AnswerAssembler::replace(Part& part, std::string_view spelled) {
  if (spelled.size() <= kMaxNameBytes) part.text.assign(spelled);
}

// From here on nothing more is kept. What was kept is counted once, so that the count is of the whole.
void AnswerAssembler::overflow() {
  overflowed_ = true;
  if (beyond_ == Beyond::Weighed) return;
  for (std::size_t i = 0; i < used_; ++i) {
    Part& part = parts_[i];
    if (!is_counted(part.field) || part.text.empty()) continue;
    part.counter = std::make_unique<tokens::StreamCounter>(encoding_);
    plain_.clear();
    (void)openai::append_unescaped(part.text, part.text.size(), plain_);
    part.counter->feed(plain_);
  }
}

std::optional<std::uint64_t> AnswerAssembler::streamed_tokens() const {
  if (!overflowed_ || beyond_ == Beyond::Weighed) return std::nullopt;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < used_; ++i)
    if (parts_[i].counter) total += parts_[i].counter->total();
  return total;
}

std::uint64_t AnswerAssembler::count_now() {
  if (const auto streamed = streamed_tokens()) return *streamed;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    if (!is_counted(parts_[i].field)) continue;
    plain_.clear();
    (void)openai::append_unescaped(parts_[i].text, parts_[i].text.size(), plain_);
    total += tokens::count(encoding_, plain_);
  }
  if (unseen_bytes_ == 0) return total;
  // Nobody says what the unseen texts would have come to: as much for a byte as the others, a quarter where there is none.
  const double per_byte = bytes_ > 0 && total > 0 ? static_cast<double>(total) / static_cast<double>(bytes_) : 0.25;
  return total + static_cast<std::uint64_t>(per_byte * static_cast<double>(unseen_bytes_));
}

const AnswerAssembler::Part* AnswerAssembler::find(Field field, std::uint32_t choice, std::uint32_t call) const {
  for (std::size_t i = 0; i < used_; ++i)
    if (parts_[i].field == field && parts_[i].choice == choice && parts_[i].call == call) return &parts_[i];
  return nullptr;
}

void AnswerAssembler::write_text(std::string_view name, const Part* part, bool& first) {
  if (part == nullptr) return;
  if (!std::exchange(first, false)) out_ += ',';
  ((out_ += '"') += name) += "\":\"";
  (out_ += part->text) += '"';
}

void AnswerAssembler::write_choice(std::uint32_t choice) {
  out_ += "{\"index\":" + std::to_string(choice) + ",\"message\":{\"role\":\"";
  const Part* const role = find(Field::Role, choice, 0);
  out_ += role != nullptr ? std::string_view(role->text) : std::string_view("assistant");
  out_ += "\",\"content\":";
  bool first = false;
  if (const Part* const content = find(Field::Content, choice, 0))
    ((out_ += '"') += content->text) += '"';
  else
    out_ += "null";
  write_text("reasoning_content", find(Field::ReasoningContent, choice, 0), first);
  write_text("reasoning", find(Field::Reasoning, choice, 0), first);
  write_text("thinking", find(Field::Thinking, choice, 0), first);
  write_text("refusal", find(Field::Refusal, choice, 0), first);
  write_calls(choice);
  const Part* const call = find(Field::CallName, choice, 0);
  const Part* const arguments = find(Field::CallArguments, choice, 0);
  if (call != nullptr || arguments != nullptr) {
    out_ += ",\"function_call\":{";
    bool none = true;
    write_text("name", call, none);
    write_text("arguments", arguments, none);
    out_ += '}';
  }
  const Part* const transcript = find(Field::AudioTranscript, choice, 0);
  if (const Part* const audio = find(Field::AudioId, choice, 0); audio != nullptr || transcript != nullptr) {
    out_ += ",\"audio\":{";
    bool none = true;
    write_text("id", audio, none);
    write_text("transcript", transcript, none);
    out_ += '}';
  }
  out_ += "},\"finish_reason\":";
  if (const Part* const finish = find(Field::Finish, choice, 0))
    ((out_ += '"') += finish->text) += '"';
  else
    out_ += "null";
  out_ += '}';
}

void AnswerAssembler::write_calls(std::uint32_t choice) {
  std::vector<std::uint32_t> calls;
  for (std::size_t i = 0; i < used_; ++i) {
    const Part& part = parts_[i];
    if (part.choice == choice && part.field >= Field::ToolId && part.field <= Field::ToolArguments) calls.push_back(part.call);
  }
  if (calls.empty()) return;
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  out_ += ",\"tool_calls\":[";
  for (const std::uint32_t call : calls) {
    if (out_.back() != '[') out_ += ',';
    out_ += '{';
    bool first = true;
    write_text("id", find(Field::ToolId, choice, call), first);
    write_text("type", find(Field::ToolType, choice, call), first);
    if (!first) out_ += ',';
    out_ += "\"function\":{";
    bool none = true;
    write_text("name", find(Field::ToolName, choice, call), none);
    write_text("arguments", find(Field::ToolArguments, choice, call), none);
    out_ += "}}";
  }
  out_ += ']';
}

std::string_view AnswerAssembler::build() {
  out_ = "{";
  const auto member = [this](std::string_view name, const std::string& value, std::string_view quote) {
    if (value.empty()) return;
    (((((out_ += '"') += name) += "\":") += quote) += value) += quote;
    out_ += ',';
  };
  member("id", id_, "\"");
  out_ += "\"object\":\"chat.completion\",";
  member("created", created_, "");
  member("model", model_, "\"");
  member("service_tier", tier_, "\"");
  member("system_fingerprint", fingerprint_, "\"");
  out_ += "\"choices\":[";
  std::vector<std::uint32_t> choices;
  for (std::size_t i = 0; i < used_; ++i) choices.push_back(parts_[i].choice);
  std::sort(choices.begin(), choices.end());
  choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
  for (const std::uint32_t choice : choices) {
    if (out_.back() != '[') out_ += ',';
    write_choice(choice);
  }
  out_ += ']';
  if (!usage_.empty()) (out_ += ",\"usage\":") += usage_;
  out_ += '}';
  return out_;
}

void AnswerAssembler::trim() {
  constexpr std::size_t kKeptParts = 16;
  if (parts_.size() > kKeptParts) {
    parts_.resize(kKeptParts);
    parts_.shrink_to_fit();
    used_ = std::min(used_, kKeptParts);
  }
  for (Part& part : parts_)
    if (part.text.capacity() > kKeptBytes) std::string().swap(part.text);
  for (std::string* text : {&out_, &plain_, &stack_})
    if (text->capacity() > kKeptBytes) std::string().swap(*text);
}

}  // namespace smartroute::accounting
