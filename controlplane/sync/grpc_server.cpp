#include "controlplane/sync/grpc_server.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "controlplane/base/address.hpp"
#include "controlplane/sync/push_payload.hpp"
#include "controlplane/sync/server_certificate.hpp"

namespace smartroute::control::sync {
namespace {

constexpr int kPingEveryMs = 10'000;
constexpr int kPingTimeoutMs = 5'000;
constexpr int kMinPingIntervalMs = 5'000;
// Who connects and then says nothing, or no TLS, is let go.
constexpr int kHandshakeTimeoutMs = 10'000;
// Blocking calls (telemetry, admin) at once; pushes do not need these threads.
constexpr int kMaxThreads = 32;
// Above the largest configuration, so that one that is too large is told so by the admin API and
// not by the transport.
constexpr int kMaxRequestBytes = 20 * 1024 * 1024;
constexpr std::string_view kUnixPrefix = "unix:";

Result<void> prepare_socket(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    return fail(ErrorKind::Invalid,
                "'unix:" + path +
                    "' needs an absolute path, for example unix:/run/smartroute/control.sock");
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::Invalid,
                "'" + path + "' is too long for a Unix socket (" +
                    std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                    " bytes at most): choose a shorter one with --grpc unix:/PATH");
  }
  namespace fs = std::filesystem;
  const fs::path directory = fs::path(path).parent_path();
  std::error_code ec;
  if (!fs::exists(directory, ec)) {
    fs::create_directories(directory, ec);
    if (!ec) fs::permissions(directory, fs::perms::owner_all, ec);
    if (ec)
      return fail(ErrorKind::Internal, "cannot create " + directory.string() + ": " + ec.message());
  }
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    return fail(ErrorKind::Internal, directory.string() + " is no directory");
  }
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(ErrorKind::Invalid,
                directory.string() +
                    " may be written by others: secrets pass through the socket in it. "
                    "Choose another directory, or chmod 700 it");
  }
  return {};
}

void set_channel_arguments(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEveryMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  // Two control planes must not share a port by accident.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(static_cast<int>(kMaxMessageBytes));
  grpc::ResourceQuota quota("control");
  quota.SetMaxThreads(kMaxThreads);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

}  // namespace

struct GrpcServer::State {
  std::unique_ptr<grpc::Server> server;
  std::string address;
  bool stopped = false;
};

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

GrpcServer::~GrpcServer() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(const std::string& address, Exposure exposure,
                                                      const std::vector<grpc::Service*>& services,
                                                      ServerCertificate* certificate) {
  const bool local_socket = address.compare(0, kUnixPrefix.size(), kUnixPrefix) == 0;
  auto state = std::make_unique<State>();
  base::Address tcp;
  if (local_socket) {
    if (auto ready = prepare_socket(address.substr(kUnixPrefix.size())); !ready)
      return fail(ready.error());
  } else {
    auto parsed = base::parse_address(address);
    if (!parsed) return fail(parsed.error());
    tcp = *parsed;
    if (certificate == nullptr && exposure == Exposure::LoopbackOnly && !base::is_loopback(tcp)) {
      return fail(
          ErrorKind::Invalid,
          "gRPC on " + address +
              " would carry provider keys over the network without TLS: give --grpc-cert, --grpc-key "
              "and --grpc-client-ca, listen on loopback or a Unix socket, or say --grpc-insecure if "
              "the network is yours");
    }
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  set_channel_arguments(builder);
  int port = 0;
  builder.AddListeningPort(local_socket ? address : base::to_string(tcp),
                           certificate != nullptr ? certificate->credentials()
                                                  : grpc::InsecureServerCredentials(),
                           &port);
  for (auto* service : services) builder.RegisterService(service);
  state->server = builder.BuildAndStart();
  if (!state->server || port == 0) {
    return fail(ErrorKind::Internal, "cannot listen for gRPC on " + address +
                                         " (in use, or not an address of this machine)");
  }
  if (local_socket) {
    state->address = address;
    ::chmod(address.c_str() + kUnixPrefix.size(), S_IRUSR | S_IWUSR);
  } else {
    tcp.port = static_cast<std::uint16_t>(port);
    state->address = base::to_string(tcp);
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(state)));
}

const std::string& GrpcServer::address() const noexcept { return state_->address; }

void GrpcServer::stop(std::chrono::milliseconds grace) {
  if (state_->stopped) return;
  state_->stopped = true;
  state_->server->Shutdown(std::chrono::system_clock::now() + grace);
  state_->server->Wait();
}

}  // namespace smartroute::control::sync
