// The other ways in which a secret is written down: in JSON, in URLs, in base64. Providers quote requests in all of them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::accounting {

// Appends every spelling of `secret` that is not itself: escaped as in JSON; with %-escapes of either case; the part of its base64 (both
// alphabets) that is the same wherever in a longer text it stands, for each of the three places. Those below `least` bytes are left out: they
// would be found in other texts.
void append_spellings(std::string_view secret, std::size_t least, std::vector<std::string>& out);

}  // namespace smartroute::accounting
