#include "tools/load_generator/load_run.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <vector>

#include "tools/load_generator/response_reader.hpp"

namespace smartroute::load_generator {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kSweepEvery = kSecond / 10;  // for answers that do not come
constexpr std::size_t kReadBytes = 128 * 1024;
constexpr std::size_t kMaxWaiting = 1'000'000;  // intended sends for which no connection is free
constexpr double kOpenStreamsRate = 500;        // streams a second; gentler than any listen queue
constexpr int kEventsAtOnce = 256;

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

std::int64_t from_seconds(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(kSecond));
}

// Uniform in (0, 1], from splitmix64.
double next_uniform(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return (static_cast<double>((z ^ (z >> 31)) >> 11) + 1) * 0x1.0p-53;
}

struct Connection {
  explicit Connection(Digest digest) : reader(digest) {}
  int fd = -1;
  bool busy = false;
  bool writing = false;  // the request did not fit into the socket
  std::size_t written = 0;
  std::int64_t intended = 0;
  std::int64_t sent = 0;
  std::int64_t first_byte = 0;
  ResponseReader reader;
};

}  // namespace

struct LoadRun::Engine {
  Engine(const Options& o, const std::function<void(int)>& when_open)
      : options(o), on_open(when_open) {}
  ~Engine() {
    for (auto& c : connections) {
      if (c->fd >= 0) ::close(c->fd);
    }
    if (epoll >= 0) ::close(epoll);
  }

  Result<Report> run();
  Result<void> prepare();
  bool connect(Connection& c);
  void plan_schedule();
  void send_due(std::int64_t now);
  void start(Connection& c, std::int64_t intended, std::int64_t now);
  void write_some(Connection& c);
  void on_event(Connection& c, std::uint32_t events);
  void complete(Connection& c, std::int64_t now);
  void check(Connection& c, const char*& error);
  void failed(Connection& c, std::string kind);
  void release(Connection& c, bool reusable);
  void sweep(std::int64_t now);
  bool finished(std::int64_t now);
  void wait(std::int64_t now);
  void note_opened();

  const Options& options;
  const std::function<void(int)>& on_open;
  Target target;
  sockaddr_in address{};
  std::string request;
  int epoll = -1;
  std::vector<std::unique_ptr<Connection>> connections;
  std::deque<Connection*> idle;
  std::deque<std::int64_t> waiting;  // intended times
  std::vector<char> buffer = std::vector<char>(kReadBytes);

  bool open_loop = false;
  double rate = 0;
  std::uint64_t limit = UINT64_MAX;  // requests
  std::int64_t begin = 0;
  std::int64_t measure_from = 0;
  std::int64_t stop_sending = INT64_MAX;
  std::int64_t next_due = 0;
  double next_due_exact = 0;  // seconds after begin
  std::uint64_t random_state = 0;
  std::uint64_t started = 0;
  std::uint64_t busy = 0;
  std::int64_t last_answer = 0;
  std::int64_t next_sweep = 0;
  int opened = 0;
  std::int64_t hold_until = INT64_MAX;
  std::string expected_sha;
  Report report;
};

Result<void> LoadRun::Engine::prepare() {
  auto parsed = parse_url(options.url);
  if (!parsed) return fail(std::move(parsed).error());
  target = *std::move(parsed);
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  if (::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1) {
    return fail(ErrorKind::Invalid, "--url: the host must be an IPv4 address");
  }
  auto built = build_request(options, target);
  if (!built) return fail(std::move(built).error());
  request = *std::move(built);
  if (options.requests == 0 && options.duration_s <= 0 && options.open_streams == 0) {
    return fail(ErrorKind::Invalid, "give --requests, --duration or --open-streams");
  }
  expected_sha = options.sha256;
  epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const Digest digest = options.sha256.empty() ? Digest::Off : Digest::Sha256;
  const int count = std::max(options.connections, options.open_streams);
  for (int i = 0; i < count; ++i) connections.push_back(std::make_unique<Connection>(digest));
  // One connection proves that somebody listens. Streams that are kept open connect when their turn
  // comes.
  const std::size_t at_once = options.open_streams > 0 ? 1 : connections.size();
  for (std::size_t i = 0; i < at_once; ++i) {
    if (!connect(*connections[i])) {
      return fail(ErrorKind::Invalid, "cannot connect to " + target.host + ":" +
                                          std::to_string(target.port) + ": " +
                                          std::strerror(errno));
    }
  }
  for (auto& c : connections) idle.push_back(c.get());
  return {};
}

bool LoadRun::Engine::connect(Connection& c) {
  c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c.fd < 0) return false;
  const timeval patience{static_cast<time_t>(options.timeout_s), 0};
  ::setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(c.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    ::close(c.fd);
    c.fd = -1;
    errno = why;
    return false;
  }
  const int on = 1;
  ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(c.fd, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &c;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, c.fd, &event);
  ++report.connects;
  return true;
}

void LoadRun::Engine::plan_schedule() {
  open_loop = options.rate > 0 || options.open_streams > 0;
  rate = options.open_streams > 0 ? kOpenStreamsRate : options.rate;
  if (options.requests > 0) limit = options.requests;
  if (options.open_streams > 0) limit = static_cast<std::uint64_t>(options.open_streams);
  random_state = options.seed;
  begin = now_ns();
  measure_from = begin + from_seconds(options.warmup_s);
  if (options.duration_s > 0 && options.open_streams == 0)
    stop_sending = begin + from_seconds(options.duration_s);
  next_due = begin;
  next_sweep = begin + kSweepEvery;
  last_answer = begin;
}

void LoadRun::Engine::send_due(std::int64_t now) {
  if (!open_loop) {
    // A closed loop fills every idle connection; after that each answer sends the next request.
    // One round only: a connection that fails at once is idle again.
    for (std::size_t n = idle.size(); n > 0 && started < limit && now < stop_sending; --n) {
      Connection& c = *idle.front();
      idle.pop_front();
      start(c, now, now);
    }
    return;
  }
  while (next_due <= now && next_due < stop_sending && started + waiting.size() < limit) {
    if (waiting.size() < kMaxWaiting) waiting.push_back(next_due);
    next_due_exact += (options.poisson ? -std::log(next_uniform(random_state)) : 1.0) / rate;
    next_due = begin + from_seconds(next_due_exact);
  }
  while (!waiting.empty() && !idle.empty()) {
    Connection& c = *idle.front();
    idle.pop_front();
    const std::int64_t intended = waiting.front();
    waiting.pop_front();
    start(c, intended, now);
  }
}

void LoadRun::Engine::start(Connection& c, std::int64_t intended, std::int64_t now) {
  ++started;
  ++report.sent;
  ++busy;
  c.busy = true;
  c.intended = intended;
  c.sent = now;
  c.first_byte = 0;
  c.written = 0;
  c.reader.reset();
  if (c.fd < 0 && !connect(c)) {
    failed(c, std::string("connect: ") + std::strerror(errno));
    return;
  }
  write_some(c);
}

void LoadRun::Engine::write_some(Connection& c) {
  const ssize_t n =
      ::send(c.fd, request.data() + c.written, request.size() - c.written, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) {
    failed(c, "send");
    return;
  }
  if (n > 0) c.written += static_cast<std::size_t>(n);
  const bool more = c.written < request.size();
  if (more != c.writing) {
    c.writing = more;
    epoll_event event{};
    event.events = more ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &c;
    ::epoll_ctl(epoll, EPOLL_CTL_MOD, c.fd, &event);
  }
}

void LoadRun::Engine::on_event(Connection& c, std::uint32_t events) {
  if (c.fd < 0) return;
  if (c.writing && (events & EPOLLOUT) != 0) {
    write_some(c);
    if ((events & EPOLLIN) == 0 || c.fd < 0) return;
  }
  const ssize_t n = ::recv(c.fd, buffer.data(), buffer.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  const std::int64_t now = now_ns();
  if (!c.busy) {  // the server closed an idle connection, or talks unasked
    if (n > 0) ++report.errors["unasked_bytes"];
    ::close(c.fd);
    c.fd = -1;
    return;
  }
  if (n > 0 && c.first_byte == 0) {
    c.first_byte = now;
    if (options.open_streams > 0) note_opened();
  }
  const bool measured = c.intended >= measure_from;
  const ReadState state = n > 0 ? c.reader.feed({buffer.data(), static_cast<std::size_t>(n)}, now,
                                                measured ? &report.event_delay : nullptr)
                                : c.reader.end();
  if (state == ReadState::NeedMore) return;
  if (state == ReadState::Broken) {
    failed(c, n < 0 ? "reset" : c.reader.problem());
    return;
  }
  complete(c, now);
}

void LoadRun::Engine::note_opened() {
  if (++opened < options.open_streams) return;
  on_open(opened);
  hold_until = now_ns() + from_seconds(options.hold_s);
}

void LoadRun::Engine::check(Connection& c, const char*& error) {
  const ResponseReader& r = c.reader;
  if (options.stream && r.status() == 200 && !r.done()) error = "no_done";
  if (r.events() < options.min_events) error = "too_few_events";
  if (options.expect_bytes && r.body_bytes() != *options.expect_bytes) error = "wrong_size";
  if (expected_sha.empty()) return;
  const std::string sha = c.reader.sha256();
  if (expected_sha == "same") expected_sha = sha;
  if (sha != expected_sha) error = "wrong_bytes";
}

void LoadRun::Engine::complete(Connection& c, std::int64_t now) {
  const ResponseReader& r = c.reader;
  if (r.status() != options.expect_status) {
    failed(c, "status_" + std::to_string(r.status()));
    return;
  }
  const char* error = nullptr;
  check(c, error);
  if (error != nullptr) {
    failed(c, error);
    return;
  }
  if (options.open_streams > 0) {
    failed(c, "stream_ended");
    return;
  }
  ++report.completed;
  report.events += r.events();
  report.body_bytes += r.body_bytes();
  last_answer = now;
  if (c.intended >= measure_from) {
    ++report.measured;
    report.latency.add(now - c.intended);
    report.first_byte.add(c.first_byte - c.intended);
    if (r.provider_received_ns() > 0) report.request_path.add(r.provider_received_ns() - c.sent);
  }
  release(c, r.keep_alive());
}

void LoadRun::Engine::failed(Connection& c, std::string kind) {
  if (report.first_error.empty()) report.first_error = kind;
  ++report.errors[std::move(kind)];
  last_answer = now_ns();
  release(c, false);
}

void LoadRun::Engine::release(Connection& c, bool reusable) {
  c.busy = false;
  --busy;
  if (!reusable && c.fd >= 0) {
    ::close(c.fd);
    c.fd = -1;
  }
  if (!reusable) c.writing = false;
  idle.push_back(&c);
}

void LoadRun::Engine::sweep(std::int64_t now) {
  if (now < next_sweep) return;
  next_sweep = now + kSweepEvery;
  const std::int64_t oldest = now - from_seconds(options.timeout_s);
  for (auto& c : connections) {
    if (c->busy && c->sent < oldest && (options.open_streams == 0 || c->first_byte == 0))
      failed(*c, "timeout");
  }
}

bool LoadRun::Engine::finished(std::int64_t now) {
  if (options.open_streams > 0) return now >= hold_until || report.failed() > 0;
  const bool all_sent = started >= limit || now >= stop_sending;
  return all_sent && waiting.empty() && busy == 0;
}

void LoadRun::Engine::wait(std::int64_t now) {
  std::int64_t until = std::min(next_sweep, hold_until);
  if (open_loop && next_due < stop_sending && started + waiting.size() < limit)
    until = std::min(until, next_due);
  const std::int64_t nap = std::max<std::int64_t>(until - now, 0);
  const timespec timeout{nap / kSecond, nap % kSecond};
  epoll_event events[kEventsAtOnce];
  int n = ::epoll_pwait2(epoll, events, kEventsAtOnce, &timeout, nullptr);
  if (n < 0 && errno == ENOSYS) {  // kernels before 5.11: late by up to a millisecond
    n = ::epoll_wait(epoll, events, kEventsAtOnce, static_cast<int>((nap + 999'999) / 1'000'000));
  }
  for (int i = 0; i < n; ++i)
    on_event(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
}

Result<Report> LoadRun::Engine::run() {
  if (auto ready = prepare(); !ready) return fail(std::move(ready).error());
  ::prctl(PR_SET_TIMERSLACK, 1);  // sends are due to the microsecond; the default slack is 50
  plan_schedule();
  for (std::int64_t now = begin; !finished(now); now = now_ns()) {
    send_due(now);
    wait(now);
    sweep(now);
  }
  report.elapsed_s = static_cast<double>(last_answer - begin) / static_cast<double>(kSecond);
  if (options.open_streams > 0 && report.failed() == 0)
    report.completed = static_cast<std::uint64_t>(opened);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  report.own_cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return std::move(report);
}

LoadRun::LoadRun(Options options, std::function<void(int)> on_open)
    : options_(std::move(options)), on_open_(std::move(on_open)) {}
LoadRun::~LoadRun() = default;

Result<Report> LoadRun::run() { return Engine(options_, on_open_).run(); }

}  // namespace smartroute::load_generator
