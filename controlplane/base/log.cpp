#include "controlplane/base/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>

namespace smartroute::control::base {
namespace {

constexpr std::size_t kQueueLines = 8192;

std::string json_line(Level level, std::int64_t unix_ms, std::string_view message, Fields fields) {
  const std::time_t seconds = unix_ms / 1000;
  nlohmann::ordered_json line;
  line["ts"] = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000);
  line["level"] = name_of(level);
  line["msg"] = message;
  for (const Field& field : fields) {
    std::visit([&](auto value) { line["fields"][std::string(field.name())] = value; },
               field.value());
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_text(std::string_view message, Fields fields, std::string& out) {
  out += message;
  for (const Field& field : fields) {
    std::visit([&](auto value) { out += fmt::format("  {}={}", field.name(), value); },
               field.value());
  }
}

std::string human_line(Level level, std::int64_t unix_ms, std::string_view message, Fields fields) {
  const std::time_t seconds = unix_ms / 1000;
  std::string line = fmt::format("{:%H:%M:%S}.{:03} {:<5} {}", fmt::localtime(seconds),
                                 unix_ms % 1000, name_of(level), "");
  append_text(message, fields, line);
  return line;
}

std::int64_t unix_us_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(const std::string&)> sink) : sink_(std::move(sink)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    sink_(std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}
  std::function<void(const std::string&)> sink_;
};

}  // namespace

std::string_view name_of(Level level) noexcept {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
    case Level::Off:
      return "off";
  }
  return "";
}

std::string format(Form form, Level level, std::int64_t unix_ms, std::string_view message,
                   Fields fields) {
  return form == Form::Json ? json_line(level, unix_ms, message, fields)
                            : human_line(level, unix_ms, message, fields);
}

struct Log::Backend {
  // The pool goes last: its destructor writes what waits.
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::logger> logger;
};

Log::Log(Level lowest, Form form)
    : backend_(std::make_unique<Backend>()), lowest_(lowest), form_(form) {
  backend_->pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_pattern("%v");
  backend_->logger = std::make_shared<spdlog::async_logger>(
      "control", std::move(sink), backend_->pool, spdlog::async_overflow_policy::overrun_oldest);
  backend_->logger->set_level(spdlog::level::trace);
}

Log::Log(Level lowest, Form form, std::function<void(const std::string&)> sink)
    : backend_(std::make_unique<Backend>()), lowest_(lowest), form_(form) {
  backend_->logger =
      std::make_shared<spdlog::logger>("control", std::make_shared<FunctionSink>(std::move(sink)));
  backend_->logger->set_level(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(Level level, std::string_view message, Fields fields) {
  if (level < lowest_) return;
  const std::int64_t now = unix_us_now();
  print(level, now, message, fields);
  tell(level, now, message, fields);
}

void Log::aside(std::string_view message, Fields fields) {
  if (Level::Info >= lowest_) print(Level::Info, unix_us_now(), message, fields);
}

void Log::print(Level level, std::int64_t unix_us, std::string_view message, Fields fields) {
  const std::string line = format(form_, level, unix_us / 1000, message, fields);
  backend_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void Log::listen(LogListener listener) {
  auto next = listener ? std::make_shared<const LogListener>(std::move(listener)) : nullptr;
  const std::lock_guard lock(listener_mutex_);
  listener_.swap(next);
}

void Log::tell(Level level, std::int64_t unix_us, std::string_view message, Fields fields) {
  thread_local bool telling = false;
  if (telling) return;
  std::shared_ptr<const LogListener> listener;
  {
    const std::lock_guard lock(listener_mutex_);
    listener = listener_;
  }
  if (!listener) return;
  telling = true;
  std::string text;
  append_text(message, fields, text);
  (*listener)(level, unix_us, text);
  telling = false;
}

}  // namespace smartroute::control::base
