#include "tools/fault_proxy/mix.hpp"

#include <array>
#include <charconv>

namespace smartroute::fault_proxy {
namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 11> kKinds{
    {{"clean", Kind::Clean},
     {"cut", Kind::Cut},
     {"reset", Kind::Reset},
     {"half_close", Kind::HalfClose},
     {"stall", Kind::Stall},
     {"split", Kind::Split},
     {"drip", Kind::Drip},
     {"delay", Kind::Delay},
     {"corrupt", Kind::Corrupt},
     {"refuse", Kind::Refuse},
     {"blackhole", Kind::Blackhole}}};
constexpr std::uint64_t kMaxWeight = 1'000'000;

Flow shaped(Kind kind, Dice& dice, std::uint64_t span) {
  Flow flow;
  switch (kind) {
    case Kind::Cut:
      flow.fault = Fault::Cut;
      break;
    case Kind::Reset:
      flow.fault = Fault::Reset;
      break;
    case Kind::HalfClose:
      flow.fault = Fault::HalfClose;
      break;
    case Kind::Stall:
      flow.fault = Fault::Stall;
      break;
    case Kind::Corrupt:
      flow.fault = std::array{Fault::Flip, Fault::Insert, Fault::Drop}[dice.between(0, 2)];
      flow.count = dice.between(1, 8);
      break;
    case Kind::Split:
      flow.write_size = dice.between(1, 64);
      flow.sizes = Sizes::Random;
      break;
    case Kind::Drip:
      flow.write_size = dice.between(1, 16);
      flow.gap = std::chrono::milliseconds(1);
      break;
    case Kind::Delay:
      flow.delay = std::chrono::milliseconds(dice.between(1, 200));
      break;
    case Kind::Clean:
    case Kind::Refuse:
    case Kind::Blackhole:
      break;
  }
  if (flow.fault != Fault::None) flow.at = dice.between(0, span);
  return flow;
}

}  // namespace

Dice::Dice(std::uint64_t seed, std::uint64_t number) noexcept : state_(seed) {
  state_ = next() ^ (number * 0xd1342543de82ef95ull);
}

std::uint64_t Dice::next() noexcept {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::uint64_t Dice::between(std::uint64_t low, std::uint64_t high) noexcept {
  return low + next() % (high - low + 1);
}

Result<Mix> Mix::parse(std::string_view text, std::uint64_t span) {
  Mix mix;
  mix.span_ = span;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto colon = item.find(':');
    const std::string_view name = item.substr(0, colon);
    std::uint64_t weight = 1;
    if (colon != std::string_view::npos) {
      const char* const end = item.data() + item.size();
      const auto read = std::from_chars(item.data() + colon + 1, end, weight);
      if (read.ec != std::errc() || read.ptr != end || weight > kMaxWeight)
        return fail(ErrorKind::Invalid, "mix: no weight in '" + std::string(item) + "'");
    }
    bool known = false;
    for (const auto& [kind_name, kind] : kKinds) {
      if (kind_name != name) continue;
      mix.weights_.emplace_back(kind, weight);
      known = true;
    }
    if (!known) return fail(ErrorKind::Invalid, "mix: unknown kind '" + std::string(name) + "'");
    mix.total_ += weight;
  }
  if (mix.total_ == 0) return fail(ErrorKind::Invalid, "mix: all weights are 0");
  return mix;
}

Plan Mix::draw(std::uint64_t seed, std::uint64_t number) const {
  Dice dice(seed, number);
  std::uint64_t left = dice.between(0, total_ - 1);
  Kind kind = Kind::Clean;
  for (const auto& [candidate, weight] : weights_) {
    kind = candidate;
    if (left < weight) break;
    left -= weight;
  }
  Plan plan;
  if (kind == Kind::Refuse) plan.accept = Accept::Refuse;
  if (kind == Kind::Blackhole) plan.accept = Accept::Blackhole;
  plan.response = shaped(kind, dice, span_);
  plan.seed = dice.next() >> 32;
  return plan;
}

}  // namespace smartroute::fault_proxy
