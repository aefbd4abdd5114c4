// How much memory is in use, and how much there may be.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace smartroute::ops {

// Thread rule: one thread.
class MemoryMeter {
 public:
  struct Reading {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;  // 0: none is known
  };

  // Finds the control groups of this process below `root` (tests bring their own).
  explicit MemoryMeter(std::filesystem::path root = "/");

  // With a `configured` limit: what this process itself has resident. Else the tightest limit among the process's control groups (version 2
  // or 1) and what that group uses without the page cache that can be dropped at once: what the kernel will kill for, sockets and
  // neighbours in the container included. Else what the process has resident of the machine's memory. Never fails: what cannot be read
  // counts as 0.
  Reading read(std::uint64_t configured) const;

 private:
  struct Group {
    std::filesystem::path limit, used, stat;
    const char* droppable;  // row of `stat`
  };
  void find_groups();
  std::uint64_t resident() const;

  std::filesystem::path root_;
  std::vector<Group> groups_;  // of the process, and those around it
};

}  // namespace smartroute::ops
