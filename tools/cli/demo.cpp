#include "tools/cli/demo.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tools/cli/generated_config.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/mock_provider/mock_provider.hpp"

namespace smartroute::cli {
namespace {

using mock_provider::Behaviour;
using std::chrono::milliseconds;

constexpr const char* kPortsFile = "providers.json";
constexpr const char* kLockFile = "up.lock";  // held by the process that calls

Behaviour steady_behaviour() {
  Behaviour behaviour;
  behaviour.first_token = milliseconds(20);
  behaviour.pace = milliseconds(10);
  return behaviour;
}

// Slow enough to be seen, and failing often enough that the first few requests show a failover.
Behaviour shaky_behaviour() {
  Behaviour behaviour;
  behaviour.latency = milliseconds(250);
  behaviour.first_token = milliseconds(300);
  behaviour.pace = milliseconds(60);
  behaviour.fail_every = 4;
  behaviour.status = 503;
  return behaviour;
}

using Ports = std::pair<std::uint16_t, std::uint16_t>;

std::optional<Ports> remembered_ports(const std::filesystem::path& state) {
  const auto text = read_file(state / kPortsFile);
  if (!text) return std::nullopt;
  const auto ports = nlohmann::json::parse(*text, nullptr, false);
  if (!ports.is_object()) return std::nullopt;
  const int steady = ports.value("steady", 0), shaky = ports.value("shaky", 0);
  if (steady <= 0 || steady > 65535 || shaky <= 0 || shaky > 65535) return std::nullopt;
  return Ports(steady, shaky);
}

// Removes all but the lock.
void clear(const std::filesystem::path& state) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(state, error)) {
    if (entry.path().filename() == kLockFile) continue;
    std::filesystem::remove_all(entry.path(), error);
  }
}

}  // namespace

Demo::Demo() = default;
Demo::~Demo() = default;

Result<void> Demo::start(const std::filesystem::path& state) {
  const auto ports = remembered_ports(state);
  if (ports)
    if (start_on(ports->first, ports->second)) return {};
  was_reset_ = ports.has_value();
  clear(state);
  if (auto started = start_on(0, 0); !started) return started;
  const nlohmann::json now{{"steady", steady_->port()}, {"shaky", shaky_->port()}};
  return write_file_atomically(state / kPortsFile, now.dump() + "\n");
}

Result<void> Demo::start_on(std::uint16_t steady_port, std::uint16_t shaky_port) {
  steady_ = std::make_unique<mock_provider::MockProvider>();
  shaky_ = std::make_unique<mock_provider::MockProvider>();
  if (auto started = steady_->start("127.0.0.1", steady_port, steady_behaviour()); !started)
    return started;
  return shaky_->start("127.0.0.1", shaky_port, shaky_behaviour());
}

std::string Demo::config() const { return demo_config(steady_->port(), shaky_->port()); }

}  // namespace smartroute::cli
