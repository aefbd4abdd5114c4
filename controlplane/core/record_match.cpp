#include "controlplane/core/record_match.hpp"

#include <algorithm>
#include <array>

#include "controlplane/core/wire.hpp"

namespace smartroute::control {
namespace {

using Values = google::protobuf::RepeatedPtrField<std::string>;

constexpr char small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char large(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

bool one_of(const Values& values, std::string_view value) {
  return values.empty() || std::any_of(values.begin(), values.end(), [&](const std::string& v) { return v == value; });
}

// "200", or "2xx" for all that begin with 2.
bool is_status(std::string_view text, int status) {
  if (text.size() == 3 && text.substr(1) == "xx") return status >= 100 && status / 100 == text[0] - '0';
  return text == std::to_string(status);
}

bool well_formed_status(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text == "0") return true;
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return false;
  return text.substr(1) == "xx" || (digit(text[1]) && digit(text[2]));
}

// `needle` is in small letters and not empty. A plain loop: over texts this short it beats what searches by tables.
bool holds(std::string_view text, std::string_view needle) {
  if (text.size() < needle.size()) return false;
  const char first = needle[0], other = large(first);
  const std::size_t last = text.size() - needle.size();
  for (std::size_t at = 0; at <= last; ++at) {
    if (text[at] != first && text[at] != other) continue;
    std::size_t same = 1;
    while (same < needle.size() && small(text[at + same]) == needle[same]) ++same;
    if (same == needle.size()) return true;
  }
  return false;
}

struct NamedList {
  const char* name;
  const Values& values;
};
std::array<NamedList, 9> lists_of(const admin::v1::RecordFilter& filter) {
  return {{{"tiers", filter.tiers()},
           {"models", filter.models()},
           {"providers", filter.providers()},
           {"key_ids", filter.key_ids()},
           {"endings", filter.endings()},
           {"statuses", filter.statuses()},
           {"error_kinds", filter.error_kinds()},
           {"categories", filter.categories()},
           {"instance_ids", filter.instance_ids()}}};
}

std::string too_long(std::string_view name) {
  return std::string(name) + " has a text of more than " + std::to_string(kMaxFilterText) + " bytes";
}

}  // namespace

std::string complaint_about(const admin::v1::RecordFilter& filter) {
  for (const auto& list : lists_of(filter)) {
    if (list.values.size() > kMaxFilterValues)
      return std::string(list.name) + " has " + std::to_string(list.values.size()) + " values; " + std::to_string(kMaxFilterValues) + " are the most";
    for (const auto& value : list.values)
      if (value.size() > kMaxFilterText) return too_long(list.name);
  }
  if (filter.text().size() > kMaxFilterText) return too_long("text");
  if (filter.request_id().size() > kMaxFilterText) return too_long("request_id");
  for (const auto& status : filter.statuses())
    if (!well_formed_status(status)) return "statuses holds '" + status + "'; a status is a number such as 429, a class such as 4xx, or 0";
  for (const auto& tier : filter.tiers())
    if (tier != "t1" && tier != "t2" && tier != "t3" && tier != kNoTier) return "tiers holds '" + tier + "'; there are t1, t2, t3 and none";
  for (const auto& category : filter.categories())
    if (category != "chat" && category != "tool") return "categories holds '" + category + "'; there are chat and tool";
  if (filter.since_us() < 0 || filter.until_us() < 0) return "since_us and until_us must not be negative";
  if (filter.until_us() != 0 && filter.until_us() <= filter.since_us()) return "until_us must be later than since_us";
  return "";
}

RecordFacts facts_of(const v1::RequestRecord& record) {
  RecordFacts facts;
  facts.request_id = record.request_id();
  facts.endpoint = record.endpoint();
  facts.tier = record.tier();
  facts.model = record.model();
  facts.provider = record.provider();
  facts.key_id = record.key_id();
  facts.ending = record.ending();
  facts.error = record.error();
  facts.error_kind = record.error_kind();
  facts.category = record.category();
  facts.preview = record.preview();
  facts.instance_id = record.instance_id();
  facts.received_us = record.received_us();
  facts.completed_us = record.completed_us();
  facts.status = record.status();
  facts.attempts = static_cast<std::uint32_t>(record.attempts_size());
  facts.streaming = record.streaming();
  return facts;
}

std::optional<RecordFacts> facts_of_wire(std::string_view serialised) {
  using R = v1::RequestRecord;
  RecordFacts facts;
  WireFields fields(serialised);
  for (WireField field; fields.next(field);) {
    switch (field.number) {
      case R::kRequestIdFieldNumber: facts.request_id = field.bytes; break;
      case R::kReceivedUsFieldNumber: facts.received_us = static_cast<std::int64_t>(field.value); break;
      case R::kCompletedUsFieldNumber: facts.completed_us = static_cast<std::int64_t>(field.value); break;
      case R::kEndpointFieldNumber: facts.endpoint = field.bytes; break;
      case R::kStreamingFieldNumber: facts.streaming = field.value != 0; break;
      case R::kTierFieldNumber: facts.tier = field.bytes; break;
      case R::kAttemptsFieldNumber: ++facts.attempts; break;
      case R::kModelFieldNumber: facts.model = field.bytes; break;
      case R::kProviderFieldNumber: facts.provider = field.bytes; break;
      case R::kStatusFieldNumber: facts.status = static_cast<std::int32_t>(field.value); break;
      case R::kEndingFieldNumber: facts.ending = field.bytes; break;
      case R::kErrorFieldNumber: facts.error = field.bytes; break;
      case R::kKeyIdFieldNumber: facts.key_id = field.bytes; break;
      case R::kCategoryFieldNumber: facts.category = field.bytes; break;
      case R::kPreviewFieldNumber: facts.preview = field.bytes; break;
      case R::kErrorKindFieldNumber: facts.error_kind = field.bytes; break;
      case R::kInstanceIdFieldNumber: facts.instance_id = field.bytes; break;
      default: break;
    }
  }
  if (!fields.whole()) return std::nullopt;
  return facts;
}

RecordMatcher::RecordMatcher(const admin::v1::RecordFilter& filter) : filter_(filter) {
  for (char& c : *filter_.mutable_text()) c = small(c);
}

bool RecordMatcher::operator()(const RecordFacts& facts) const {
  if (filter_.since_us() > 0 && facts.received_us < filter_.since_us()) return false;
  if (filter_.until_us() != 0 && facts.received_us >= filter_.until_us()) return false;
  if (filter_.has_streaming() && facts.streaming != filter_.streaming()) return false;
  const std::uint32_t retries = facts.attempts > 1 ? facts.attempts - 1 : 0;
  if (retries < filter_.min_retries()) return false;
  if (filter_.min_duration_ms() != 0 && facts.duration_ms().value_or(0) < filter_.min_duration_ms()) return false;
  if (!filter_.request_id().empty() && facts.request_id != filter_.request_id()) return false;
  return lists_match(facts) && text_matches(facts);
}

bool RecordMatcher::lists_match(const RecordFacts& facts) const {
  if (!one_of(filter_.tiers(), facts.tier_name()) || !one_of(filter_.models(), facts.model) || !one_of(filter_.providers(), facts.provider) ||
      !one_of(filter_.key_ids(), facts.key_id) || !one_of(filter_.endings(), facts.ending) || !one_of(filter_.categories(), facts.category) ||
      !one_of(filter_.instance_ids(), facts.instance_id))
    return false;
  const auto& statuses = filter_.statuses();
  if (!statuses.empty() && std::none_of(statuses.begin(), statuses.end(), [&](const auto& s) { return is_status(s, facts.status); })) return false;
  const auto& kinds = filter_.error_kinds();
  return kinds.empty() || std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) {
           return kind == facts.error_kind || (kind == kAnyError && !facts.error_kind.empty());
         });
}

bool RecordMatcher::text_matches(const RecordFacts& facts) const {
  const std::string& text = filter_.text();
  return text.empty() || holds(facts.preview, text) || holds(facts.request_id, text) || holds(facts.error, text);
}

bool matches(const admin::v1::RecordFilter& filter, const v1::RequestRecord& record) { return RecordMatcher(filter)(facts_of(record)); }

}  // namespace smartroute::control
