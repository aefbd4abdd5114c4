// What every thread beside the workers says about itself when it starts.
#pragma once

namespace smartroute::sync {

// Names the calling thread and lets workers run before it: on a busy core a batch of records must not stand in front of a request.
// Threads it starts (gRPC's) inherit that. The weight that is left, about a tenth of a core, ships more records than a core can serve.
void enter_background(const char* name) noexcept;

}  // namespace smartroute::sync
