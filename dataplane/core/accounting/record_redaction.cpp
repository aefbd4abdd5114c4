#include "dataplane/core/accounting/record_redaction.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>

#include "dataplane/core/accounting/record.hpp"
#include "dataplane/core/accounting/record_encoder.hpp"
#include "dataplane/core/classify/ask_ends.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

using google::protobuf::FieldDescriptor;
using Message = google::protobuf::Message;

// What a string is, by the message and field it stands in.
enum class Place : std::uint8_t {
  Label,     // keys only
  Prose,     // patterns, too; may have been cut at kMaxTextBytes
  Preview,   // ... at kMaxPreviewBytes
  Error,     // ... anywhere: providers and clients cut theirs
  Ask,       // ... and a long one has its middle cut out
  Message,
};

constexpr std::size_t kMaxCharacterBytes = 4;
constexpr int kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

enum class Part : std::uint8_t { Record, Attempt, Route, Input, Candidate, Other };

Place place_of(Part part, int field) noexcept {
  using R = v1::RequestRecord;
  switch (part) {
    case Part::Record:
      switch (field) {
        case R::kReasonFieldNumber:
        case R::kErrorFieldNumber:
          return Place::Error;
        case R::kPreviewFieldNumber:
          return Place::Preview;
        case R::kAttemptsFieldNumber:
        case R::kRouteFieldNumber:
        case R::kPromptTokensFieldNumber:
        case R::kCompletionTokensFieldNumber:
        case R::kTokenDetailsFieldNumber:
        case R::kCostFieldNumber:
          return Place::Message;
        default:
          return Place::Label;
      }
    case Part::Attempt:
      if (field == v1::AttemptRecord::kReasonFieldNumber) return Place::Error;
      return field == v1::AttemptRecord::kPromptTokensFieldNumber ||
                     field == v1::AttemptRecord::kCompletionTokensFieldNumber
                 ? Place::Message
                 : Place::Label;
    case Part::Route:
      return field == v1::RouteDecision::kCandidatesFieldNumber ||
                     field == v1::RouteDecision::kInputFieldNumber ||
                     field == v1::RouteDecision::kSignalsFieldNumber
                 ? Place::Message
                 : Place::Label;
    case Part::Input:
      if (field == v1::RouteInput::kAskFieldNumber) return Place::Ask;
      return field == v1::RouteInput::kSystemFieldNumber ? Place::Prose : Place::Label;
    case Part::Candidate:
    case Part::Other:
      break;
  }
  return Place::Label;
}

Part part_of(Part outer, int field) noexcept {
  if (outer == Part::Record && field == v1::RequestRecord::kAttemptsFieldNumber) return Part::Attempt;
  if (outer == Part::Record && field == v1::RequestRecord::kRouteFieldNumber) return Part::Route;
  if (outer == Part::Route && field == v1::RouteDecision::kInputFieldNumber) return Part::Input;
  if (outer == Part::Route && field == v1::RouteDecision::kCandidatesFieldNumber) return Part::Candidate;
  return Part::Other;
}

bool may_be_cut(std::string_view text, std::size_t max) noexcept {
  return text.size() + kMaxCharacterBytes > max;
}

// Where keep_ends() put its line end; nullopt: the ask is whole.
std::optional<std::size_t> seam_of(std::string_view ask) noexcept {
  using classify::kEndBytes;
  if (ask.size() + 2 * kMaxCharacterBytes <= 2 * kEndBytes) return std::nullopt;
  for (std::size_t at = kEndBytes - kMaxCharacterBytes; at <= kEndBytes; ++at)
    if (ask[at] == '\n' && ask.size() - at - 1 <= kEndBytes) return at;
  return std::nullopt;
}

class Cleaner {
 public:
  explicit Cleaner(const Redactor& redactor) : redactor_(redactor) {}

  Redactor::Clean clean(std::string_view text, Place place, std::string& room) const {
    using Scope = Redactor::Scope;
    TextCuts cuts;
    switch (place) {
      case Place::Label:
      case Place::Message:
        return redactor_.clean(text, TextKind::Plain, Scope::Keys, cuts, room);
      case Place::Ask:
        if (const auto seam = seam_of(text)) return clean_ends(text, *seam, room);
        cuts.end = may_be_cut(text, kMaxAskTextBytes);
        break;
      case Place::Prose:
        cuts.end = may_be_cut(text, kMaxTextBytes);
        break;
      case Place::Preview:
        cuts.end = may_be_cut(text, kMaxPreviewBytes);
        break;
      case Place::Error:
        cuts.end = true;
        break;
    }
    return redactor_.clean(text, TextKind::Plain, Scope::KeysAndPatterns, cuts, room);
  }

 private:
  Redactor::Clean clean_ends(std::string_view ask, std::size_t seam, std::string& room) const {
    std::string other_room;
    const auto scope = Redactor::Scope::KeysAndPatterns;
    const auto head = redactor_.clean(ask.substr(0, seam), TextKind::Plain, scope, {false, true}, room);
    const auto tail = redactor_.clean(ask.substr(seam + 1), TextKind::Plain, scope, {true, false}, other_room);
    if (head.taken_out + tail.taken_out == 0) return {ask, 0};
    std::string whole(head.text);
    whole += '\n';
    whole += tail.text;
    room.swap(whole);
    return {room, head.taken_out + tail.taken_out};
  }

  const Redactor& redactor_;
};

// Looks at the strings of encoded bytes, without making a message of them.
class Look {
 public:
  explicit Look(const Cleaner& cleaner, std::string& room) : cleaner_(cleaner), room_(room) {}

  enum class Result : std::uint8_t { Clean, Dirty, Broken };
  Result at(std::string_view bytes, Part part) {
    while (!bytes.empty()) {
      std::uint64_t key, value;
      if (!varint(bytes, key)) return Result::Broken;
      const int field = static_cast<int>(key >> 3);
      switch (key & 7) {
        case kVarint:
          if (!varint(bytes, value)) return Result::Broken;
          break;
        case kFixed64:
        case kFixed32: {
          const std::size_t size = (key & 7) == kFixed64 ? 8 : 4;
          if (bytes.size() < size) return Result::Broken;
          bytes.remove_prefix(size);
          break;
        }
        case kBytes: {
          if (!varint(bytes, value) || value > bytes.size()) return Result::Broken;
          const auto inside = bytes.substr(0, value);
          bytes.remove_prefix(value);
          if (const Result found = part_at(inside, part, field); found != Result::Clean) return found;
          break;
        }
        default:
          return Result::Broken;
      }
    }
    return Result::Clean;
  }

 private:
  Result part_at(std::string_view inside, Part part, int field) {
    const Place place = place_of(part, field);
    if (place == Place::Message) {
      const Part inner = part_of(part, field);
      return inner == Part::Other ? Result::Clean : at(inside, inner);   // numbers
    }
    return cleaner_.clean(inside, place, room_).taken_out == 0 ? Result::Clean : Result::Dirty;
  }

  static bool varint(std::string_view& bytes, std::uint64_t& out) noexcept {
    out = 0;
    for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const Cleaner& cleaner_;
  std::string& room_;
};

// The rare way: a message is made, and each of its strings is cleaned.
std::size_t clean_message(Message& message, Part part, const Cleaner& cleaner);

std::size_t clean_field(Message& message, const FieldDescriptor& field, Part part, const Cleaner& cleaner) {
  const auto& reflection = *message.GetReflection();
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  std::size_t taken_out = 0;
  std::string room, scratch;
  for (int i = 0; i < count; ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message& inner = field.is_repeated() ? *reflection.MutableRepeatedMessage(&message, &field, i)
                                           : *reflection.MutableMessage(&message, &field);
      taken_out += clean_message(inner, part_of(part, field.number()), cleaner);
      continue;
    }
    const std::string& text = field.is_repeated()
                                  ? reflection.GetRepeatedStringReference(message, &field, i, &scratch)
                                  : reflection.GetStringReference(message, &field, &scratch);
    const auto clean = cleaner.clean(text, place_of(part, field.number()), room);
    if (clean.taken_out == 0) continue;
    taken_out += clean.taken_out;
    if (field.is_repeated()) {
      reflection.SetRepeatedString(&message, &field, i, std::string(clean.text));
    } else {
      reflection.SetString(&message, &field, std::string(clean.text));
    }
  }
  return taken_out;
}

std::size_t clean_message(Message& message, Part part, const Cleaner& cleaner) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::size_t taken_out = 0;
  for (const FieldDescriptor* field : fields)
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ||
        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
      taken_out += clean_field(message, *field, part, cleaner);
  return taken_out;
}

}  // namespace

Redactor::Clean clean_record(std::string_view record, const Redactor& redactor, std::string& room) {
  const Cleaner cleaner(redactor);
  switch (Look(cleaner, room).at(record, Part::Record)) {
    case Look::Result::Clean:
      return {record, 0};
    case Look::Result::Broken:
      return {};
    case Look::Result::Dirty:
      break;
  }
  v1::RequestRecord message;
  if (!message.ParseFromArray(record.data(), static_cast<int>(record.size()))) return {};
  const std::size_t taken_out = clean_message(message, Part::Record, cleaner);
  message.SerializeToString(&room);
  return {room, taken_out};
}

}  // namespace smartroute::accounting
