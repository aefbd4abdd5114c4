// What makes the dashboard of a demo alive: a little mixed traffic after the start, as the
// demo's users would send it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/cli/address.hpp"

namespace smartroute::cli {

// The body of the n-th sample, a chat completion for `model: auto`: easy and hard, English and
// Chinese, every other one a stream. They repeat after kSampleRequests.
constexpr std::size_t kSampleRequests = 24;
std::string sample_request(std::size_t n);

// Sends up to kCallers samples a second to a gateway that asks for no key, until `time` is over or
// stop() is called. How they are answered is not looked at. Thread rule: one thread, the owner's.
class DemoTraffic {
 public:
  static constexpr std::size_t kCallers = 3;

  DemoTraffic(HostPort gateway, std::chrono::seconds time);
  ~DemoTraffic();  // stops, and waits for the answers under way, 30 s each at most
  DemoTraffic(const DemoTraffic&) = delete;
  DemoTraffic& operator=(const DemoTraffic&) = delete;

  void stop();  // sends nothing more; returns at once

 private:
  void send(std::size_t first);
  bool pause();  // false: it is over

  const HostPort gateway_;
  const std::chrono::steady_clock::time_point end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;  // under mutex_
  std::vector<std::thread> callers_;
};

}  // namespace smartroute::cli
