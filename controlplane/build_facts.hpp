// What the build system knows of this program. Generated from build_facts.cpp.in.
#pragma once
#include <string_view>

namespace smartroute::control {

// Compiler and libraries with their versions, in one line.
std::string_view built_with() noexcept;
// THIRD_PARTY_NOTICES.md.
std::string_view third_party_notices() noexcept;

}  // namespace smartroute::control
