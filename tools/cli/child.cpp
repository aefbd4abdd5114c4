#include "tools/cli/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace smartroute::cli {
namespace {

// Everything the child needs between fork and exec, prepared before: other threads may hold the
// allocator's lock then.
struct Prepared {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int log = -1;
  int report = -1;  // errno of a failed exec is written here; closed by a good one
  pid_t parent = -1;
};

[[noreturn]] void become(const char* file, const Prepared& prepared) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != prepared.parent) ::_exit(1);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(prepared.log, STDOUT_FILENO);
  ::dup2(prepared.log, STDERR_FILENO);
  ::execve(file, prepared.arguments.data(), prepared.environment.empty() ? environ : prepared.environment.data());
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(prepared.report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

std::string to_string(Exit exit) {
  if (!exit.by_signal) return "exited with code " + std::to_string(exit.code);
  return "was ended by signal " + std::to_string(exit.code) + " (" + ::strsignal(exit.code) + ")";
}

Result<Child> Child::start(const Program& program) {
  std::string file = program.file.string();
  std::vector<std::string> words{file};
  words.insert(words.end(), program.arguments.begin(), program.arguments.end());
  Prepared prepared;
  for (auto& word : words) prepared.arguments.push_back(word.data());
  prepared.arguments.push_back(nullptr);
  auto environment = program.environment.value_or(std::vector<std::string>{});
  for (auto& variable : environment) prepared.environment.push_back(variable.data());
  if (program.environment) prepared.environment.push_back(nullptr);
  prepared.parent = ::getpid();
  prepared.log = ::open(program.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (prepared.log < 0)
    return fail(ErrorKind::Internal,
                "cannot write the log " + program.log.string() + ": " + std::strerror(errno));
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    ::close(prepared.log);
    return fail(ErrorKind::Internal, std::string("pipe: ") + std::strerror(errno));
  }
  prepared.report = report[1];

  const pid_t pid = ::fork();
  if (pid == 0) become(file.c_str(), prepared);
  const int fork_error = errno;
  ::close(prepared.log);
  ::close(report[1]);
  int exec_error = 0;
  const auto got = pid > 0 ? ::read(report[0], &exec_error, sizeof exec_error) : 0;
  ::close(report[0]);
  if (pid < 0) return fail(ErrorKind::Internal, std::string("fork: ") + std::strerror(fork_error));
  Child child(pid);
  if (got > 0)
    return fail(ErrorKind::Internal, "cannot start " + file + ": " + std::strerror(exec_error));
  return child;
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), exit_(other.exit_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end_hard();
    pid_ = std::exchange(other.pid_, -1);
    exit_ = other.exit_;
  }
  return *this;
}

Child::~Child() { end_hard(); }

void Child::end_hard() noexcept {
  if (pid_ < 0 || exit_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::optional<Exit> Child::poll() {
  if (exit_ || pid_ < 0) return exit_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  if (WIFSIGNALED(status))
    exit_ = Exit{true, WTERMSIG(status)};
  else
    exit_ = Exit{false, WEXITSTATUS(status)};
  return exit_;
}

void Child::send(int signal) const {
  if (pid_ > 0 && !exit_) ::kill(pid_, signal);
}

}  // namespace smartroute::cli
