// Row 5: in which order the models of a tier are tried. Pure. One formula a strategy, written out here and in ARCHITECTURE.md,
// "Strategies":
//
//   sequential  as written.
//   random      drawn without replacement, each with a chance in proportion to its weight.
//   cheapest    by the price of this prompt, unknown prices last; equal prices by health.
//   fastest     power of two choices: of two drawn at random the one with the lower cost goes first, again and again.
//                 cost = first_byte * (in_flight + 1) / health
//               A model of unknown speed is taken for half as slow as the fastest known one: tried soon, and by its in_flight not by
//               everyone at once. A loser that was not chosen for kStaleAfter goes first once in kStaleChance draws, so that a model
//               that became fast again is found out.
//   adaptive    drawn without replacement, each with a chance in proportion to
//                 weight * health^3 * speed * room * rest
//                 speed = median first_byte of the tier / first_byte, within [1/kMaxSpeedRatio, kMaxSpeedRatio]; 1 when unknown
//                 room  = (1 + its share of all in flight by weight) / (1 + in_flight), at most 1: one that hangs is left alone before it
//                         times out, one that fails fast gains nothing by having little in flight
//                 rest  = 1 + min(idle, kRestAfter) / (2 kRestAfter), so 1 to 1.5
//               Cubed, because a success halves the score: a model that fails half the time still has health 0.8.
//               Drawn, not sorted: each request, worker and replica draws for itself, so that none herds to the best one of a moment,
//               and a bad model keeps a small share of real traffic by which its recovery is seen.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "contract/base/random.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {

inline constexpr double kStaleAfter = 30;         // seconds
inline constexpr std::uint64_t kStaleChance = 32;  // one in so many
inline constexpr double kMaxSpeedRatio = 16;
inline constexpr double kRestAfter = 60;           // seconds

// One model that may be tried, as a strategy sees it.
struct Contender {
  double weight = 1;            // configured, 0..; 0: only when all others are gone (sequential ignores weights)
  Standing standing;
  std::optional<std::int64_t> price;  // nano-dollars for this very prompt; empty: unknown
};

// In which rank a model stands, whatever the strategy. Those of the same rank are ordered by it, but for Cooling: see less_bad().
// One that is due for a probe is ranked as if it were fit: real requests are to find it.
enum class Rank : std::uint8_t {
  Fit,
  Spare,    // weight 0; sequential ignores weights
  Stalled,  // may be answering nobody, but nothing has failed
  Cooling,
};
Rank rank_of(config::Strategy strategy, const Contender& contender) noexcept;

// Whether, when both cool, `a` is rather tried than `b`: first those that answer somebody at all, then the one whose cooldown ends sooner
// (it is what the provider said, or the shorter history of failures), then the healthier one.
bool less_bad(const Standing& a, const Standing& b) noexcept;

// Fills `order` with each index of `contenders` exactly once, the one to try first at the front: by rank, then as above.
void order_contenders(config::Strategy strategy, std::span<const Contender> contenders, Random& random, std::vector<std::uint32_t>& order);

}  // namespace smartroute::routing
