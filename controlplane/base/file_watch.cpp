#include "controlplane/base/file_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <tuple>

namespace smartroute::control::base {
namespace {

constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_ATTRIB | IN_ONLYDIR;

// Which file it is and how it looked; links are followed.
using Signature = std::tuple<dev_t, ino_t, off_t, time_t, long, time_t, long>;

std::optional<Signature> signature_of(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return std::nullopt;
  return Signature(about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec,
                   about.st_mtim.tv_nsec, about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
}

}  // namespace

struct FileWatch::State {
  State(std::filesystem::path path, std::function<void()> callback)
      : file(std::move(path)),
        directory(file.has_parent_path() ? file.parent_path() : std::filesystem::path(".")),
        changed(std::move(callback)),
        seen(signature_of(file)),
        stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        events(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    arm();
  }
  ~State() {
    if (stop >= 0) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto n = ::write(stop, &one, sizeof one);
    }
    if (thread.joinable()) thread.join();
    if (stop >= 0) ::close(stop);
    if (events >= 0) ::close(events);
  }

  // Adding a watch that is there already changes nothing; a directory that came back gets its watch
  // again.
  void arm() { (void)::inotify_add_watch(events, directory.c_str(), kEvents); }

  void run() {
    for (;;) {
      pollfd waits[] = {{stop, POLLIN, 0}, {events, POLLIN, 0}};
      const int ready =
          ::poll(waits, 2, static_cast<int>(std::chrono::milliseconds(kPoll).count()));
      if ((waits[0].revents & POLLIN) != 0) return;
      if (ready > 0) drain();
      arm();
      auto now = signature_of(file);
      if (now == seen) continue;
      seen = now;
      changed();
    }
  }

  void drain() const {
    alignas(inotify_event) char bytes[4096];
    while (::read(events, bytes, sizeof bytes) > 0) {
    }
  }

  const std::filesystem::path file;
  const std::filesystem::path directory;
  const std::function<void()> changed;
  std::optional<Signature> seen;
  const int stop;
  const int events;
  std::thread thread;
};

FileWatch::FileWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileWatch::~FileWatch() = default;

Result<std::unique_ptr<FileWatch>> FileWatch::start(std::filesystem::path file,
                                                    std::function<void()> changed) {
  auto state = std::make_unique<State>(std::move(file), std::move(changed));
  if (state->stop < 0 || state->events < 0) {
    return fail(ErrorKind::Internal,
                "cannot watch " + state->file.string() + ": no file descriptor to be had");
  }
  state->thread = std::thread([raw = state.get()] { raw->run(); });
  return std::unique_ptr<FileWatch>(new FileWatch(std::move(state)));
}

}  // namespace smartroute::control::base
