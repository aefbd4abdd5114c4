// Notices that a file is another one than before: written in place, replaced by an editor's rename,
// or swapped by Kubernetes, which turns the `..data` link beside it. inotify on the directory for
// speed; a look at the file every kPoll for file systems that send no events.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "contract/base/result.hpp"

namespace smartroute::control::base {

class FileWatch {
 public:
  static constexpr std::chrono::seconds kPoll{2};

  // Calls `changed` on a thread of its own, one call at a time, for each change since start() was
  // called; changes in quick succession may be told once. The file may come and go. Error:
  // Internal, when a thread or descriptor cannot be had.
  static Result<std::unique_ptr<FileWatch>> start(std::filesystem::path file,
                                                  std::function<void()> changed);
  // Waits for a call that is running.
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  struct State;
  explicit FileWatch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace smartroute::control::base
