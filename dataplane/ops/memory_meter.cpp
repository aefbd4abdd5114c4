#include "dataplane/ops/memory_meter.hpp"

#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

namespace smartroute::ops {
namespace {

namespace fs = std::filesystem;

// Version 1 says "none" with the largest multiple of a page; no machine has so much.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

// The number in a file of one line; 0 for "max", nonsense, and a file that is not there.
std::uint64_t number_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : 0;
}

// The number behind `name` in a file of rows.
std::uint64_t row_of(const fs::path& file, std::string_view name) {
  std::ifstream in(file);
  std::string key;
  std::uint64_t value = 0;
  while (in >> key >> value)
    if (key == name) return value;
  return 0;
}

// MemTotal of /proc/meminfo, in bytes.
std::uint64_t machine_memory(const fs::path& file) {
  std::ifstream in(file);
  std::string key, unit;
  std::uint64_t kib = 0;
  while (in >> key >> kib) {
    if (key == "MemTotal:") return kib * 1024;
    std::getline(in, unit);
  }
  return 0;
}

}  // namespace

MemoryMeter::MemoryMeter(fs::path root) : root_(std::move(root)) { find_groups(); }

void MemoryMeter::find_groups() {
  const fs::path mount = root_ / "sys/fs/cgroup";
  // From the process's own group up to the mount point. A container sees its own group as the root of the mount, but may still be told
  // the path on the host, of which nothing exists here: then only the last step finds something.
  const auto climb = [this](const fs::path& top, const std::string& path, const char* limit, const char* used, const char* droppable) {
    for (fs::path at = fs::path(path).relative_path();; at = at.parent_path()) {
      const fs::path dir = top / at;
      std::error_code ignored;
      if (fs::exists(dir / limit, ignored)) groups_.push_back({dir / limit, dir / used, dir / "memory.stat", droppable});
      if (at.empty()) break;
    }
  };
  std::ifstream in(root_ / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {      // ID:CONTROLLERS:PATH
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") climb(mount, path, "memory.max", "memory.current", "inactive_file");
    if (controllers.find(",memory,") != std::string::npos)
      climb(mount / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }
}

std::uint64_t MemoryMeter::resident() const {
  std::ifstream in(root_ / "proc/self/statm");
  std::uint64_t all = 0, resident_pages = 0;
  if (!(in >> all >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryMeter::Reading MemoryMeter::read(std::uint64_t configured) const {
  if (configured != 0) return {resident(), configured};
  const Group* tightest = nullptr;
  std::uint64_t limit = 0;
  for (const Group& group : groups_) {
    const std::uint64_t its = number_in(group.limit);
    if (its == 0 || its >= kNoLimit || (tightest != nullptr && its >= limit)) continue;
    tightest = &group;
    limit = its;
  }
  if (tightest == nullptr) return {resident(), machine_memory(root_ / "proc/meminfo")};
  const std::uint64_t used = number_in(tightest->used), droppable = row_of(tightest->stat, tightest->droppable);
  return {used > droppable ? used - droppable : 0, limit};
}

}  // namespace smartroute::ops
