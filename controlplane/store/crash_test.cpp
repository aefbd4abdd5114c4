// kill -9 in the middle of writes. The child is this same program: it opens the real store, lets several threads write (revisions by
// compare-and-swap; batches of records, partly repeated), and prints what was acknowledged. The parent kills it at a seeded random moment, opens the store
// again, and looks for everything that was printed: each revision with its content, each record exactly once, in the rollups too.
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

const char kConfigs[] = "--configs", kLogs[] = "--logs";
constexpr int kLogCycles = 25;
constexpr std::uint64_t kMostBatches = 60;
constexpr int kBatchRecords = 40, kRepeated = 15;  // so many of each batch were in the one before
constexpr std::int64_t kRecordsBeginUs = 1'700'000'000'000'000;

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

v1::ReportRequest records_of(const std::string& boot, std::uint64_t first, int count) {
  v1::ReportRequest batch;
  batch.set_boot_id(boot);
  batch.set_instance_id("proxy");
  batch.set_first_sequence(first);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t sequence = first + static_cast<std::uint64_t>(i);
    auto& record = *batch.add_records();
    record.set_request_id(boot + "-" + std::to_string(sequence));
    record.set_received_us(kRecordsBeginUs + static_cast<std::int64_t>(sequence) * 1'000);
    record.set_endpoint("chat_completions");
    record.set_tier("t1");
    record.set_request_body(std::string(300, static_cast<char>('a' + sequence % 26)));
  }
  return batch;
}

// A data plane that was cut off repeats from what it last knew to be acknowledged: `from` of each of the boots.
int run_logs_child(const std::string& state, const std::string& from) {
  auto opened = open_rocks_store({state, nullptr});
  if (!opened) {
    say("refused " + opened.error().text() + "\n");
    return 1;
  }
  std::vector<std::thread> writers;
  std::istringstream in(from);
  for (std::uint64_t next = 0; in >> next;)
    writers.emplace_back([&store = *opened->store, next, boot = "boot" + std::to_string(writers.size())]() mutable {
      for (;;) {
        const std::uint64_t first = next < kRepeated ? 0 : next - kRepeated;
        const auto batch = records_of(boot, first, kBatchRecords);
        if (!store.append_records(batch)) ::_exit(2);
        next = std::max(next, first + kBatchRecords);
        say(boot + " " + std::to_string(next) + "\n");
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
  Child(const char* mode, const std::string& state, const std::string& cycle) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "pipe2";
    out_ = ends[0];
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl("/proc/self/exe", "store_crash_test", mode, state.c_str(), cycle.c_str(),
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
  std::string said() const { return said_.substr(0, said_.rfind('\n') + 1); }
  void enter(Ledger& ledger) const {
    std::istringstream in(said());
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
    Child child(kConfigs, state.string(), std::to_string(cycle));
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

// How often each record of each boot is there, by sequence.
std::map<std::string, std::vector<int>> stored_records(const Store& store) {
  std::map<std::string, std::vector<int>> seen;
  RecordQuery query;
  query.limit = kMaxPage;
  query.max_bytes = 1 << 30;
  query.patience = std::chrono::minutes(1);
  query.bodies = true;
  do {
    const auto page = store.query(query);
    if (!page) {
      ADD_FAILURE() << page.error().text();
      break;
    }
    for (const auto& record : page->records) {
      const auto dash = record.request_id().find('-');
      auto& of_boot = seen[record.request_id().substr(0, dash)];
      const auto sequence = std::stoul(record.request_id().substr(dash + 1));
      if (of_boot.size() <= sequence) of_boot.resize(sequence + 1);
      ++of_boot[sequence];
      EXPECT_EQ(record.request_body().size(), 300u);
    }
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  return seen;
}

std::uint64_t requests_counted(const Store& store) {
  std::uint64_t requests = 0;
  EXPECT_TRUE(store.rollups({control::Resolution::Minute, control::Dimension::Tier, {"t1"}, 0, kRecordsBeginUs * 2},
                            [&](std::string_view, std::int64_t, const control::RollupRow& row) {
                              requests += row.requests;
                              return true;
                            }));
  return requests;
}

TEST(Crash, KeepsEveryAcknowledgedRecordExactlyOnce) {
  const TestDir dir;
  const auto state = dir.path() / "state";
  SeededRandom random(20'240'609);
  std::map<std::string, std::uint64_t> acknowledged{{"boot0", 0}, {"boot1", 0}, {"boot2", 0}};
  for (int cycle = 0; cycle < kLogCycles; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    std::string from;
    for (const auto& [boot, next] : acknowledged) from += std::to_string(next) + " ";
    Child child(kLogs, state.string(), from);
    child.kill_after(random.below(kMostBatches), random.below(kMostExtraMicros));
    std::istringstream said(child.said());
    std::string boot;
    for (std::uint64_t next = 0; said >> boot >> next;) {
      ASSERT_TRUE(acknowledged.contains(boot)) << boot;
      acknowledged[boot] = std::max(acknowledged[boot], next);
    }
    auto opened = open_rocks_store({state, nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    ASSERT_TRUE(opened->notices.empty()) << opened->notices.front();
    auto seen = stored_records(*opened->store);
    std::uint64_t rows = 0;
    for (const auto& [name, next] : acknowledged) {
      ASSERT_GE(seen[name].size(), next);
      for (const int times : seen[name]) ASSERT_EQ(times, 1);  // no gap either: what came unacknowledged came whole
      rows += seen[name].size();
    }
    ASSERT_EQ(opened->store->record_count(), rows);
    ASSERT_EQ(requests_counted(*opened->store), rows);
    if (acknowledged["boot1"] > 0) {
      RecordQuery query;
      query.filter.set_request_id("boot1-" + std::to_string(acknowledged["boot1"] - 1));
      EXPECT_EQ(opened->store->query(query)->records.size(), 1u);
    }
  }
  EXPECT_GT(acknowledged["boot0"], static_cast<std::uint64_t>(kLogCycles));
}

}  // namespace
}  // namespace smartroute::store

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  if (mode == smartroute::store::kConfigs) return smartroute::store::run_child(argv[2], argv[3]);
  if (mode == smartroute::store::kLogs) return smartroute::store::run_logs_child(argv[2], argv[3]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
