#include "tools/cli/top_command.hpp"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <future>
#include <memory>

#include "tools/cli/admin_call.hpp"
#include "tools/cli/command_tree.hpp"
#include "tools/cli/top_screen.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAskTime{5'000};
constexpr int kErrors = 5;
constexpr std::int64_t kMinuteMs = 60'000, kHourUs = 3'600'000'000;

template <class Response, class Request>
std::future<Result<Response>> beside(const AdminAccess& access, const char* method, Request request) {
  return std::async(std::launch::async, [&access, method, request = std::move(request)] { return ask_typed<Response>(access, method, request, kAskTime); });
}

std::int64_t now_ms() { return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

rpc::GetStatsRequest stats_of(const TopOptions& options, const char* dimension) {
  rpc::GetStatsRequest request;
  request.set_since_ms(now_ms() - options.window_minutes * kMinuteMs);
  request.set_step_ms(-1);
  request.set_dimension(dimension);
  return request;
}

rpc::ListRecordsRequest newest_errors() {
  rpc::ListRecordsRequest request;
  request.set_page_size(kErrors);
  request.mutable_filter()->add_error_kinds("any");
  request.mutable_filter()->set_since_us(now_ms() * 1'000 - kHourUs);
  return request;
}

// All at once. The first thing that went wrong, if anything did; `into` keeps what it had of that.
Result<void> look(const TopOptions& options, TopSnapshot& into) {
  auto about = beside<rpc::GetAboutResponse>(options.access, "AboutService/GetAbout", rpc::GetAboutRequest());
  auto all = beside<rpc::GetStatsResponse>(options.access, "StatsService/GetStats", stats_of(options, ""));
  auto tiers = beside<rpc::GetStatsResponse>(options.access, "StatsService/GetStats", stats_of(options, "tier"));
  auto models = beside<rpc::GetStatsResponse>(options.access, "StatsService/GetStats", stats_of(options, "model"));
  auto health = beside<rpc::ListModelHealthResponse>(options.access, "HealthService/ListModelHealth", rpc::ListModelHealthRequest());
  auto fleet = beside<rpc::ListInstancesResponse>(options.access, "FleetService/ListInstances", rpc::ListInstancesRequest());
  auto errors = beside<rpc::ListRecordsResponse>(options.access, "LogService/ListRecords", newest_errors());
  Result<void> outcome;
  const auto take = [&outcome](auto&& future, auto& place) {
    auto said = future.get();
    if (said)
      place = *std::move(said);
    else if (outcome)
      outcome = tl::unexpected(said.error());
  };
  take(about, into.about);
  take(all, into.all);
  take(tiers, into.tiers);
  take(models, into.models);
  take(health, into.health);
  take(fleet, into.fleet);
  take(errors, into.errors);
  into.about.clear_third_party_notices();
  into.complaint = outcome ? std::string() : outcome.error().text();
  return outcome;
}

std::atomic<bool> g_stop{false};
void on_signal(int) { g_stop = true; }
void on_resize(int) {}  // interrupts the wait; the size is asked for at each drawing

// The terminal as top uses it, and as it was before once this is gone: another screen, no cursor, keys at once and unseen.
class LiveScreen {
 public:
  LiveScreen() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    struct sigaction action {};
    action.sa_handler = on_signal;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
    action.sa_handler = on_resize;
    ::sigaction(SIGWINCH, &action, nullptr);
    std::fputs("\x1b[?1049h\x1b[?25l", stdout);
  }
  ~LiveScreen() {
    std::fputs("\x1b[?25h\x1b[?1049l", stdout);
    std::fflush(stdout);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  void draw(const TopSnapshot& snapshot) const {
    const Style style = style_of(STDOUT_FILENO);
    ScreenSize size = screen_size(STDOUT_FILENO);
    if (size.rows > 1) --size.rows;
    std::string text = "\x1b[H";
    const auto lines = top_lines(snapshot, size, style);
    for (const std::string& line : lines) text += line + "\x1b[K\n";
    text += "\x1b[J" + painted("q: quit   space: now", paint::kDim, style.colour) + "\x1b[K";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  enum class Key { None, Quit, Now, Resized };
  // Waits for a key, a signal or the end of the time.
  static Key wait(milliseconds time) {
    pollfd item{STDIN_FILENO, POLLIN, 0};
    const int n = ::poll(&item, 1, static_cast<int>(std::max<std::int64_t>(0, time.count())));
    if (g_stop) return Key::Quit;
    if (n < 0) return Key::Resized;
    if (n == 0) return Key::None;
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) <= 0) return Key::Quit;
    if (key == 'q' || key == 'Q' || key == 3 || key == 4) return Key::Quit;
    return key == ' ' ? Key::Now : Key::Resized;
  }

 private:
  termios before_{};
};

int watch(const TopOptions& options, TopSnapshot& snapshot) {
  LiveScreen screen;
  auto next = Clock::now() + options.refresh;
  while (true) {
    screen.draw(snapshot);
    const auto key = LiveScreen::wait(std::chrono::duration_cast<milliseconds>(next - Clock::now()));
    if (key == LiveScreen::Key::Quit) return kOk;
    if (key == LiveScreen::Key::Resized && Clock::now() < next) continue;
    // What went wrong is on the screen; the next look may be better.
    (void)look(options, snapshot);
    next = Clock::now() + options.refresh;
  }
}

}  // namespace

int top(const TopOptions& options) {
  TopSnapshot snapshot;
  snapshot.admin = options.access.admin;
  snapshot.window_minutes = options.window_minutes;
  if (const auto seen = look(options, snapshot); !seen) return complain(seen.error(), kFailed);
  if (options.output == Output::Json) {
    std::fputs(top_json(snapshot).c_str(), stdout);
    return kOk;
  }
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  if (!options.once && terminal) return watch(options, snapshot);
  ScreenSize size = screen_size(STDOUT_FILENO);
  size.rows = 0;
  if (::isatty(STDOUT_FILENO) == 0) size.columns = 200;
  for (const std::string& line : top_lines(snapshot, size, style_of(STDOUT_FILENO))) std::printf("%s\n", line.c_str());
  return kOk;
}

void add_top_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<TopOptions>();
  auto* command = app.add_subcommand("top", "watch a running gateway: requests, tiers, models, proxies and errors on one screen; q quits");
  command->add_option("--window", options->window_minutes, "minutes over which requests, times, tokens and cost are taken")->check(CLI::Range(1, 60))->capture_default_str();
  command
      ->add_option_function<int>("--refresh", [options](int seconds) { options->refresh = std::chrono::seconds(seconds); }, "seconds between two looks")
      ->check(CLI::Range(1, 3'600))
      ->default_str("1");
  command->add_flag("--once", options->once, "print it once and go; so it is where no terminal is");
  add_output_flag(*command, options->output);
  add_admin_flags(*command, options->access);
  command->callback([&action, options] { action = [options] { return top(*options); }; });
}

}  // namespace smartroute::cli
