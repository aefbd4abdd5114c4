// The two-level table of character classes.
#pragma once
#include <string>

namespace smartroute::token_tables {

// `file`: the ranges of unicode_16_classes.txt. The bytes of table_layout.hpp's table.
std::string build_classes(const std::string& file);

}  // namespace smartroute::token_tables
