#include "dataplane/core/routing/strategy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smartroute::routing {
namespace {

using config::Strategy;
using Indices = std::span<std::uint32_t>;

// A chance of 0 would make the order of several such undefined.
constexpr double kLeastChance = 1e-12;
constexpr std::int64_t kUnknownPrice = std::numeric_limits<std::int64_t>::max();

// Weighted draws without replacement, all at once: the smallest of the keys -ln(u) / chance is a draw in proportion to the chances, the
// next smallest a draw among the rest, and so on (Efraimidis and Spirakis 2006, "Weighted random sampling with a reservoir").
void draw(Indices indices, const std::vector<double>& chances, Random& random) {
  struct Keyed {
    double key;
    std::uint32_t index;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i)
    keyed.push_back({-std::log(1 - random.unit()) / std::max(chances[i], kLeastChance), indices[i]});
  std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = keyed[i].index;
}

// One fleet of models that are in equal rank, ordered in place.
class Group {
 public:
  Group(std::span<const Contender> all, Indices indices) : all_(all), indices_(indices) {}

  void at_random(Random& random) {
    std::vector<double> chances;
    chances.reserve(indices_.size());
    for (const auto i : indices_) chances.push_back(weight_of(i));
    draw(indices_, chances, random);
  }

  void adaptive(Random& random) {
    const double median = median_first_byte();
    double weights = 0, in_flight = 0;
    for (const auto i : indices_) {
      weights += weight_of(i);
      in_flight += all_[i].standing.in_flight;
    }
    std::vector<double> chances;
    chances.reserve(indices_.size());
    for (const auto i : indices_) {
      const Standing& s = all_[i].standing;
      const double speed =
          s.first_byte_ms > 0 ? std::clamp(median / s.first_byte_ms, 1 / kMaxSpeedRatio, kMaxSpeedRatio) : 1;
      const double room = std::min(1.0, (1 + in_flight * weight_of(i) / weights) / (1 + s.in_flight));
      const double rest = 1 + std::min(s.idle_seconds, kRestAfter) / (2 * kRestAfter);
      chances.push_back(weight_of(i) * s.health * s.health * s.health * speed * room * rest);
    }
    draw(indices_, chances, random);
  }

  void fastest(Random& random) {
    const double unknown = fastest_known() / 2;
    const auto cost = [&](std::uint32_t i) {
      const Standing& s = all_[i].standing;
      return (s.first_byte_ms > 0 ? s.first_byte_ms : unknown) * (s.in_flight + 1.0) / s.health;
    };
    for (std::size_t done = 0; done + 1 < indices_.size(); ++done) {
      const std::size_t left = indices_.size() - done;
      const std::size_t first = done + random.below(left);
      std::size_t second = done + random.below(left - 1);
      if (second >= first) ++second;
      std::size_t winner = first, loser = second;
      if (cost(indices_[second]) < cost(indices_[first])) std::swap(winner, loser);
      if (done == 0 && is_stale(indices_[loser]) && random.below(kStaleChance) == 0) winner = loser;
      std::swap(indices_[done], indices_[winner]);
    }
  }

  void cheapest() {
    std::sort(indices_.begin(), indices_.end(), [this](std::uint32_t a, std::uint32_t b) {
      const std::int64_t price_a = all_[a].price.value_or(kUnknownPrice), price_b = all_[b].price.value_or(kUnknownPrice);
      if (price_a != price_b) return price_a < price_b;
      if (all_[a].standing.health != all_[b].standing.health) return all_[a].standing.health > all_[b].standing.health;
      return a < b;
    });
  }

  // As written among equals.
  void least_bad_first() {
    std::stable_sort(indices_.begin(), indices_.end(),
                     [this](std::uint32_t a, std::uint32_t b) { return less_bad(all_[a].standing, all_[b].standing); });
  }

 private:
  // Those of weight 0 are a group of their own, of equals.
  double weight_of(std::uint32_t i) const noexcept { return all_[i].weight > 0 ? all_[i].weight : 1; }

  bool is_stale(std::uint32_t i) const noexcept {
    return all_[i].standing.first_byte_ms > 0 && all_[i].standing.idle_seconds >= kStaleAfter;
  }

  double fastest_known() const noexcept {
    double least = 0;
    for (const auto i : indices_)
      if (const double ms = all_[i].standing.first_byte_ms; ms > 0 && (least == 0 || ms < least)) least = ms;
    return least > 0 ? least : 1;
  }

  double median_first_byte() const {
    std::vector<double> known;
    known.reserve(indices_.size());
    for (const auto i : indices_)
      if (all_[i].standing.first_byte_ms > 0) known.push_back(all_[i].standing.first_byte_ms);
    if (known.empty()) return 1;
    // The lower one of two in the middle: a fleet of two is measured by its faster half.
    const auto middle = known.begin() + static_cast<std::ptrdiff_t>((known.size() - 1) / 2);
    std::nth_element(known.begin(), middle, known.end());
    return *middle;
  }

  std::span<const Contender> all_;
  Indices indices_;
};

void order_equals(Strategy strategy, Group group, std::size_t size, Random& random) {
  if (size < 2) return;
  switch (strategy) {
    case Strategy::Sequential:
      return;
    case Strategy::Random:
      return group.at_random(random);
    case Strategy::Adaptive:
      return group.adaptive(random);
    case Strategy::Fastest:
      return group.fastest(random);
    case Strategy::Cheapest:
      return group.cheapest();
  }
}

}  // namespace

Rank rank_of(Strategy strategy, const Contender& contender) noexcept {
  if (contender.standing.cooling) return Rank::Cooling;
  if (contender.standing.stalled) return Rank::Stalled;
  return contender.weight > 0 || strategy == Strategy::Sequential ? Rank::Fit : Rank::Spare;
}

bool less_bad(const Standing& a, const Standing& b) noexcept {
  if (a.stalled != b.stalled) return b.stalled;
  if (a.cooling_left != b.cooling_left) return a.cooling_left < b.cooling_left;
  return a.health > b.health;
}

void order_contenders(Strategy strategy, std::span<const Contender> contenders, Random& random, std::vector<std::uint32_t>& order) {
  order.clear();
  order.reserve(contenders.size());
  for (const Rank rank : {Rank::Fit, Rank::Spare, Rank::Stalled, Rank::Cooling}) {
    const std::size_t begin = order.size();
    for (std::size_t i = 0; i < contenders.size(); ++i)
      if (rank_of(strategy, contenders[i]) == rank) order.push_back(static_cast<std::uint32_t>(i));
    const Indices ranked(order.data() + begin, order.size() - begin);
    if (rank == Rank::Cooling)
      Group(contenders, ranked).least_bad_first();
    else
      order_equals(strategy, Group(contenders, ranked), ranked.size(), random);
  }
}

}  // namespace smartroute::routing
