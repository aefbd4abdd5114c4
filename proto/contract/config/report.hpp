// Collects problems up to a limit, so that a hostile document cannot turn its faults into work or
// memory.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "contract/config/problem.hpp"

namespace smartroute::config {

constexpr std::size_t kMaxErrors = 500;
constexpr std::size_t kMaxWarnings = 200;
constexpr std::size_t kMaxShownBytes = 64;  // of a value inside a problem's text

// One collector belongs to one thread. Problems keep the order of their calls.
class Report {
 public:
  void error(std::string path, std::string what, std::string nearest = {}, int line = 0);
  void warn(std::string path, std::string what, std::string nearest = {}, int line = 0);
  // True when another error would only be counted: costly explanations need not be made.
  bool full() const noexcept { return errors_ >= kMaxErrors; }
  // The problems, and one more that counts those left out; it is an error if one of them was.
  Problems take();

 private:
  Problems problems_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

// 'value', cut to kMaxShownBytes, control characters as \xNN. Never call it with a secret.
std::string shown(std::string_view value);

// One step of a path: a field, an element, a member whose name the author chose (shown as `shown`
// shows it, without quotes).
std::string field_path(std::string_view parent, std::string_view field);
std::string item_path(std::string_view parent, std::size_t index);
std::string member_path(std::string_view parent, std::string_view key);

}  // namespace smartroute::config
