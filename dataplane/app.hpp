// The data plane, wired. Flags -> App::build -> run -> drain; every dependency is a constructor argument somewhere in app.cpp and nowhere else.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "dataplane/listeners.hpp"

namespace spdlog {
class logger;
}

namespace smartroute::sync {
class LogLines;
}

namespace smartroute::proxy {

struct AppOptions {
  ListenOptions listen;
  std::string ops = "127.0.0.1:8081";
  std::string control = "unix:./.state/smartroute/control.sock";
  // TLS to the control plane: PEM files, all three or none. And the name its certificate is of, if not the host of `control`.
  std::string control_ca, control_cert, control_key, control_name;
  std::string state_dir;            // for the last-known-good file; empty: none is kept
  std::string instance_id;          // empty: as the certificate says, else host name and a random tail
  std::string ready_file;           // written once it listens and has a View
  std::size_t workers = 0;          // 0: one for each core
  std::shared_ptr<sync::LogLines> log_lines;  // what is logged, for the control plane's terminal; may be null
};

class App {
 public:
  // Binds every port, starts every thread. Errors: Invalid (an option), Internal (a port, a file), with one clear sentence.
  static Result<std::unique_ptr<App>> build(AppOptions options, std::shared_ptr<spdlog::logger> log);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Serves until SIGINT or SIGTERM, then drains. At once: not ready, and every answer is its connection's last. SIGTERM comes from an
  // orchestrator that is still spreading the word: new connections are accepted for limits.drain_accept, and after that as long as others
  // are being served. SIGINT comes from a person: nothing new is accepted. Running answers finish within limits.drain_timeout from the
  // signal, what is left then is cut with an error event, and within 3 s more this returns. A second signal cuts at once. The ops port
  // answers to the end. The signals must be blocked in every thread before build().
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
