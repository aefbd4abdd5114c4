// Statistics as people read them. Pure.
#pragma once
#include <string>

namespace smartroute::admin::v1 {
class GetStatsResponse;
}

namespace smartroute::cli {

// A line a value, or with points a line a point and value. `dimension`: what is told apart; empty: nothing.
std::string stats_text(const admin::v1::GetStatsResponse& said, const std::string& dimension);

}  // namespace smartroute::cli
