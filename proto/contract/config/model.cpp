#include "contract/config/model.hpp"

namespace smartroute::config {

std::string_view name_of(TierName name) noexcept {
  switch (name) {
    case TierName::T1: return "t1";
    case TierName::T2: return "t2";
    case TierName::T3: return "t3";
  }
  return "t2";
}

std::string_view name_of(RouterMode mode) noexcept {
  switch (mode) {
    case RouterMode::Random: return "random";
    case RouterMode::Keyword: return "keyword";
    case RouterMode::Embedded: return "embedded";
    case RouterMode::Llm: return "llm";
    case RouterMode::Cascade: return "cascade";
  }
  return "cascade";
}

std::string_view name_of(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::Sequential: return "sequential";
    case Strategy::Random: return "random";
    case Strategy::Adaptive: return "adaptive";
    case Strategy::Fastest: return "fastest";
    case Strategy::Cheapest: return "cheapest";
  }
  return "sequential";
}

}  // namespace smartroute::config
