// The data plane, wired. Flags -> App::build -> run -> drain; every dependency is a constructor argument somewhere in app.cpp and nowhere else.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "contract/base/result.hpp"

namespace spdlog {
class logger;
}

namespace smartroute::proxy {

struct AppOptions {
  std::string listen = "127.0.0.1:8080";
  std::string ops = "127.0.0.1:8081";
  std::string control = "unix:./.state/smartroute/control.sock";
  std::string state_dir;            // for the last-known-good file; empty: none is kept
  std::string instance_id;          // empty: host name and a random tail
  std::string ready_file;           // written once it listens and has a View
  std::size_t workers = 0;          // 0: one for each core
};

class App {
 public:
  // Binds every port, starts every thread. Errors: Invalid (an option), Internal (a port, a file), with one clear sentence.
  static Result<std::unique_ptr<App>> build(AppOptions options, std::shared_ptr<spdlog::logger> log);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Serves until SIGINT or SIGTERM, then drains: not ready, no new connections, running answers finish within limits.drain_timeout, what is
  // left is cut with an error event. A second signal cuts at once. The signals must be blocked in every thread before build().
  void run_until_signal();

  std::string listen_address() const;
  std::string ops_address() const;
  bool ready() const;

 private:
  App();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace smartroute::proxy
