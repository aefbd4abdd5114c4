#include "dataplane/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <mutex>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/sync/log_lines.hpp"

namespace smartroute::proxy {
namespace {

constexpr std::size_t kQueueLines = 8192;

// {"ts":"2024-01-02T03:04:05.678Z","level":"info","msg":"..."}: the shape of the control plane's lines.
class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string text = openai::json_quote({message.payload.data(), message.payload.size()});
    fmt::format_to(std::back_inserter(out), R"({{"ts":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","msg":{}}})", fmt::gmtime(ms / 1000),
                   ms % 1000, fmt::string_view(level.data(), level.size()), text);
    out.push_back('\n');
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

std::string_view name_of(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return "debug";
  if (level == spdlog::level::info) return "info";
  return level == spdlog::level::warn ? "warn" : "error";
}

class LinesSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LinesSink(std::shared_ptr<sync::LogLines> lines) : lines_(std::move(lines)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(message.time.time_since_epoch());
    lines_->add(at.count(), name_of(message.level), {message.payload.data(), message.payload.size()});
  }
  void flush_() override {}
  const std::shared_ptr<sync::LogLines> lines_;
};

}  // namespace

std::shared_ptr<sync::LogLines> make_log_lines() { return std::make_shared<sync::LogLines>(); }

std::shared_ptr<spdlog::logger> make_log(const std::string& level, std::shared_ptr<sync::LogLines> lines) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (::isatty(STDERR_FILENO) != 0)
    sink->set_pattern("%H:%M:%S.%e %-5l %v");
  else
    sink->set_formatter(std::make_unique<JsonLines>());
  spdlog::init_thread_pool(kQueueLines, 1);
  std::vector<spdlog::sink_ptr> sinks{std::move(sink)};
  if (lines) sinks.push_back(std::make_shared<LinesSink>(std::move(lines)));
  auto log = std::make_shared<spdlog::async_logger>("proxy", sinks.begin(), sinks.end(), spdlog::thread_pool(),
                                                    spdlog::async_overflow_policy::overrun_oldest);
  log->set_level(spdlog::level::from_str(level == "warn" ? "warning" : level));
  log->flush_on(spdlog::level::warn);
  return log;
}

}  // namespace smartroute::proxy
