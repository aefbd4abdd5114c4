#include "dataplane/core/tokens/token_tables.hpp"

#include "dataplane/core/tokens/characters.hpp"

// The SMARTROUTE_*_TABLES are paths of files, from the build.
#define SMARTROUTE_EMBED(name, file)               \
  asm(".pushsection .rodata." #name ", \"a\", %progbits\n" \
      ".balign 64\n"                               \
      ".global " #name "\n"                        \
      ".hidden " #name "\n" #name ":\n"            \
      ".incbin \"" file "\"\n"                     \
      ".popsection\n");                            \
  extern "C" const unsigned char name[]

SMARTROUTE_EMBED(smartroute_o200k_tables, SMARTROUTE_O200K_TABLES);
SMARTROUTE_EMBED(smartroute_cl100k_tables, SMARTROUTE_CL100K_TABLES);
SMARTROUTE_EMBED(smartroute_p50k_tables, SMARTROUTE_P50K_TABLES);
SMARTROUTE_EMBED(smartroute_r50k_tables, SMARTROUTE_R50K_TABLES);
SMARTROUTE_EMBED(smartroute_character_tables, SMARTROUTE_CHARACTER_TABLES);

namespace smartroute::tokens {

const unsigned char* vocabulary_tables(Encoding encoding) noexcept {
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
