// A short program, run for what it prints.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// Its stdout, at most 64 KiB; stderr is dropped. Errors: NotFound (no such program), UpstreamTimeout (killed at the deadline), Internal (ended with another code than 0).
Result<std::string> captured_run(const std::filesystem::path& program, const std::vector<std::string>& arguments, std::chrono::milliseconds deadline);

}  // namespace smartroute::cli
