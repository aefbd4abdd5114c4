// What one request record costs the data plane on its way to the control plane: on the worker that
// offers it, and on all other threads (the drain thread and what gRPC starts). The receiver is a
// process of its own on another core.
// Run: build/release/bin/telemetry_bench [RECORDS [RECORDS_A_SECOND]]
#include <dirent.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sched.h>
#include <signal.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "dataplane/sync/telemetry_shipper.hpp"
#include "dataplane/sync/temporary_directory.hpp"
#include "smartroute/v1/telemetry.grpc.pb.h"

namespace {

using namespace smartroute;

constexpr int kBurst = 10;

class Receiver final : public v1::Telemetry::Service {
  grpc::Status Report(grpc::ServerContext*, const v1::ReportRequest* request,
                      v1::ReportResponse* response) override {
    response->set_stored(static_cast<std::uint64_t>(request->records_size()));
    return grpc::Status::OK;
  }
};

void run_on_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

[[noreturn]] void receive(const std::string& target) {
  run_on_core(0);
  Receiver receiver;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(target, grpc::InsecureServerCredentials());
  builder.RegisterService(&receiver);
  const auto server = builder.BuildAndStart();
  server->Wait();
  std::_Exit(0);
}

accounting::Record record_of(int i) {
  accounting::Record record;
  record.request_id = "req_0123456789abcdef" + std::to_string(100'000 + i % 1'000);
  record.received_us = record.routed_us = record.upstream_called_us = 1'700'000'000'000'000 + i;
  record.first_byte_us = record.completed_us = record.received_us + 1'000;
  record.endpoint = "chat_completions";
  record.requested_model = "auto";
  record.streaming = true;
  record.tier = "t2";
  record.mode = "keyword";
  record.reason = "default tier: no keyword matched";
  record.confidence = 0.5;
  accounting::Attempt attempt;
  attempt.provider = "openrouter";
  attempt.model = "openrouter/a-model-of-usual-length";
  attempt.outcome = "answered";
  attempt.status = 200;
  attempt.started_us = record.received_us;
  attempt.duration_us = 1'000;
  attempt.reused_connection = true;
  record.attempts.push_back(std::move(attempt));
  record.model = "openrouter/a-model-of-usual-length";
  record.provider = "openrouter";
  record.status = 200;
  record.ending = accounting::Ending::Completed;
  record.tokens = accounting::TokenUse{1'000, 200};
  record.key_id = "0123456789ab";
  record.config_revision = 3;
  record.request_bytes = 1'043;
  record.response_bytes = 20'000;
  record.overhead_us = 80;
  record.client_address = "127.0.0.1:54321";
  return record;
}

// CPU so far in ns, of each thread by its name, summed where names are the same.
std::map<std::string, std::uint64_t> cpu_by_thread() {
  std::map<std::string, std::uint64_t> out;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    const std::string path = std::string("/proc/self/task/") + task->d_name;
    std::string name;
    std::uint64_t cpu_ns = 0;
    if (std::getline(std::ifstream(path + "/comm"), name) &&
        std::ifstream(path + "/schedstat") >> cpu_ns)
      out[name] += cpu_ns;
  }
  closedir(tasks);
  return out;
}

std::uint64_t my_cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Offers `count` records at an even pace; the CPU of making, offering and destroying them in ns.
std::uint64_t offer(sync::TelemetryShipper& shipper, int count, int per_second) {
  std::uint64_t cpu_ns = 0;
  auto next = std::chrono::steady_clock::now();
  for (int i = 0; i < count; i += kBurst) {
    const std::uint64_t begin = my_cpu_ns();
    for (int k = 0; k < kBurst; ++k) shipper.offer(0, record_of(i + k));
    cpu_ns += my_cpu_ns() - begin;
    next += std::chrono::nanoseconds(std::int64_t{1'000'000'000} * kBurst / per_second);
    std::this_thread::sleep_until(next);
  }
  return cpu_ns;
}

void measure(const std::string& target, int count, int per_second) {
  run_on_core(1);
  spdlog::logger log("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
  const SystemClock clock;
  sync::ShipperOptions options;
  options.target = target;
  options.instance = InstanceId("bench");
  sync::TelemetryShipper shipper(options, clock, std::make_unique<SeededRandom>(1), log);
  shipper.start();
  offer(shipper, 5 * kBurst, per_second);
  while (shipper.delivered_total() == 0) std::this_thread::yield();

  auto before = cpu_by_thread();
  const std::uint64_t worker_ns = offer(shipper, count, per_second);
  auto after = cpu_by_thread();
  char self[32] = "telemetry_bench";
  std::printf("%d records at %d/s, dropped %llu\n", count, per_second,
              static_cast<unsigned long long>(shipper.dropped_total()));
  std::printf("%-16s %8.1f ns/record (making it included)\n", "worker",
              static_cast<double>(worker_ns) / count);
  for (const auto& [name, cpu_ns] : after)
    if (name != self)
      std::printf("%-16s %8.1f ns/record\n", name.c_str(),
                  static_cast<double>(cpu_ns - before[name]) / count);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // let the last batch go
  before = cpu_by_thread();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  after = cpu_by_thread();
  for (const auto& [name, cpu_ns] : after)
    if (name != self)
      std::printf("%-16s %8.1f us/s idle\n", name.c_str(),
                  static_cast<double>(cpu_ns - before[name]) / 2'000);
  shipper.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 60'000;
  const int per_second = argc > 2 ? std::atoi(argv[2]) : 10'000;
  sync::TemporaryDirectory directory;
  const std::string target = "unix:" + (directory.path() / "control.sock").string();
  const pid_t receiver = fork();
  if (receiver == 0) receive(target);
  measure(target, count, per_second);
  kill(receiver, SIGKILL);
  waitpid(receiver, nullptr, 0);
}
