#include "dataplane/core/tokens/characters.hpp"
#include "dataplane/core/tokens/embed.hpp"

// The path is the build's.
SMARTROUTE_EMBED(smartroute_character_tables, SMARTROUTE_CHARACTER_TABLES);
