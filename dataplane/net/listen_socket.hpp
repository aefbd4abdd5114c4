// Sockets that listen, shared by all workers: of TCP each worker has its own on the same port (SO_REUSEPORT), of a Unix socket each has a
// duplicate. Thread rule: one thread at a time.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "dataplane/net/listen_address.hpp"

namespace smartroute::net {

// A bound, listening, non-blocking socket. Errors: Internal with the reason ("address already in use"). Port 0 picks one; bound_port tells.
Result<int> open_listener(const ListenAddress& address);
Result<std::uint16_t> bound_port(int fd);
// Error if another process listens on the address already: SO_REUSEPORT alone would let two gateways share a port unnoticed.
Result<void> require_free_port(const ListenAddress& address);

// A Unix socket that listens, and its file.
class UnixListener {
 public:
  static constexpr unsigned kDefaultMode = 0660;

  // The file of a process that is gone is replaced. Nobody whom `mode` does not allow can connect, not for a moment. Errors: Internal, with one
  // sentence: somebody listens there, something else stands there, the folder is not there or not ours.
  static Result<std::unique_ptr<UnixListener>> open(const UnixAddress& address, unsigned mode);
  // As hide().
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // A duplicate for one worker, which owns it. Error: Internal.
  Result<int> share() const;
  // Takes the file away, unless it is another one by now: nobody finds the socket any more. Who has connected is still accepted from the
  // duplicates.
  void hide() noexcept;

 private:
  UnixListener(std::string path, int fd, dev_t device, ino_t inode) : path_(std::move(path)), fd_(fd), device_(device), inode_(inode) {}

  const std::string path_;
  int fd_;      // kept while the file stands, so that its number is not given to another file
  const dev_t device_;
  const ino_t inode_;
};

}  // namespace smartroute::net
