// kill -9 in the middle of configuration writes. The child is this same program: it opens the real
// store, lets several threads write revisions by compare-and-swap, and prints each number once it
// was acknowledged. The parent kills it at a seeded random moment, opens the store again, and looks
// for every revision that was printed, content included.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <thread>

#include "contract/base/random.hpp"
#include "controlplane/store/config_service.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

constexpr int kCycles = 40;
constexpr int kWriters = 4;
constexpr std::uint64_t kMostAcknowledged = 24;  // revisions of one cycle before the kill
constexpr std::uint64_t kMostExtraMicros = 3'000;
const char kMaster[] = "a master key for tests, long enough";

struct Gateway {
  std::unique_ptr<Store> store;
  std::unique_ptr<ConfigService> service;
};

Result<Gateway> open_gateway(const std::filesystem::path& state, const Clock& clock) {
  auto opened = open_rocks_store({state, nullptr});
  if (!opened) return fail(opened.error());
  auto sealer = Sealer::from_master(Secret(kMaster));
  if (!sealer) return fail(sealer.error());
  config::SecretSource none;
  none.environment = none.file = [](const std::string&) { return std::optional<std::string>(); };
  auto service = ConfigService::open(*opened->store, std::move(*sealer), clock, {{}, none});
  if (!service) return fail(service.error());
  return Gateway{std::move(opened->store), std::move(*service)};
}

v1::Config content(const std::string& mark) {
  v1::Config config;
  auto& provider = *config.add_providers();
  provider.set_id("p");
  provider.set_protocol(v1::Provider::PROTOCOL_OPENAI);
  provider.set_base_url("https://api.example.com/v1");
  provider.mutable_api_key()->set_value("sk-secret-of-" + mark);
  for (auto* tier : {config.mutable_tiers()->mutable_t1(), config.mutable_tiers()->mutable_t2(),
                     config.mutable_tiers()->mutable_t3()})
    tier->add_models("p/model");
  config.mutable_router()->set_mode(v1::Router::MODE_RANDOM);
  config.mutable_retry()->add_error_keywords(mark);
  return config;
}

// One line, one write: a pipe keeps it whole.
void say(const std::string& line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(3);
}

int run_child(const std::string& state, const std::string& cycle) {
  const SystemClock clock;
  auto gateway = open_gateway(state, clock);
  if (!gateway) {
    say("refused " + gateway.error().text() + "\n");
    return 1;
  }
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0;; ++i) {
        const std::string mark = cycle + "." + std::to_string(w) + "." + std::to_string(i);
        const auto put =
            gateway->service->put(content(mark), gateway->service->newest(), {"w", mark});
        if (put) {
          say("ack " + std::to_string(put->head.number.number) + " " + mark + " " +
              put->head.fingerprint + "\n");
        } else if (put.error().error.kind() != ErrorKind::Conflict) {
          say("refused " + put.error().error.text() + "\n");
          ::_exit(2);
        }
      }
    });
  for (auto& writer : writers) writer.join();
  return 0;
}

struct Acknowledged {
  std::string mark;
  std::string fingerprint;
};
using Ledger = std::map<std::uint64_t, Acknowledged>;

class Child {
 public:
  Child(const std::string& state, const std::string& cycle) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "pipe2";
    out_ = ends[0];
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl("/proc/self/exe", "store_crash_test", "--child", state.c_str(), cycle.c_str(),
              nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
  }
  ~Child() { ::close(out_); }

  // Reads until `lines` were said, then goes on for `extra_micros`; kills; reads what was still in
  // the pipe.
  void kill_after(std::uint64_t lines, std::uint64_t extra_micros) {
    while (said_lines() < lines && read_more(-1)) {
    }
    timespec extra{0, static_cast<long>(extra_micros) * 1'000};
    pollfd ready{
        out_, 0,
        0};  // waits for no event at all: only for the time to pass, or for the child to end
    ::ppoll(&ready, 1, &extra, nullptr);
    ::kill(pid_, SIGKILL);
    while (read_more(-1)) {
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << said_;
  }

  // Only whole lines: a line cut by the kill was not acknowledged to anyone.
  void enter(Ledger& ledger) const {
    std::istringstream in(said_.substr(0, said_.rfind('\n') + 1));
    for (std::string word; in >> word;) {
      std::uint64_t number = 0;
      Acknowledged ack;
      if (word != "ack" || !(in >> number >> ack.mark >> ack.fingerprint)) {
        ADD_FAILURE() << said_;
        return;
      }
      EXPECT_TRUE(ledger.emplace(number, ack).second)
          << "revision " << number << " was acknowledged twice";
    }
  }

 private:
  std::uint64_t said_lines() const {
    return static_cast<std::uint64_t>(std::count(said_.begin(), said_.end(), '\n'));
  }

  bool read_more(int timeout_ms) {
    pollfd ready{out_, POLLIN, 0};
    if (::poll(&ready, 1, timeout_ms) <= 0) return false;
    char buffer[4096];
    const ssize_t count = ::read(out_, buffer, sizeof buffer);
    if (count <= 0) return false;
    said_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::string said_;
};

TEST(Crash, LosesNoAcknowledgedRevision) {
  const TestDir dir;
  const auto state = dir.path() / "state";
  const SystemClock clock;
  SeededRandom random(20'240'607);
  Ledger ledger;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    Child child(state.string(), std::to_string(cycle));
    child.kill_after(random.below(kMostAcknowledged), random.below(kMostExtraMicros));
    child.enter(ledger);
    auto gateway = open_gateway(state, clock);
    ASSERT_TRUE(gateway) << gateway.error().text();
    const std::uint64_t newest = gateway->service->newest().number;
    if (!ledger.empty()) {
      ASSERT_GE(newest, ledger.rbegin()->first);
    }
    for (std::uint64_t n = 1; n <= newest; ++n)
      ASSERT_TRUE(gateway->store->revision(Revision{n})) << n;
    for (const auto& [number, ack] : ledger) {
      const auto view = gateway->service->get(Revision{number});
      ASSERT_TRUE(view) << number << ": " << view.error().text();
      EXPECT_EQ(view->head.fingerprint, ack.fingerprint);
      EXPECT_EQ(view->head.note, ack.mark);
      EXPECT_EQ(view->config.retry().error_keywords(0), ack.mark);
    }
  }
  EXPECT_GT(ledger.size(), static_cast<std::size_t>(kCycles));
  RecordProperty("acknowledged", static_cast<int>(ledger.size()));
}

}  // namespace
}  // namespace smartroute::store

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--child")
    return smartroute::store::run_child(argv[2], argv[3]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
