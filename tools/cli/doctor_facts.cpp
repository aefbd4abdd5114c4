#include "tools/cli/doctor_facts.hpp"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "tools/cli/address.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/admin_url.hpp"
#include "tools/cli/admin_url.hpp"
#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using Millis = std::chrono::milliseconds;

template <class Response, class Request>
std::future<Result<Response>> ask_beside(const DoctorOptions& options, const char* method, Request request) {
  return std::async(std::launch::async, [&options, method, request = std::move(request)] { return ask_typed<Response>(options.access, method, request, options.timeout); });
}

Result<HttpAnswer> get(const std::string& address, const char* path, Millis timeout) {
  const auto parsed = parse_host_port(address);
  if (!parsed) return tl::unexpected(parsed.error());
  HttpCall request;
  request.address = dialled(*parsed);
  request.target = path;
  request.timeout = timeout;
  return call(request);
}

Result<HttpAnswer> get_page(const AdminUrl& admin, const DoctorOptions& options) {
  HttpCall request;
  request.address = admin.address;
  if (admin.tls) request.tls = TlsTrust{admin.host, options.access.ca};
  request.timeout = options.timeout;
  return call(request);
}

OpsFacts ask_ops(const std::string& address, bool was_named, Millis timeout) {
  OpsFacts facts{address, was_named, get(address, "/livez", timeout), fail(ErrorKind::NotReady, ""), fail(ErrorKind::NotReady, "")};
  // Nobody there: no need to find that out three times.
  if (!facts.live) {
    facts.ready = facts.metrics = facts.live;
    return facts;
  }
  facts.ready = get(address, "/readyz", timeout);
  facts.metrics = get(address, "/metrics", timeout);
  return facts;
}

std::int64_t now_ms() { return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// The ops address of the proxy that `smartroute up` runs with this data folder.
std::string proxy_ops_in(const std::filesystem::path& state) {
  for (const auto& folder : {state, state / "demo"}) {
    const auto text = read_file(folder / "run" / "proxy.json");
    if (!text) continue;
    const auto document = nlohmann::json::parse(*text, nullptr, false);
    if (document.is_object()) return document.value("proxy_ops", std::string());
  }
  return {};
}

std::vector<OpsFacts> ask_proxies(const DoctorOptions& options, const std::string& state) {
  std::vector<std::future<OpsFacts>> asked;
  for (const std::string& address : options.proxy_ops) asked.push_back(std::async(std::launch::async, ask_ops, address, true, options.timeout));
  if (options.proxy_ops.empty()) {
    std::string address = proxy_ops_in(state);
    if (address.empty()) address = variable("SMARTROUTE_PROXY_OPS", "127.0.0.1:8081");
    asked.push_back(std::async(std::launch::async, ask_ops, address, false, options.timeout));
  }
  std::vector<OpsFacts> facts;
  for (auto& one : asked) facts.push_back(one.get());
  return facts;
}

std::string state_here(const DoctorOptions& options, const GatewayFacts& facts) {
  std::error_code error;
  if (facts.is_local && facts.about && std::filesystem::is_directory(facts.about->state_folder(), error)) return facts.about->state_folder();
  const std::filesystem::path named = options.access.state;
  if (!std::filesystem::is_directory(named, error)) return {};
  // A demo keeps what it has in a folder of its own.
  const bool only_demo = !std::filesystem::exists(named / "admin.token", error) && std::filesystem::exists(named / "demo" / "admin.token", error);
  return (only_demo ? named / "demo" : named).string();
}

}  // namespace

GatewayFacts gather(const DoctorOptions& options) {
  const auto began = now_ms();
  auto about = ask_beside<rpc::GetAboutResponse>(options, "AboutService/GetAbout", rpc::GetAboutRequest());
  GatewayFacts facts{about.get(), fail(ErrorKind::NotReady, ""), fail(ErrorKind::NotReady, ""), fail(ErrorKind::NotReady, ""), fail(ErrorKind::NotReady, ""), fail(ErrorKind::NotReady, ""), {}, 0, {}, {}, false, false, {}};
  facts.asked_at_ms = (began + now_ms()) / 2;
  const auto admin = parse_admin_url(options.access.admin);
  facts.is_local = admin && admin->address.is_loopback();
  facts.state = state_here(options, facts);
  auto proxies = std::async(std::launch::async, [&] { return ask_proxies(options, facts.state.empty() ? options.access.state : facts.state); });
  std::string control_ops = options.control_ops;
  if (control_ops.empty() && facts.is_local && facts.about) control_ops = facts.about->ops_address();
  std::future<OpsFacts> control;
  if (!control_ops.empty()) control = std::async(std::launch::async, ask_ops, control_ops, !options.control_ops.empty(), options.timeout);

  if (facts.about) {
    auto fleet = ask_beside<rpc::ListInstancesResponse>(options, "FleetService/ListInstances", rpc::ListInstancesRequest());
    auto config = ask_beside<rpc::GetConfigResponse>(options, "ConfigService/GetConfig", rpc::GetConfigRequest());
    auto storage = ask_beside<rpc::LogStorage>(options, "LogService/GetLogStorage", rpc::GetLogStorageRequest());
    auto session = ask_beside<rpc::GetSessionResponse>(options, "SessionService/GetSession", rpc::GetSessionRequest());
    if (admin) facts.page = get_page(*admin, options);
    facts.config = config.get();
    if (facts.config) {
      rpc::ValidateConfigRequest request;
      *request.mutable_source()->mutable_config() = facts.config->config();
      facts.validated = ask_beside<rpc::ValidateConfigResponse>(options, "ConfigService/ValidateConfig", request).get();
    }
    facts.fleet = fleet.get();
    facts.storage = storage.get();
    facts.session = session.get();
  }
  if (control.valid()) facts.control = control.get();
  facts.proxies = proxies.get();
  return facts;
}

}  // namespace smartroute::cli
