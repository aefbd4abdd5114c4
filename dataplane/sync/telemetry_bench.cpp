// What one request record costs the data plane on its way to the control plane: on the worker that
// offers it, and on all other threads (accounting, shipping and what gRPC starts). The receiver is a
// process of its own on another core.
// Run: build/release/bin/telemetry_bench [RECORDS [RECORDS_A_SECOND [BYTES_OF_EACH_BODY [counted]]]]
// 0 bytes: no bodies. counted: the provider gave no counts, so the bodies are counted here.
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
#include <vector>

#include "dataplane/sync/accountant.hpp"
#include "dataplane/sync/spool.hpp"
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

struct Load {
  int count, per_second;
  bool counted;
  std::string request, response;
};

// Prose of different words, so that counting and redaction have something to do.
std::string prose(std::size_t bytes) {
  static const char* const words[] = {"the", "gateway", "routes", "each", "prompt", "to", "a", "model,", "and", "counts",
                                      "every", "token", "of", "it;", "2024", "answers", "are", "kept", "as", "they", "were.\\n"};
  std::string text;
  SeededRandom random(bytes);
  while (text.size() < bytes) text += std::string(words[random.below(std::size(words))]) + " ";
  text.resize(bytes);
  if (!text.empty() && text.back() == '\\') text.back() = ' ';
  return text;
}

accounting::Record record_of(int i, const Load& load) {
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
  static const prices::Price price = [] {
    prices::Price p;
    p.input = 1'250'000'000;
    p.output = 10'000'000'000;
    p.source = "genai-prices 0.1.8";
    p.as_of = "2026-01-31";
    return p;
  }();
  record.price = record.t3_price = &price;
  record.t3_model = "openai/gpt-5";
  record.tokenizer = tokens::tokenizer_of("gpt-4o");
  if (!load.counted) {
    record.usage.prompt = 1'000;
    record.usage.completion = 200;
  }
  record.texts.request = load.request;
  record.texts.response = load.response;
  record.texts.log = !load.request.empty();
  record.texts.max_bytes = 1024 * 1024;
  record.category = "chat";
  record.finish_reason = "stop";
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

// Offers records at an even pace; the CPU of offering alone in ns.
std::uint64_t offer(sync::Accountant& accountant, const Load& load, int count) {
  std::uint64_t cpu_ns = 0;
  auto next = std::chrono::steady_clock::now();
  std::vector<accounting::Record> records(kBurst);
  for (int i = 0; i < count; i += kBurst) {
    for (int k = 0; k < kBurst; ++k) records[static_cast<std::size_t>(k)] = record_of(i + k, load);
    const std::uint64_t begin = my_cpu_ns();
    for (accounting::Record& record : records) accountant.offer(0, std::move(record));
    cpu_ns += my_cpu_ns() - begin;
    next += std::chrono::nanoseconds(std::int64_t{1'000'000'000} * kBurst / load.per_second);
    std::this_thread::sleep_until(next);
  }
  return cpu_ns;
}

void measure(const std::string& target, const Load& load) {
  run_on_core(1);
  spdlog::logger log("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
  const SystemClock clock;
  sync::SpoolOptions keep;
  keep.instance = InstanceId("bench");
  sync::Spool spool(keep, clock, log);
  sync::Accountant accountant(sync::AccountantOptions(), spool, clock);
  sync::ShipperOptions ship;
  ship.target = target;
  ship.instance = keep.instance;
  sync::TelemetryShipper shipper(ship, spool, std::make_unique<SeededRandom>(1), clock, log);
  accountant.start();
  shipper.start();
  offer(accountant, load, 5 * kBurst);
  while (shipper.delivered_total() == 0) std::this_thread::yield();

  auto before = cpu_by_thread();
  const std::uint64_t worker_ns = offer(accountant, load, load.count);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // let the last batch go
  auto after = cpu_by_thread();
  char self[32] = "telemetry_bench";
  std::printf("%d records at %d/s with bodies of %zu bytes, dropped %llu, without bodies %llu\n", load.count, load.per_second, load.request.size(),
              static_cast<unsigned long long>(accountant.dropped_total()), static_cast<unsigned long long>(accountant.bodies_dropped_total()));
  std::printf("%-16s %8.1f ns/record (offering alone)\n", "worker", static_cast<double>(worker_ns) / load.count);
  for (const auto& [name, cpu_ns] : after)
    if (name != self)
      std::printf("%-16s %8.1f ns/record\n", name.c_str(), static_cast<double>(cpu_ns - before[name]) / load.count);
  before = cpu_by_thread();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  after = cpu_by_thread();
  for (const auto& [name, cpu_ns] : after)
    if (name != self) std::printf("%-16s %8.1f us/s idle\n", name.c_str(), static_cast<double>(cpu_ns - before[name]) / 2'000);
  accountant.stop();
  shipper.stop();
}

}  // namespace

int main(int argc, char** argv) {
  Load load;
  load.count = argc > 1 ? std::atoi(argv[1]) : 60'000;
  load.per_second = argc > 2 ? std::atoi(argv[2]) : 10'000;
  const auto bytes = static_cast<std::size_t>(argc > 3 ? std::atoi(argv[3]) : 1'000);
  load.counted = argc > 4 && std::string(argv[4]) == "counted";
  if (bytes > 0) {
    load.request = R"({"model":"auto","messages":[{"role":"user","content":")" + prose(bytes) + R"("}]})";
    load.response = R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + prose(bytes) + R"("}}]})";
  }
  sync::TemporaryDirectory directory;
  const std::string target = "unix:" + (directory.path() / "control.sock").string();
  const pid_t receiver = fork();
  if (receiver == 0) receive(target);
  measure(target, load);
  kill(receiver, SIGKILL);
  waitpid(receiver, nullptr, 0);
}
