#include "dataplane/core/prices/catalogue.hpp"

#include <algorithm>
#include <string>

#include "dataplane/core/prices/table.hpp"

namespace smartroute::prices {
namespace {

using table::Test;
using table::text_of;

constexpr std::size_t kMaxNameBytes = 256;  // longer names are nobody's

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// ASCII; what is none stays as it is.
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

bool fits_shape(std::string_view shape, std::string_view text) noexcept {
  return std::equal(shape.begin(), shape.end(), text.begin(), text.end(),
                    [](char s, char c) { return s == '#' ? is_digit(c) : s == c; });
}

bool holds(const table::Rule& rule, std::string_view name) noexcept {
  const std::string_view text = text_of(rule.text);
  switch (rule.test) {
    case Test::Equals:
      return name == text;
    case Test::StartsWith:
      return name.starts_with(text);
    case Test::EndsWith:
      return name.ends_with(text);
    case Test::Contains:
      return name.find(text) != std::string_view::npos;
    case Test::Lacks:
      return name.find(text) == std::string_view::npos;
    case Test::LacksEnd:
      return !name.ends_with(text);
    case Test::Shape:
      return fits_shape(text, name);
    case Test::ShapeStart:
      return name.size() >= text.size() && fits_shape(text, name.substr(0, text.size()));
  }
  return false;
}

// The first rule of the range that holds together with those it is tied to.
const table::Rule* first_that_holds(table::Range range, std::string_view name) noexcept {
  bool chain = true;
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const table::Rule& rule = table::kRules[i];
    chain = chain && holds(rule, name);
    if (rule.more) continue;
    if (chain) return &rule;
    chain = true;
  }
  return nullptr;
}

// `pattern` may hold one '*'. `whole`: all of `text` must be used; else up to a '/'.
enum class Extent : std::uint8_t { Whole, Segments };
bool fits_address(std::string_view pattern, std::string_view text, Extent extent) noexcept {
  const std::size_t star = pattern.find('*');
  const std::string_view head = pattern.substr(0, star);
  if (!text.starts_with(head)) return false;
  std::string_view rest = text.substr(head.size());
  if (star != std::string_view::npos) {
    const std::string_view tail = pattern.substr(star + 1);
    const std::size_t free = std::min(rest.find('/'), rest.size());
    if (extent == Extent::Whole || tail.empty())
      return rest.ends_with(tail) && rest.size() - tail.size() <= free;
    if (!rest.substr(free).starts_with(tail)) return false;
    rest = rest.substr(free + tail.size());
  }
  return rest.empty() || (extent == Extent::Segments && rest.front() == '/');
}

const table::Provider* provider_at(std::string_view host, std::string_view path) noexcept {
  for (const table::Address& address : table::kAddresses)
    if (fits_address(text_of(address.host), host, Extent::Whole) &&
        fits_address(text_of(address.path), path, Extent::Segments))
      return &table::kProviders[address.provider];
  return nullptr;
}

// Of the provider itself, then of those whose models it sells.
const table::Model* model_of(const table::Provider& provider, std::string_view name) noexcept {
  if (const table::Rule* rule = first_that_holds(provider.models, name))
    return &table::kModels[rule->model];
  for (std::uint32_t i = provider.fallbacks.begin; i < provider.fallbacks.end; ++i)
    if (const table::Model* model = model_of(table::kProviders[table::kFallbacks[i]], name))
      return model;
  return nullptr;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "-20260731" at `at`, with nothing of a name right behind it.
bool is_date(std::string_view name, std::size_t at) noexcept {
  constexpr std::size_t kSize = 9;
  const int year = number_at(name, at + 1, 4), month = number_at(name, at + 5, 2),
            day = number_at(name, at + 7, 2);
  if (name[at] != '-' || year < 2000 || year > 2099 || month < 1 || month > 12 || day < 1)
    return false;
  const bool leap = year % 4 == 0;  // of this century
  const int days = month == 2                                              ? (leap ? 29 : 28)
                   : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                           : 31;
  if (day > days) return false;
  return name.size() == at + kSize || name[at + kSize] == '-' || name[at + kSize] == ':';
}

// "claude-x-20260731" as "claude-x-2026-07-31": makers and sellers differ in it. Empty: no date in
// it.
std::string with_dashed_dates(std::string_view name) {
  std::string out;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (!is_date(name, at)) continue;
    out.append(name, kept, at + 5 - kept)
        .append("-")
        .append(name, at + 5, 2)
        .append("-")
        .append(name, at + 7, 2);
    kept = at + 9;
  }
  if (kept != 0) out.append(name, kept);
  return out;
}

const table::Model* model_by_name(const table::Provider& provider, std::string_view name) {
  if (const table::Model* model = model_of(provider, name)) return model;
  const std::string dashed = with_dashed_dates(name);
  return dashed.empty() ? nullptr : model_of(provider, dashed);
}

bool makes_models(const table::Provider& provider) noexcept {
  return provider.made_here.begin != provider.made_here.end;
}

struct Made {
  const table::Provider* maker = nullptr;
  const table::Model* model = nullptr;
};

// A name that says its maker ("openai/gpt-4o"), or is one that a maker gives. What has a tag behind
// a colon is a variant of somebody else's: free, quantised, or run by its owner.
Made made_by(std::string_view name) {
  if (name.find(':') != std::string_view::npos) return {};
  if (const std::size_t slash = name.find('/'); slash != std::string_view::npos) {
    const std::string_view vendor = name.substr(0, slash), rest = name.substr(slash + 1);
    for (const table::Provider& provider : table::kProviders)
      if (makes_models(provider) &&
          (text_of(provider.id) == vendor || first_that_holds(provider.called, vendor) != nullptr))
        if (const table::Model* model = model_by_name(provider, rest)) return {&provider, model};
  }
  for (const table::Provider& provider : table::kProviders)
    if (first_that_holds(provider.made_here, name) != nullptr) {
      if (const table::Model* model = model_by_name(provider, name)) return {&provider, model};
      return {};
    }
  return {};
}

Price price_of(const table::Model& model, std::string source) {
  const auto of = [&model](table::Kind kind) {
    return model.nano_dollars[kind] < 0 ? std::nullopt : std::optional(model.nano_dollars[kind]);
  };
  Price price;
  price.input = of(table::kInput);
  price.output = of(table::kOutput);
  price.cached_input = of(table::kCachedInput);
  price.cache_write = of(table::kCacheWrite);
  price.audio_input = of(table::kAudioInput);
  price.audio_output = of(table::kAudioOutput);
  if (!price.known()) return {};
  price.source = std::move(source);
  price.as_of = table::kDate;
  return price;
}

ModelFacts facts_of(const table::Model& model, std::string source) {
  ModelFacts facts;
  facts.price = price_of(model, std::move(source));
  if (model.context_window > 0) facts.context_window = model.context_window;
  facts.name = text_of(model.name);
  return facts;
}

}  // namespace

std::optional<ModelFacts> look_up(std::string_view provider_host, std::string_view model,
                                  std::string_view base_path) {
  if (model.empty() || model.size() > kMaxNameBytes) return std::nullopt;
  const std::string name = lower(model);
  if (const table::Provider* provider = provider_at(lower(provider_host), lower(base_path))) {
    const table::Model* found = model_by_name(*provider, name);
    return found == nullptr ? std::nullopt
                            : std::optional(facts_of(*found, std::string(table::kName)));
  }
  const Made made = made_by(name);
  if (made.model == nullptr) return std::nullopt;
  ModelFacts facts = facts_of(*made.model, std::string(table::kName) + ", list price of " +
                                               std::string(text_of(made.maker->id)));
  facts.context_window.reset();  // the host's own, which nobody knows
  return facts;
}

std::optional<ModelFacts> look_up_at(std::string_view provider_id, std::string_view model) {
  if (model.empty() || model.size() > kMaxNameBytes) return std::nullopt;
  const std::string id = lower(provider_id), name = lower(model);
  for (const table::Provider& provider : table::kProviders)
    if (text_of(provider.id) == id)
      if (const table::Model* found = model_by_name(provider, name))
        return facts_of(*found, std::string(table::kName));
  return std::nullopt;
}

std::string_view catalogue_name() noexcept { return table::kName; }
std::string_view catalogue_date() noexcept { return table::kDate; }

}  // namespace smartroute::prices
