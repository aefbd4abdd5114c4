// The vocabularies: read-only data in a library of its own, of which the programs of one machine share a single copy.
#include "dataplane/core/tokens/embed.hpp"
#include "dataplane/core/tokens/token_tables.hpp"

SMARTROUTE_EMBED(smartroute_o200k_tables, SMARTROUTE_O200K_TABLES);
SMARTROUTE_EMBED(smartroute_cl100k_tables, SMARTROUTE_CL100K_TABLES);
SMARTROUTE_EMBED(smartroute_p50k_tables, SMARTROUTE_P50K_TABLES);
SMARTROUTE_EMBED(smartroute_r50k_tables, SMARTROUTE_R50K_TABLES);

namespace smartroute::tokens {

[[gnu::visibility("default")]] const unsigned char* vocabulary_tables(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::Cl100kBase: return smartroute_cl100k_tables;
    case Encoding::P50kBase: return smartroute_p50k_tables;
    case Encoding::R50kBase: return smartroute_r50k_tables;
    case Encoding::O200kBase:
    case Encoding::O200kHarmony:  // differs in special tokens only
    case Encoding::kCount: break;
  }
  return smartroute_o200k_tables;
}

}  // namespace smartroute::tokens
