// Files as read-only data of the program.
#pragma once

// `file` is a path, as a string literal; the bytes are aligned to a cache line and not exported.
#define SMARTROUTE_EMBED(name, file)               \
  asm(".pushsection .rodata." #name ", \"a\", %progbits\n" \
      ".balign 64\n"                               \
      ".global " #name "\n"                        \
      ".hidden " #name "\n" #name ":\n"            \
      ".incbin \"" file "\"\n"                     \
      ".popsection\n");                            \
  extern "C" const unsigned char name[]
