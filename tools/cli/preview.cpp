#include "tools/cli/preview.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "contract/config/check.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "dataplane/core/routing/view.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/text.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {
namespace {

constexpr int kBarWidth = 30;
constexpr std::size_t kLabelWidth = 12;
constexpr std::size_t kMaxShownModels = 20;

template <class... Args>
std::string print(const char* format, Args... args) {
  char text[512];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

void add_classifier(const v1::RouteDecision& route, LabelledRows& rows) {
  for (int i = 0; i < route.probabilities_size(); ++i) {
    const double p = static_cast<double>(route.probabilities(i));
    const int filled = static_cast<int>(std::lround(std::clamp(p, 0.0, 1.0) * kBarWidth));
    rows.row("classifier", print("t%d  %.3f  ", i + 1, p) + std::string(static_cast<std::size_t>(filled), '#'));
  }
  for (const v1::RouteSignal& signal : route.signals())
    rows.row("moved by", print("%+7.3f  ", static_cast<double>(signal.weight())) + shown(signal.what()));
}

void add_candidates(const v1::RouteDecision& route, LabelledRows& rows) {
  int place = 0;
  for (const v1::CandidateTrace& candidate : route.candidates()) {
    const std::string number = candidate.skip().empty() ? std::to_string(++place) + "." : "-";
    std::string text = print("%-3s ", number.c_str()) + shown(candidate.model());
    if (!candidate.skip().empty()) text += "  skipped: " + candidate.skip();
    if (!candidate.note().empty()) text += "  (" + shown(candidate.note()) + ")";
    rows.row("candidates", text);
  }
}

std::string share_rows(const char* title, const google::protobuf::RepeatedPtrField<admin::v1::ReplayShare>& shares) {
  std::string text = print("%-40s %10s %10s %10s\n", title, "before", "after", "change");
  std::size_t rows = 0;
  for (const admin::v1::ReplayShare& share : shares) {
    if (rows++ == kMaxShownModels) {
      text += "... and " + std::to_string(static_cast<std::size_t>(shares.size()) - kMaxShownModels) + " more\n";
      break;
    }
    const auto change = static_cast<long long>(share.after()) - static_cast<long long>(share.before());
    // A client's own model name may be longer than what print() holds.
    std::string name = shown(share.name());
    name.resize(std::max<std::size_t>(name.size(), 40), ' ');
    text += name + print(" %10s %10s %+10lld\n", grouped(share.before()).c_str(), grouped(share.after()).c_str(), change);
  }
  return text;
}

}  // namespace

Result<std::string> read_input(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  return read_file(file);
}

std::shared_ptr<const routing::View> view_of(const std::string& text, const std::string& file) {
  auto checked = config::check_document(text, file, config::placeholder_secrets());
  if (!checked.problems.empty()) std::fputs(report(checked.problems, file, Output::Text).c_str(), stderr);
  if (config::has_errors(checked.problems)) return nullptr;
  auto view = routing::View::build(std::move(checked.config), Revision{}, "");
  if (view) return *view;
  std::fprintf(stderr, "smartroute: %s: %s\n", file.c_str(), view.error().text().c_str());
  return nullptr;
}

std::string explain_text(const admin::v1::ExplainRouteResponse& said) {
  const v1::RouteDecision& route = said.route();
  LabelledRows rows(kLabelWidth);
  rows.row("tier", said.tier().empty() ? "none: a model was named" : said.tier());
  rows.row("decided by", said.mode() + (route.configured_mode().empty() ? "" : "  (router.mode: " + route.configured_mode() + ")"));
  rows.row("why", shown(said.reason()));
  rows.row("confidence", print("%.2f", said.confidence()));
  if (!route.raised_by().empty()) rows.row("raised", "from " + route.first_tier() + " by " + route.raised_by());
  for (const std::string& rule : route.rules()) rows.row("rules", shown(rule));
  add_classifier(route, rows);
  if (said.would_call_judge()) rows.row("judge", "would be asked; this is the answer without it");
  if (!route.strategy().empty()) rows.row("strategy", route.strategy());
  add_candidates(route, rows);
  const v1::RouteInput& input = route.input();
  std::string tokens = "about " + grouped(input.prompt_tokens()) + " in the prompt";
  if (input.max_output_tokens() > 0) tokens += ", at most " + grouped(input.max_output_tokens()) + " out";
  rows.row("tokens", tokens);
  if (input.images() > 0) rows.row("images", grouped(input.images()));
  rows.row("took", print("%.1f us", said.decide_us()));
  rows.row("config", said.revision() == 0 ? "of this file" : "revision " + std::to_string(said.revision()));
  return rows.take();
}

std::string replay_text(const admin::v1::ReplayRoutesResponse& said) {
  std::string text = grouped(said.decided()) + (said.decided() == 1 ? " request" : " requests") + " decided again";
  if (said.skipped() > 0) text += ", " + grouped(said.skipped()) + " left out: no text was kept of them";
  text += print(" (%.2f s)\n", said.seconds());
  if (!said.complete()) text += "not all there are: a bound on time or number came first; the newest were taken\n";
  text += "\n" + share_rows("TIER", said.tiers()) + "\n" + share_rows("MODEL", said.models());
  text += "\n" + grouped(said.moved_tier()) + " would change tier, " + grouped(said.moved_model()) + " would change model\n";
  if (said.judge_calls() > 0) text += grouped(said.judge_calls()) + " would ask the judge; they are counted with the tier they have without it\n";
  if (said.priced() > 0)
    text += "at list prices $" + print("%.4f -> $%.4f", said.cost_before(), said.cost_after()) + " for the " + grouped(said.priced()) +
            " whose tokens and prices are known\n";
  for (const admin::v1::ReplayMove& move : said.moves()) {
    text += "\n" + shown(move.request_id()) + "  " + move.tier_before() + " -> " + move.tier_after();
    if (!move.model_before().empty()) text += "  " + shown(move.model_before()) + " -> " + shown(move.model_after());
    text += "  [" + shown(move.reason()) + "]\n";
    if (!move.ask().empty()) text += "    " + shown(move.ask()) + "\n";
  }
  return text;
}

std::string to_json(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json + "\n";
}

Result<void> from_json(const std::string& json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (google::protobuf::util::JsonStringToMessage(json, &message, options).ok()) return {};
  return fail(ErrorKind::UpstreamBroke, "the admin API gave an answer in another form than this program knows");
}

}  // namespace smartroute::cli
