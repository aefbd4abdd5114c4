// Runs the two planes as children: control first, then the proxy; starts again what crashes; drains
// both at the end.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "tools/cli/child.hpp"
#include "tools/cli/log_follower.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/signals.hpp"

namespace smartroute::cli {

// What is to run. Addresses are as asked for; port 0 is still 0 here.
struct GatewayPlan {
  std::filesystem::path programs;  // folder of smartroute-control and smartroute-proxy
  std::filesystem::path state;     // absolute; exists
  Addresses addresses;
  std::optional<std::filesystem::path> config;  // file-owned
  std::optional<std::filesystem::path> seed;    // first revision of an empty store
  int workers = 0;                              // 0: the proxy decides
  std::string tls_cert = {}, tls_key = {};              // of addresses.tls_listen; files
  std::string admin_tls_cert = {}, admin_tls_key = {};  // of addresses.admin; empty: it speaks plain HTTP
  Show show = Show::Problems;
};

std::vector<std::string> control_arguments(const GatewayPlan& plan, const Addresses& addresses);
std::vector<std::string> proxy_arguments(const GatewayPlan& plan, const Addresses& addresses);

// What the proxy inherits of `environment` ("NAME=value"): what it reads itself, and what its libraries do. Provider keys are not among it:
// the control plane resolves them, and the proxy faces the clients.
std::vector<std::string> proxy_environment(const std::vector<std::string>& environment);

struct Timing {
  std::chrono::milliseconds ready{60'000};       // start to ready, each plane
  std::chrono::milliseconds proxy_stop{35'000};  // the default drain of 25 s and room to spare
  std::chrono::milliseconds control_stop{10'000};
  std::chrono::milliseconds first_pause{
      250};  // before starting a crashed plane again; doubles each time
  std::chrono::milliseconds longest_pause{10'000};
  std::chrono::milliseconds steady{
      30'000};  // having run that long, the pause begins at first_pause again
};

// Thread rule: one thread, the one that made `signals`.
class Supervisor {
 public:
  // `tell` gets one line for the operator at a time, without a newline.
  Supervisor(GatewayPlan plan, Timing timing, Signals& signals,
             std::function<void(std::string_view)> tell);
  ~Supervisor();  // ends what still runs, hard

  // Returns with the bound addresses once both planes are ready. Error: Draining when a signal
  // asked to stop before that.
  Result<Addresses> start();
  // Keeps both running until a signal asks to stop.
  void run();
  // Drains the proxy, then stops control (it takes the proxy's last records). Both get the signal
  // that ended run(), SIGTERM for SIGHUP: SIGINT comes from a person, for whom the proxy accepts
  // nothing new, SIGTERM from an orchestrator, for whom it does for a while. A second signal ends both
  // at once. True when both went by themselves and in time.
  bool stop();

 private:
  struct Plane;
  Result<void> launch(Plane& plane);
  Result<void> wait_until_ready(Plane& plane);
  void show_logs();
  void restart_if_ended(Plane& plane);
  bool stop_plane(Plane& plane, std::chrono::milliseconds limit);

  GatewayPlan plan_;
  Timing timing_;
  Signals& signals_;
  int stop_signal_ = SIGTERM;
  std::function<void(std::string_view)> tell_;
  Addresses bound_;
  std::unique_ptr<Plane> control_;
  std::unique_ptr<Plane> proxy_;
};

}  // namespace smartroute::cli
