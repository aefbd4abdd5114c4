#include "controlplane/core/identity/line_pace.hpp"

#include <utility>

namespace smartroute::control::identity {

bool LinePace::all_have_enough(SteadyTime now) {
  if (lines_ == 0 || now - window_ >= kPause) {
    window_ = now;
    lines_ = 0;
  }
  return lines_ >= kMaxLines;
}

std::optional<std::uint64_t> LinePace::due(std::string_view address, SteadyTime now) {
  const bool enough = all_have_enough(now);
  const auto found = by_address_.find(address);
  if (found != by_address_.end()) {
    Told& told = *found->second;
    if (enough || now - told.at < kPause) {
      ++told.left_out;
      return std::nullopt;
    }
    told.at = now;
    told_.splice(told_.begin(), told_, found->second);
    ++lines_;
    return std::exchange(told.left_out, 0);
  }
  if (enough) return std::nullopt;
  if (told_.size() >= kMaxAddresses) {
    by_address_.erase(told_.back().address);
    told_.pop_back();
  }
  told_.push_front({std::string(address), now, 0});
  by_address_.emplace(told_.front().address, told_.begin());
  ++lines_;
  return 0;
}

}  // namespace smartroute::control::identity
