// Decides past requests again under another configuration, with the functions of the request path, and adds up what would change. No
// model and no judge is called; every model's health is sound; strategies that draw do so from a fixed seed, so that the same requests
// in the same order give the same answer. Conversations stick by a table of the replay's own: add requests in the order of time.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/prices/price.hpp"
#include "dataplane/core/routing/conversation_pins.hpp"
#include "dataplane/core/routing/request_reader.hpp"
#include "dataplane/core/routing/tier_decision.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::routing {

inline constexpr std::size_t kReplayPins = 512 * 1024;  // 4 MiB: more conversations than max_records have
inline constexpr std::size_t kMaxShares = 200;          // names in a table; the rest is "other"
inline constexpr std::size_t kShownAskBytes = 160;      // of a move

// A request that was. Views need to live only while it is added.
struct PastRequest {
  std::string_view id;
  std::string_view model = "auto";  // as the client wrote it
  classify::Subject subject;
  bool has_text = true;             // false: its text was not kept, and only a mode that reads none can decide it
  std::uint64_t prompt_tokens = 0, max_output_tokens = 0;
  classify::Conversation conversation;
  std::chrono::microseconds at{0};  // since any one moment
  // What became of it. Both empty: not known, and nothing can have moved. A tier alone is a label.
  std::string_view tier;            // t1 t2 t3; empty: a model was named
  std::string_view model_planned;   // first candidate that could be tried
  std::string_view model_answered;
  std::optional<prices::Quantities> tokens;
};

// Of a stored record; points into it. nullopt: it holds no input.
std::optional<PastRequest> past_request(const v1::RequestRecord& record) noexcept;

// Lines of JSON: a chat completion's body, or {"text": ...}; both may have "id" and "tier" (T1 or t1) beside. One thread.
class PastRequestReader {
 public:
  // Valid until the next call. Errors: InvalidRequest, with what is wrong.
  Result<PastRequest> read(std::string_view line);

 private:
  RequestReader reader_;
  std::string id_, model_;
};

// One thread. Tens of microseconds a request.
class Replay {
 public:
  // `view` must outlive it.
  Replay(const View& view, std::size_t max_moves);

  void add(const PastRequest& request);
  void skip() noexcept { ++skipped_; }  // one without an input
  std::uint64_t seen() const noexcept { return decided_ + skipped_; }

  // All but `seconds` and `complete`. Shares: the largest after first. Moves of a tier before moves of a model alone, each in the order of
  // time. A request that the candidate refuses has tier and model "refused"; one for a named model has tier "named".
  admin::v1::ReplayRoutesResponse result() const;

 private:
  struct Share {
    std::uint64_t before = 0, after = 0;
  };
  using Shares = std::map<std::string, Share, std::less<>>;
  struct Outcome {
    std::string_view tier, model;
    std::string reason;
    bool model_kept = false;  // the same model, or one that was as likely
    const ModelEntry* entry = nullptr;
  };

  static Share& share(Shares& shares, std::string_view name);
  static void write(const Shares& shares, google::protobuf::RepeatedPtrField<admin::v1::ReplayShare>& out);
  void compare(const PastRequest& request, const Outcome& outcome);
  void price(const PastRequest& request, const Outcome& outcome);
  const ModelEntry* entry_of(std::string_view model) const;

  const View& view_;
  const std::size_t max_moves_;
  SeededRandom random_;
  ConversationPins pins_;
  std::string fold_;
  SteadyTime now_{};
  std::uint64_t decided_ = 0, skipped_ = 0, judge_calls_ = 0, moved_tier_ = 0, moved_model_ = 0, priced_ = 0;
  double cost_before_ = 0, cost_after_ = 0;  // US dollars
  Shares tiers_, models_;
  std::vector<admin::v1::ReplayMove> tier_moves_, model_moves_;
};

}  // namespace smartroute::routing
