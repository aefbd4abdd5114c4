// Which records a filter means. Pure; one implementation for queries, tails and exports.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control {

// RecordFilter of admin.proto. A filter that says nothing matches all.
bool matches(const ::smartroute::admin::v1::RecordFilter& filter, const v1::RequestRecord& record);

// Problems of a filter, as a sentence for its author; empty: none. Bounds: 100 values a list, 256 bytes a text.
constexpr int kMaxFilterValues = 100;
constexpr std::size_t kMaxFilterText = 256;
std::string complaint_about(const ::smartroute::admin::v1::RecordFilter& filter);

// As RecordFilter.tiers spells it: no tier was chosen, a model was named. Of model requests only.
constexpr std::string_view kNoTier = "none";
// As RecordFilter.error_kinds spells it.
constexpr std::string_view kAnyError = "any";

// What filters look at. The views are the record's, or of the bytes it was read from.
struct RecordFacts {
  std::string_view request_id, endpoint, tier, model, provider, key_id, ending, error, error_kind, category, preview, instance_id;
  std::int64_t received_us = 0, completed_us = 0;
  std::int32_t status = 0;
  std::uint32_t attempts = 0;
  bool streaming = false;

  // As RecordFilter spells it; empty: no tier, and no model request.
  std::string_view tier_name() const noexcept {
    if (!tier.empty() || endpoint != "chat_completions") return tier;
    return kNoTier;
  }
  // Whole milliseconds from received to completed; nullopt: it never completed.
  std::optional<std::uint64_t> duration_ms() const noexcept {
    if (completed_us <= 0 || completed_us < received_us) return std::nullopt;
    return static_cast<std::uint64_t>(completed_us - received_us) / 1'000;
  }
};
RecordFacts facts_of(const v1::RequestRecord& record);
// Of a serialised RequestRecord, without parsing it. Nullopt: it is none.
std::optional<RecordFacts> facts_of_wire(std::string_view serialised);

// A filter made ready to be asked often. Keeps nothing of the one it was made from.
class RecordMatcher {
 public:
  explicit RecordMatcher(const ::smartroute::admin::v1::RecordFilter& filter);
  bool operator()(const RecordFacts& facts) const;

 private:
  bool lists_match(const RecordFacts& facts) const;
  bool text_matches(const RecordFacts& facts) const;
  ::smartroute::admin::v1::RecordFilter filter_;  // text in small letters
};

}  // namespace smartroute::control
