#include "dataplane/core/classify/embedded_classifier.hpp"

// SMARTROUTE_TIER_WEIGHTS is the path of the file, from the build.
asm(R"(
  .pushsection .rodata.smartroute_tier_weights, "a", %progbits
  .balign 64
  .global smartroute_tier_weights_begin
  .hidden smartroute_tier_weights_begin
smartroute_tier_weights_begin:
  .incbin ")" SMARTROUTE_TIER_WEIGHTS R"("
  .global smartroute_tier_weights_end
  .hidden smartroute_tier_weights_end
smartroute_tier_weights_end:
  .byte 0
  .popsection
)");

extern "C" {
extern const std::byte smartroute_tier_weights_begin[];
extern const std::byte smartroute_tier_weights_end[];
}

namespace smartroute::classify {

std::span<const std::byte> built_in_weights() noexcept {
  return {smartroute_tier_weights_begin, smartroute_tier_weights_end};
}

}  // namespace smartroute::classify
