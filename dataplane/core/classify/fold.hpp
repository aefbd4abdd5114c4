// Text folding of the keyword classifier: full-width forms become half-width, so one keyword covers
// both ways of typing it. Letter case is not touched here; the automaton and the patterns ignore it
// themselves.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::classify {

// U+FF01..U+FF5E become U+0021..U+007E and U+3000 a space. Returns `text` itself when it has none
// of them (the usual case, one vector scan), else a view of `scratch`. Any bytes may come; the rest
// stays as it is.
std::string_view fold_width(std::string_view text, std::string& scratch);

// The same for a pattern: what becomes punctuation is escaped, so a full-width bracket stays a
// bracket to find and does not become syntax.
std::string fold_pattern(std::string_view pattern);

}  // namespace smartroute::classify
