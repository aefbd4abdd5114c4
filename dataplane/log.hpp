// Log lines for operators: one JSON object a line, or one human line on a terminal. Facts about requests are records, not log lines.
#pragma once
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace smartroute::sync {
class LogLines;
}

namespace smartroute::proxy {

// For AppOptions.log_lines and make_log().
std::shared_ptr<sync::LogLines> make_log_lines();

// Asynchronous: a stuck stderr never blocks who logs; the oldest lines are dropped then. `level`: debug, info, warn, error or off. What is logged also
// goes to `lines`, if there are any.
std::shared_ptr<spdlog::logger> make_log(const std::string& level, std::shared_ptr<sync::LogLines> lines = nullptr);

}  // namespace smartroute::proxy
