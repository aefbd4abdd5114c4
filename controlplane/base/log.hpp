// Log lines for operators: one JSON object a line, or one human line on a terminal. Facts about
// requests do not belong here.
//
// Thread rule: any thread, never blocks: lines wait in a bounded queue, and the oldest are dropped
// when stderr is stuck. A Secret cannot be logged: no Field takes one.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace smartroute::control::base {

enum class Level : std::uint8_t { Debug, Info, Warn, Error, Off };
enum class Form : std::uint8_t { Json, Human };

class Field {
 public:
  Field(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  Field(std::string_view name, const char* value) : name_(name), value_(std::string_view(value)) {}
  Field(std::string_view name, const std::string& value)
      : name_(name), value_(std::string_view(value)) {}
  Field(std::string_view name, std::uint64_t value) : name_(name), value_(value) {}
  Field(std::string_view name, std::int64_t value) : name_(name), value_(value) {}
  Field(std::string_view name, std::int32_t value) : name_(name), value_(std::int64_t{value}) {}
  Field(std::string_view name, bool value) : name_(name), value_(value) {}

  using Value = std::variant<std::string_view, std::uint64_t, std::int64_t, bool>;
  std::string_view name() const noexcept { return name_; }
  const Value& value() const noexcept { return value_; }

 private:
  std::string_view name_;  // views: a Field lives as long as the call that logs it
  Value value_;
};
using Fields = std::initializer_list<Field>;

// The line without its end. `unix_ms` is wall time.
// Json:  {"ts":"2024-01-02T03:04:05.678Z","level":"info","msg":"...","fields":{...}}   (fields left
// out when there are none) Human: 03:04:05.678 info  message  name=value
std::string format(Form form, Level level, std::int64_t unix_ms, std::string_view message,
                   Fields fields);

// "debug", "info", "warn", "error", "off".
std::string_view name_of(Level level) noexcept;

// Is told of each line that is logged: what a human line says, without its time and level. Called on
// the thread that logs: it must neither block nor throw. What it logs itself it is not told of.
using LogListener = std::function<void(Level level, std::int64_t unix_us, std::string_view text)>;

class Log {
 public:
  // To stderr. Lines below `lowest` are not made.
  Log(Level lowest, Form form);
  // To `sink`, called with one line at a time and never concurrently. For tests.
  Log(Level lowest, Form form, std::function<void(const std::string&)> sink);
  // Writes what waits.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // An info line for who reads this process's own output, not for listeners: it holds what opens a door.
  void aside(std::string_view message, Fields fields = {});
  // Instead of the one before; empty: none. A call of the old one may still run.
  void listen(LogListener listener);

  void debug(std::string_view message, Fields fields = {}) { write(Level::Debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { write(Level::Info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { write(Level::Warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) { write(Level::Error, message, fields); }

 private:
  void write(Level level, std::string_view message, Fields fields);
  void print(Level level, std::int64_t unix_us, std::string_view message, Fields fields);
  void tell(Level level, std::int64_t unix_us, std::string_view message, Fields fields);
  struct Backend;
  std::unique_ptr<Backend> backend_;
  const Level lowest_;
  const Form form_;
  std::mutex listener_mutex_;  // held to copy a pointer
  std::shared_ptr<const LogListener> listener_;
};

}  // namespace smartroute::control::base
