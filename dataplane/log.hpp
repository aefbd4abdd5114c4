// Log lines for operators: one JSON object a line, or one human line on a terminal. Facts about requests are records, not log lines.
#pragma once
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace smartroute::proxy {

// Asynchronous: a stuck stderr never blocks who logs; the oldest lines are dropped then. `level`: debug, info, warn, error or off.
std::shared_ptr<spdlog::logger> make_log(const std::string& level);

}  // namespace smartroute::proxy
