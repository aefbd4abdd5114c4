// What every thread beside the workers says about itself when it starts.
#pragma once
#include <cstdint>

namespace smartroute::sync {

// Names the calling thread and lets workers run before it: on a busy core a batch of records must not stand in front of a request.
// Threads it starts (gRPC's) inherit that. The weight that is left, about a tenth of a core, ships more records than a core can serve; to close
// their accounts takes more, and what is not closed in time is lost.
enum class Weight : std::uint8_t { Tenth, Third };
void enter_background(const char* name, Weight weight = Weight::Tenth) noexcept;

}  // namespace smartroute::sync
