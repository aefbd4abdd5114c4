#include "dataplane/ops/account_metrics.hpp"

#include <optional>

#include "dataplane/ops/family.hpp"
#include "dataplane/ops/record_facts.hpp"

namespace smartroute::ops {
namespace {

using accounting::Settled;
using accounting::TokenAmount;
using accounting::TokenSource;

constexpr std::array<std::string_view, 3> kSourceNames{"upstream", "local", "estimate"};

std::size_t index_of(TokenSource source) noexcept { return static_cast<std::size_t>(source) - static_cast<std::size_t>(TokenSource::Upstream); }

// How many there really were.
bool is_exact(const std::optional<TokenAmount>& amount) noexcept { return amount && amount->source != TokenSource::Estimate; }

}  // namespace

const std::string& ProviderNames::of(const std::string& provider) {
  const auto known = known_.find(provider);
  if (known != known_.end()) return known->second;
  std::string name = source_ != nullptr && *source_ ? (*source_)(provider) : std::string();
  if (name.empty()) name = provider;
  return known_.emplace(provider, std::move(name)).first->second;
}

void AccountMetrics::settled(const Settled& settled) {
  if (settled.provider.empty()) return;  // nobody answered: nothing was used
  const std::string_view model = settled.configured_model ? settled.model : kOtherLabel;
  count_tokens(settled);
  count_costs(settled, model);
  observe_model(settled, model);
}

void AccountMetrics::count_tokens(const Settled& settled) {
  const auto& account = settled.account;
  if (!account.prompt || !account.completion) usage_unknown_.add();
  const auto count = [this](const std::optional<TokenAmount>& amount, std::array<Cell, kSources>& sum) {
    if (!amount) return;
    const std::size_t source = index_of(amount->source);
    sum[source].add(amount->count);
    counts_[source].add();
  };
  count(account.prompt, prompt_);
  count(account.completion, completion_);
  if (settled.usage == nullptr) return;
  cached_.add(settled.usage->cached);
  reasoning_.add(settled.usage->reasoning);
}

void AccountMetrics::count_costs(const Settled& settled, std::string_view model) {
  const auto& account = settled.account;
  if (!account.cost_nano) return unpriced_.add();
  if (*account.cost_nano > 0) costs_.at({settled.provider, model}).add(static_cast<std::uint64_t>(*account.cost_nano));
  if (!account.t3_cost_nano) return;
  const std::int64_t saved = *account.t3_cost_nano - *account.cost_nano;
  if (saved > 0)
    saved_.add(static_cast<std::uint64_t>(saved));
  else
    extra_.add(static_cast<std::uint64_t>(-saved));
}

void AccountMetrics::observe_model(const Settled& settled, std::string_view model) {
  const auto& account = settled.account;
  const RecordFacts facts = facts_of(settled.record);
  auto& block =
      models_.at({settled.provider, asked_model(facts.requested_model, settled.configured_model, facts.mode, facts.first_tried), model});
  if (is_exact(account.prompt)) block.input_tokens.observe(account.prompt->count, metric::kTokenBounds);
  if (!is_exact(account.completion)) return;
  block.output_tokens.observe(account.completion->count, metric::kTokenBounds);
  const bool ended = facts.ending == name_of(accounting::Ending::Completed) || facts.ending == name_of(accounting::Ending::CompletedNoDone);
  if (facts.streaming && ended && account.completion->count > 1 && facts.first_byte_us != 0 && facts.completed_us > facts.first_byte_us)
    block.per_token.observe(static_cast<std::uint64_t>(facts.completed_us - facts.first_byte_us) / (account.completion->count - 1),
                            metric::kPerTokenBounds);
}

void AccountMetrics::collect(ProviderNames& names, std::vector<prometheus::MetricFamily>& families) const {
  Family tokens(metric::kTokens), counts(metric::kTokenCounts);
  const auto add = [&tokens](std::string_view type, std::string_view source, const Cell& cell) {
    tokens.value(static_cast<double>(cell.get()), {label("type", type), label("source", source)});
  };
  for (std::size_t i = 0; i < kSources; ++i) {
    add("prompt", kSourceNames[i], prompt_[i]);
    add("completion", kSourceNames[i], completion_[i]);
    counts.value(static_cast<double>(counts_[i].get()), {label("source", kSourceNames[i])});
  }
  add("cached", kSourceNames[0], cached_);
  add("reasoning", kSourceNames[0], reasoning_);
  families.push_back(tokens.take());
  families.push_back(counts.take());
  const auto single = [&families](const MetricRow& row, const Cell& cell) {
    Family family(row);
    family.value(static_cast<double>(cell.get()) / row.unit);
    families.push_back(family.take());
  };
  single(metric::kUsageUnknown, usage_unknown_);
  single(metric::kUnpriced, unpriced_);
  single(metric::kSaved, saved_);
  single(metric::kExtraCost, extra_);
  Family costs(metric::kCost);
  costs_.each([&costs](const std::array<std::string, 2>& of, const Cell& cell) {
    costs.value(static_cast<double>(cell.get()) / metric::kCost.unit, {label("provider", of[0]), label("model", of[1])});
  });
  families.push_back(costs.take());
  collect_models(names, families);
}

void AccountMetrics::collect_models(ProviderNames& names, std::vector<prometheus::MetricFamily>& families) const {
  struct Sum {
    HistogramSum<metric::kTokenBounds.size()> input, output;
    HistogramSum<metric::kPerTokenBounds.size()> per_token;
  };
  // Providers of one name are one.
  std::map<std::array<std::string, 3>, Sum> totals;
  models_.each([&](const std::array<std::string, 3>& of, const ModelBlock& block) {
    Sum& sum = totals[{names.of(of[0]), of[1], of[2]}];
    sum.input.add(block.input_tokens);
    sum.output.add(block.output_tokens);
    sum.per_token.add(block.per_token);
  });
  Family usage(metric::kTokenUsage), per_token(metric::kServerPerToken);
  for (const auto& [of, sum] : totals) {
    const auto labels = gen_ai_labels(of[0], of[1], of[2]);
    const auto with_type = [&labels](const char* type) {
      auto all = labels;
      all.push_back(label("gen_ai_token_type", type));
      return all;
    };
    usage.histogram_if_any(sum.input, metric::kTokenBounds, with_type("input"));
    usage.histogram_if_any(sum.output, metric::kTokenBounds, with_type("output"));
    per_token.histogram_if_any(sum.per_token, metric::kPerTokenBounds, labels);
  }
  families.push_back(usage.take());
  families.push_back(per_token.take());
}

}  // namespace smartroute::ops
