#include "tools/cli/log_follower.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace smartroute::cli {
namespace {

bool is_problem(const std::string& level) {
  return level == "warn" || level == "warning" || level == "error" || level == "err" ||
         level == "critical" || level == "fatal";
}

bool says_when(const std::string& key) {
  return key == "ts" || key == "time" || key == "timestamp";
}

std::string plain(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Everything shown came from a log, which may quote what strangers sent: no control bytes reach the
// terminal, neither the old ones nor U+0080..U+009F.
std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) text[i + 1] = ' ';
    if (c1 || byte < 0x20 || byte == 0x7f) text[i] = ' ';
  }
  if (text.size() > LogFollower::kMaxLine) text.resize(LogFollower::kMaxLine);
  return text;
}

}  // namespace

std::string readable(std::string_view line, Show show) {
  if (line.empty()) return {};
  const auto record = nlohmann::json::parse(line, nullptr, false);
  if (!record.is_object()) return printable(std::string(line));
  const std::string level = record.contains("level") ? plain(record["level"]) : "info";
  if (show == Show::Problems && !is_problem(level)) return {};
  const char* message_key = record.contains("msg") ? "msg" : "message";
  std::string text = level + ": ";
  if (record.contains(message_key)) text += plain(record[message_key]);
  for (const auto& [key, value] : record.items()) {
    if (key == "level" || key == message_key || says_when(key)) continue;
    if (!value.is_object()) {
      text += " " + key + "=" + plain(value);
      continue;
    }
    for (const auto& [inner, fact] : value.items()) text += " " + inner + "=" + plain(fact);
  }
  return printable(std::move(text));
}

LogFollower::LogFollower(std::filesystem::path log, Show show) : log_(std::move(log)), show_(show) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(log_, absent);
  if (!absent) offset_ = size;
}

std::vector<std::string> LogFollower::take() {
  std::vector<std::string> lines;
  std::ifstream in(log_, std::ios::binary);
  if (!in) return lines;
  in.seekg(static_cast<std::streamoff>(offset_));
  std::string fresh(kMaxRead, '\0');
  in.read(fresh.data(), static_cast<std::streamsize>(fresh.size()));
  fresh.resize(static_cast<std::size_t>(in.gcount()));
  offset_ += fresh.size();
  partial_ += fresh;

  std::size_t begin = 0;
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', begin)) {
    auto text = readable(std::string_view(partial_).substr(begin, end - begin), show_);
    if (!text.empty()) lines.push_back(std::move(text));
    begin = end + 1;
  }
  partial_.erase(0, begin);
  if (partial_.size() > kMaxRead) partial_.clear();
  if (fresh.size() < kMaxRead) rotate_if_large();
  return lines;
}

void LogFollower::rotate_if_large() {
  if (offset_ < kMaxFile) return;
  std::error_code error;
  auto former = log_;
  former += ".1";
  std::filesystem::copy_file(log_, former, std::filesystem::copy_options::overwrite_existing,
                             error);
  if (error) return;
  // The child appends, so its next line lands at the new beginning.
  std::filesystem::resize_file(log_, 0, error);
  if (!error) offset_ = 0;
}

}  // namespace smartroute::cli
