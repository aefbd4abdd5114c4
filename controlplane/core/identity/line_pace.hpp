// How often refusals are logged: a line a second of each address, however often it tries. What is left
// out is counted, and said with the next one. Pure: the caller locks.
#pragma once
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "contract/base/clock.hpp"

namespace smartroute::control::identity {

class LinePace {
 public:
  static constexpr std::chrono::seconds kPause{1};
  static constexpr std::size_t kMaxAddresses = 1'024;  // remembered; the one told of longest ago is forgotten first
  // Of all addresses together within kPause: who has many shall not fill the log either.
  static constexpr std::uint32_t kMaxLines = 20;

  // Nullopt: no line now. Else how many were left out of this address since the line before.
  std::optional<std::uint64_t> due(std::string_view address, SteadyTime now);

 private:
  struct Told {
    std::string address;
    SteadyTime at{};
    std::uint64_t left_out = 0;
  };
  bool all_have_enough(SteadyTime now);

  std::list<Told> told_;  // last told of first
  std::unordered_map<std::string_view, std::list<Told>::iterator> by_address_;
  SteadyTime window_{};
  std::uint32_t lines_ = 0;  // within the window
};

}  // namespace smartroute::control::identity
