// A child process with its own log file.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::cli {

struct Program {
  std::filesystem::path file;
  std::vector<std::string> arguments;  // without the program's own name
  std::filesystem::path log;           // takes stdout and stderr, appended to
  std::optional<std::vector<std::string>> environment = {};  // "NAME=value"; nullopt: that of this process
};

struct Exit {
  bool by_signal = false;
  int code = 0;  // exit code, or signal number
};
// "exited with code 1", "was ended by signal 9 (Killed)".
std::string to_string(Exit exit);

// Owns a running process: ends it hard when destroyed. The child leads its own process group, so a
// Ctrl-C reaches it only through its owner, starts with default signal handling, and gets SIGTERM
// when its owner dies. Thread rule: all calls from the thread that started it, which must outlive
// it (the kernel ties the SIGTERM to that thread).
class Child {
 public:
  // Error: Internal, with the reason when the program could not be executed.
  static Result<Child> start(const Program& program);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  // How it ended, if it has; never waits.
  std::optional<Exit> poll();
  void send(int signal) const;
  pid_t pid() const { return pid_; }

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  void end_hard() noexcept;

  pid_t pid_ = -1;  // -1: moved from
  std::optional<Exit> exit_;
};

}  // namespace smartroute::cli
