// Who listens on a TCP port of this machine.
#pragma once
#include <cstdint>
#include <string>

namespace smartroute::cli {

struct PortOwner {
  bool listens = false;
  int pid = 0;          // 0: nobody listens, or it is another user's
  std::string program;  // its name, at most 15 bytes; empty likewise
};

// From /proc; of any local address. Reads nothing else and opens no socket.
PortOwner owner_of_port(std::uint16_t port);

// Whether a process runs whose name begins so. A gateway hides what it has open from all but root; its name it shows.
bool runs_somewhere(const std::string& name);

}  // namespace smartroute::cli
