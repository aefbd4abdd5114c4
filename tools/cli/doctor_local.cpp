#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "tools/cli/address.hpp"
#include "tools/cli/captured_run.hpp"
#include "tools/cli/doctor_checks.hpp"
#include "tools/cli/port_owner.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

constexpr std::uint64_t kMebi = 1024 * 1024;
constexpr std::uint64_t kLittleSpace = 1024 * kMebi, kNoSpace = 100 * kMebi;
constexpr rlim_t kFewDescriptors = 1'024, kEnoughDescriptors = 8'192;  // a streamed answer takes two
constexpr std::int64_t kSmallSkewMs = 2'000, kLargeSkewMs = 60'000;
constexpr int kFirstSaneYear = 2025;

std::string size_text(std::uint64_t bytes) {
  if (bytes >= 10 * 1024 * kMebi) return grouped(bytes / (1024 * kMebi)) + " GiB";
  if (bytes >= 1024 * kMebi) return fixed(static_cast<double>(bytes) / (1024.0 * static_cast<double>(kMebi)), 1) + " GiB";
  return grouped(bytes / kMebi) + " MiB";
}

// "smartroute-proxy 0.3.0" -> "0.3.0".
std::string version_in(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind(' ') == std::string::npos ? 0 : text.rfind(' ') + 1);
}

Finding check_versions(const DoctorOptions& options, const GatewayFacts& facts) {
  constexpr const char* kId = "local.versions";
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::string others;
  for (const char* name : {"smartroute-proxy", "smartroute-control"}) {
    const auto said = captured_run(folder / name, {"--version"}, options.timeout);
    // In an image of one plane alone the other is not missing.
    if (!said && said.error().kind() == ErrorKind::NotFound) continue;
    if (!said) return failed(kId, said.error().text(), (folder / name).string() + " --version");
    if (const std::string version = version_in(*said); version != SMARTROUTE_VERSION) others += (others.empty() ? "" : ", ") + std::string(name) + " is " + version;
  }
  if (!others.empty()) return failed(kId, "smartroute is " SMARTROUTE_VERSION ", but " + others, "install all three from one package");
  if (facts.about && facts.about->version() != SMARTROUTE_VERSION)
    return warned(kId, "smartroute is " SMARTROUTE_VERSION ", the control plane that answers is " + facts.about->version(), "restart the gateway after an update: smartroute drain && smartroute up");
  return fine(kId, "the programs are of one version, " SMARTROUTE_VERSION);
}

Finding check_state(const DoctorOptions& options, const GatewayFacts& facts) {
  constexpr const char* kId = "local.state";
  if (facts.state.empty()) return skipped(kId, "data folder " + options.access.state + ": not here; `smartroute up` makes it");
  struct stat info {};
  if (::stat(facts.state.c_str(), &info) != 0) return failed(kId, "data folder " + facts.state + " cannot be read", "run this as the gateway's user");
  if (::access(facts.state.c_str(), W_OK) != 0)
    return failed(kId, "data folder " + facts.state + " cannot be written by this user", "run this as the gateway's user, or: sudo chown -R \"$USER\" " + facts.state);
  if ((info.st_mode & 0077) != 0) return warned(kId, "data folder " + facts.state + " is open to other users", "chmod 700 " + facts.state);
  return fine(kId, "data folder " + facts.state + " can be written, and is for its owner alone");
}

Finding check_space(const DoctorOptions& options, const GatewayFacts& facts) {
  constexpr const char* kId = "local.space";
  std::error_code error;
  auto folder = std::filesystem::absolute(facts.state.empty() ? options.access.state : facts.state, error);
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return warned(kId, "how much space is left at " + folder.string() + " cannot be said", "df " + folder.string());
  const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const std::string what = size_text(free) + " free where the data folder is";
  if (free < kNoSpace) return failed(kId, "only " + what, "free some space, or lower logs.max_bytes; smartroute logs prune --before 1d removes old records");
  if (free < kLittleSpace) return warned(kId, "only " + what, "smartroute logs prune --before 1d removes old records");
  return fine(kId, what);
}

// Of a gateway that runs its ports are open; else they must be free.
Finding check_ports(const GatewayFacts& facts) {
  constexpr const char* kId = "local.ports";
  if (facts.is_local && facts.about) return fine(kId, "this gateway's ports are open: admin " + facts.about->admin_address() + ", ops " + facts.about->ops_address());
  struct Row {
    const char *variable, *preset, *flag;
  };
  constexpr std::array<Row, 4> kRows{{{"SMARTROUTE_LISTEN", "127.0.0.1:8080", "--listen"},
                                      {"SMARTROUTE_PROXY_OPS", "127.0.0.1:8081", "--proxy-ops"},
                                      {"SMARTROUTE_ADMIN", "127.0.0.1:6688", "--admin"},
                                      {"SMARTROUTE_CONTROL_OPS", "127.0.0.1:6690", "--control-ops"}}};
  std::string free_ports, ours;
  for (const Row& row : kRows) {
    const char* set = std::getenv(row.variable);
    const auto address = parse_host_port(set == nullptr || *set == '\0' ? row.preset : set);
    if (!address || address->port == 0) continue;
    const std::string port = std::to_string(address->port);
    if (check_free(*address, row.flag)) {
      free_ports += (free_ports.empty() ? "" : ", ") + port;
      continue;
    }
    const PortOwner owner = owner_of_port(address->port);
    if (owner.program.starts_with("smartroute") || (owner.pid == 0 && runs_somewhere("smartroute-"))) {
      ours += (ours.empty() ? "" : ", ") + port;
      continue;
    }
    const std::string who = owner.pid == 0 ? "another user's program" : owner.program + " (process " + std::to_string(owner.pid) + ")";
    return failed(kId, "port " + port + " is taken by " + who, std::string("smartroute up ") + row.flag + " " + address->host + ":0 picks a free one");
  }
  std::string what;
  if (!free_ports.empty()) what = (free_ports.find(',') == std::string::npos ? "port " : "ports ") + free_ports + " free";
  if (!ours.empty()) what += std::string(what.empty() ? "" : "; ") + ours + " taken by SmartRoute";
  return fine(kId, what.empty() ? "no port is fixed" : what);
}

Finding check_descriptors() {
  constexpr const char* kId = "local.descriptors";
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::string what = "file descriptor limit " + (limit.rlim_max == RLIM_INFINITY ? std::string("none") : grouped(limit.rlim_max));
  if (limit.rlim_max < kFewDescriptors) return failed(kId, what + ": each streamed answer takes two", "ulimit -Hn 65536, as root, or LimitNOFILE=65536 of the systemd unit");
  if (limit.rlim_max < kEnoughDescriptors) return warned(kId, what + ": each streamed answer takes two", "ulimit -Hn 65536, as root, or LimitNOFILE=65536 of the systemd unit");
  return fine(kId, what);
}

Finding check_clock(const GatewayFacts& facts) {
  constexpr const char* kId = "local.clock";
  constexpr const char* kHint = "timedatectl set-ntp true";
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  if (parts.tm_year + 1900 < kFirstSaneYear) return failed(kId, "the clock says " + std::to_string(parts.tm_year + 1900) + ": certificates will be refused", kHint);
  if (!facts.about || facts.about->now_ms() == 0) return fine(kId, "the clock says " + utc_text(static_cast<std::int64_t>(now) * 1'000'000).substr(0, 16) + " UTC");
  const std::int64_t skew = std::abs(facts.about->now_ms() - facts.asked_at_ms);
  const std::string what = "this clock and the control plane's are " + grouped(static_cast<std::uint64_t>(skew)) + " ms apart";
  if (skew > kLargeSkewMs) return failed(kId, what, std::string(kHint) + ", here and there");
  if (skew > kSmallSkewMs) return warned(kId, what, std::string(kHint) + ", here and there");
  return fine(kId, what);
}

}  // namespace

FindingGroup check_local(const DoctorOptions& options, const GatewayFacts& facts) {
  return {"This machine",
          {check_versions(options, facts), check_state(options, facts), check_space(options, facts), check_ports(facts), check_descriptors(), check_clock(facts)}};
}

}  // namespace smartroute::cli
