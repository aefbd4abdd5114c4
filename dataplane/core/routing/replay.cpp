#include "dataplane/core/routing/replay.hpp"

#include <algorithm>
#include <utility>

#include "contract/base/utf8.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/routing/plan.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {
namespace {

constexpr double kNanosOfADollar = 1e9;
constexpr std::uint64_t kSeed = 0x5eed'0f'7e'91a4ULL;
constexpr std::size_t kMaxNameBytes = 512;  // of an id in a line
constexpr auto kLastMoment = std::chrono::duration_cast<std::chrono::microseconds>(SteadyTime::duration::max());
constexpr std::string_view kRefused = "refused", kNamed = "named", kOther = "other";

std::string beginning_of(std::string_view text) {
  if (text.size() <= kShownAskBytes) return std::string(text);
  std::size_t end = kShownAskBytes;
  while (end > 0 && continues_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "...";
}

const Candidate* first_usable(const Plan& plan) noexcept {
  for (const Candidate& candidate : plan.candidates)
    if (candidate.skip.empty()) return &candidate;
  return nullptr;
}

// Strategies whose first candidate is drawn: each that may be tried could have been it.
bool draws(std::string_view strategy) noexcept {
  using config::Strategy;
  for (const Strategy drawing : {Strategy::Random, Strategy::Adaptive, Strategy::Fastest})
    if (strategy == config::name_of(drawing)) return true;
  return false;
}

bool may_serve(const Plan& plan, std::string_view model) noexcept {
  return std::any_of(plan.candidates.begin(), plan.candidates.end(),
                     [&](const Candidate& c) { return c.skip.empty() && c.model->id == model; });
}

std::string unescaped(std::string_view json_string) {
  std::string out;
  if (json_string.size() >= 2 && json_string.front() == '"')
    openai::append_unescaped(json_string.substr(1, json_string.size() - 2), kMaxNameBytes, out);
  return out;
}

std::string_view tier_named(std::string_view json) noexcept {
  for (std::size_t i = 0; i < config::kTierCount; ++i) {
    const std::string_view name = config::name_of(static_cast<config::TierName>(i));
    if (json.size() == 4 && (json[1] | 0x20) == name[0] && json[2] == name[1]) return name;
  }
  return {};
}

std::optional<std::int64_t> cost_of(const ModelEntry* model, const prices::Quantities& tokens) noexcept {
  return model == nullptr ? std::nullopt : prices::cost(model->price, tokens);
}

prices::Quantities tokens_of(const v1::RequestRecord& record) noexcept {
  const v1::TokenDetails& details = record.token_details();
  prices::Quantities out;
  out.prompt = record.prompt_tokens().count();
  out.completion = record.completion_tokens().count();
  out.cached = details.cached();
  out.cache_write = details.cache_write();
  out.audio_input = details.audio_input();
  out.audio_output = details.audio_output();
  return out;
}

}  // namespace

std::optional<PastRequest> past_request(const v1::RequestRecord& record) noexcept {
  if (!record.route().has_input()) return std::nullopt;
  const v1::RouteInput& input = record.route().input();
  PastRequest past;
  past.id = record.request_id();
  past.model = record.requested_model();
  past.subject.ask = input.ask();
  past.subject.system = input.system();
  past.subject.tools = input.tools();
  past.subject.images = input.images();
  past.subject.human_turns = input.human_turns();
  past.subject.answers_tool = input.answers_tool();
  past.has_text = !input.ask().empty() || input.human_turns() == 0;
  past.prompt_tokens = input.prompt_tokens();
  past.max_output_tokens = input.max_output_tokens();
  past.conversation = {input.conversation(), input.conversation_named(), std::max(1u, input.conversation_opening())};
  past.at = std::clamp(std::chrono::microseconds(record.received_us()), std::chrono::microseconds(0), kLastMoment);
  past.tier = record.tier();
  for (const v1::CandidateTrace& candidate : record.route().candidates())
    if (candidate.skip().empty()) {
      past.model_planned = candidate.model();
      break;
    }
  past.model_answered = record.model();
  if (record.has_prompt_tokens() && record.has_completion_tokens())
    past.tokens = tokens_of(record);
  return past;
}

Result<PastRequest> PastRequestReader::read(std::string_view line) {
  auto members = openai::parse_params(line);
  if (!members) return fail(ErrorKind::InvalidRequest, members.error().text());
  const auto member = [&](std::string_view key) -> std::string_view {
    for (const openai::Param& param : *members)
      if (param.key == key) return param.value;
    return {};
  };
  Result<ReadRequest> request = fail(ErrorKind::InvalidRequest, "needs either 'text' or 'messages'");
  if (!member("messages").empty()) {
    request = reader_.read(line);
  } else if (const std::string_view text = member("text"); !text.empty()) {
    if (text.front() != '"') return fail(ErrorKind::InvalidRequest, "'text' must be a string");
    request = reader_.read_prompt(text);
  }
  if (!request) return tl::unexpected<Error>(std::move(request.error()));
  PastRequest past;
  id_ = unescaped(member("id"));
  model_ = request->chat.model;
  past.id = id_;
  past.model = model_;
  past.subject = request->subject;
  past.prompt_tokens = request->prompt_tokens;
  past.max_output_tokens = request->chat.max_output_tokens;
  past.conversation = request->conversation;
  if (const std::string_view tier = member("tier"); !tier.empty()) {
    past.tier = tier_named(tier);
    if (past.tier.empty()) return fail(ErrorKind::InvalidRequest, "'tier' must be T1, T2 or T3");
  }
  return past;
}

Replay::Replay(const View& view, std::size_t max_moves) : view_(view), max_moves_(max_moves), random_(kSeed), pins_(kReplayPins) {}

void Replay::add(const PastRequest& request) {
  now_ = std::max(now_, SteadyTime(request.at));
  const Name name = read_name(view_, request.model);
  TierDecision decision;
  if (goes_through_router(view_, name)) {
    if (!request.has_text && view_.config.router.mode != config::RouterMode::Random) return skip();
    const bool sticky = sticks(view_) && request.conversation.id != 0;
    std::optional<config::TierName> pinned;
    if (sticky && classify::continues(request.conversation, request.subject)) pinned = pins_.find(request.conversation.id, now_);
    decision = first_opinion(view_, request.subject, pinned, random_, fold_);
    if (decision.wants_judge) ++judge_calls_;
    settle(view_, request.prompt_tokens, pinned, decision);
    if (sticky) pins_.raise(request.conversation.id, *decision.tier, view_.config.router.session_ttl, now_);
  }
  ++decided_;
  Facts facts;
  facts.model = request.model;
  facts.has_images = request.subject.images > 0;
  facts.prompt_tokens = request.prompt_tokens;
  facts.max_output_tokens = request.max_output_tokens;
  auto planned = plan(view_, name, std::move(decision), facts, now_, random_);
  Outcome outcome{kRefused, kRefused, {}, false, nullptr};
  if (!planned) {
    outcome.reason = planned.error().text();
    return compare(request, outcome);
  }
  outcome.tier = planned->decision.tier ? config::name_of(*planned->decision.tier) : kNamed;
  outcome.reason = std::move(planned->decision.reason);
  if (const Candidate* first = first_usable(*planned)) {
    outcome.entry = first->model;
    outcome.model = first->model->id;
    outcome.model_kept = outcome.model == request.model_planned || (draws(planned->strategy) && may_serve(*planned, request.model_planned));
  }
  compare(request, outcome);
  price(request, outcome);
}

void Replay::compare(const PastRequest& request, const Outcome& outcome) {
  ++share(tiers_, outcome.tier).after;
  ++share(models_, outcome.model).after;
  const bool tier_known = !request.tier.empty() || !request.model_planned.empty();
  const bool model_known = !request.model_planned.empty();
  const std::string_view tier_before = request.tier.empty() ? kNamed : request.tier;
  if (tier_known) ++share(tiers_, tier_before).before;
  if (model_known) ++share(models_, request.model_planned).before;
  const bool tier_moves = tier_known && tier_before != outcome.tier;
  const bool model_moves = model_known && !outcome.model_kept;
  if (tier_moves) ++moved_tier_;
  if (model_moves) ++moved_model_;
  if (!tier_moves && !model_moves) return;
  auto& moves = tier_moves ? tier_moves_ : model_moves_;
  if (moves.size() >= max_moves_) return;
  admin::v1::ReplayMove& move = moves.emplace_back();
  move.set_request_id(std::string(request.id));
  move.set_ask(beginning_of(request.subject.ask));
  move.set_tier_before(std::string(tier_before));
  move.set_tier_after(std::string(outcome.tier));
  move.set_model_before(std::string(request.model_planned));
  move.set_model_after(std::string(model_known && outcome.model_kept ? request.model_planned : outcome.model));
  move.set_reason(outcome.reason);
}

void Replay::price(const PastRequest& request, const Outcome& outcome) {
  if (!request.tokens) return;
  const auto before = cost_of(entry_of(request.model_answered), *request.tokens), after = cost_of(outcome.entry, *request.tokens);
  if (!before || !after) return;
  ++priced_;
  cost_before_ += static_cast<double>(*before) / kNanosOfADollar;
  cost_after_ += static_cast<double>(*after) / kNanosOfADollar;
}

const ModelEntry* Replay::entry_of(std::string_view model) const {
  const auto found = view_.by_name.find(model);
  return found == view_.by_name.end() ? nullptr : found->second;
}

Replay::Share& Replay::share(Shares& shares, std::string_view name) {
  if (const auto found = shares.find(name); found != shares.end()) return found->second;
  return shares[std::string(shares.size() < kMaxShares ? name : kOther)];
}

void Replay::write(const Shares& shares, google::protobuf::RepeatedPtrField<admin::v1::ReplayShare>& out) {
  std::vector<Shares::const_pointer> rows;
  for (const auto& row : shares) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->second.after > b->second.after; });
  for (const auto* row : rows) {
    admin::v1::ReplayShare& share = *out.Add();
    share.set_name(row->first);
    share.set_before(row->second.before);
    share.set_after(row->second.after);
  }
}

admin::v1::ReplayRoutesResponse Replay::result() const {
  admin::v1::ReplayRoutesResponse out;
  out.set_decided(decided_);
  out.set_skipped(skipped_);
  out.set_judge_calls(judge_calls_);
  write(tiers_, *out.mutable_tiers());
  write(models_, *out.mutable_models());
  out.set_moved_tier(moved_tier_);
  out.set_moved_model(moved_model_);
  out.set_priced(priced_);
  out.set_cost_before(cost_before_);
  out.set_cost_after(cost_after_);
  for (const auto* moves : {&tier_moves_, &model_moves_})
    for (const admin::v1::ReplayMove& move : *moves)
      if (static_cast<std::size_t>(out.moves_size()) < max_moves_) *out.add_moves() = move;
  return out;
}

}  // namespace smartroute::routing
