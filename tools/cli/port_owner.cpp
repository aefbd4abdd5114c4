#include "tools/cli/port_owner.hpp"

#include <charconv>
#include <filesystem>
#include <set>
#include <sstream>

#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {
namespace {

constexpr const char* kListening = "0A";

// Inodes of the sockets that listen on `port`.
void add_listeners(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  const auto text = read_file(table);
  if (!text) return;
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    const auto colon = local.rfind(':');
    if (state != kListening || colon == std::string::npos) continue;
    unsigned value = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), value, 16);
    if (value == port) inodes.insert("socket:[" + inode + "]");
  }
}

bool holds_any(const std::filesystem::path& descriptors, const std::set<std::string>& inodes) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(descriptors, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (inodes.count(std::filesystem::read_symlink(it->path(), gone).string()) != 0) return true;
  }
  return false;
}

}  // namespace

bool runs_somewhere(const std::string& wanted) {
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto name = read_file(it->path() / "comm"); name && name->starts_with(wanted)) return true;
  }
  return false;
}

PortOwner owner_of_port(std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) add_listeners(table, port, inodes);
  PortOwner owner;
  owner.listens = !inodes.empty();
  if (!owner.listens) return owner;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos || !holds_any(it->path() / "fd", inodes)) continue;
    owner.pid = std::stoi(name);
    if (auto program = read_file(it->path() / "comm")) owner.program = program->substr(0, program->find('\n'));
    break;
  }
  return owner;
}

}  // namespace smartroute::cli
