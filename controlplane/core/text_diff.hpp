// Line-by-line difference of two texts in the unified format (Myers 1986, "An O(ND) Difference
// Algorithm").
#pragma once
#include <string>
#include <string_view>

namespace smartroute::control {

// Beyond this many inserted and deleted lines the texts are shown as one whole replacement: time
// and memory grow with its square.
constexpr int kMaxEdits = 2'000;
constexpr int kContextLines = 3;

// Empty when the texts are equal. Lines end in '\n'; a last line without one is treated as if it
// had it.
std::string unified_diff(std::string_view from, std::string_view to, std::string_view from_label,
                         std::string_view to_label);

}  // namespace smartroute::control
