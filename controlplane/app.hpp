// The control plane as one object: builds every part, wires them, and takes them down in the right
// order. The only place where objects meet; everything is a constructor argument, nothing is
// global.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/certificates/credential_files.hpp"
#include "contract/config/problem.hpp"
#include "controlplane/base/address.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/sync/grpc_server.hpp"
#include "proto/tls/server_certificate.hpp"

namespace smartroute::control {

struct AppOptions {
  std::filesystem::path state = ".state";
  base::Address admin{"127.0.0.1", 6688};
  tls::KeyPairFiles admin_certificate;  // with it `admin` speaks TLS: both files, or neither
  std::string grpc;  // "unix:/path" or "HOST:PORT"; empty: unix:<state>/control.sock
  sync::Exposure grpc_exposure = sync::Exposure::LoopbackOnly;
  // TLS of the gRPC port: all three files, or none of them. With them, who shows a certificate with the URI
  // `grpc_group`, if that is not empty, may be any instance; else only the one its certificate names.
  certificates::CredentialPaths grpc_certificate;
  std::string grpc_group;
  base::Address ops{"127.0.0.1", 6690};
  std::optional<std::filesystem::path> config;  // owns the configuration
  std::optional<std::filesystem::path> seed;  // first revision of an empty store that no file owns
  std::optional<std::filesystem::path> ready_file;
  // Files of the dashboard; empty: none is served. Where they are not to be had, the port has a plain page instead.
  std::filesystem::path dashboard;
  std::optional<std::string> master_key;  // value of SMARTROUTE_MASTER_KEY
};

struct BoundAddresses {
  std::string admin;  // host:port
  std::string grpc;   // unix:/path or host:port
  std::string ops;    // host:port
};

// Why there is no App. `problems` are of the configuration file or seed; a failure without them is
// not about it.
struct StartFailure {
  Error error;
  config::Problems problems;
};

struct DeclaredMethod {
  std::string name;  // smartroute.admin.v1.ConfigService/GetConfig, or "GET /path"
  std::string role;
  std::string request, response;  // full names of its messages; empty: a path
};

class App {
 public:
  // Opens the store, applies the configuration file or the seed, listens on all three ports, writes
  // the ready file. `log` and `clock` must outlive the App.
  static tl::expected<std::unique_ptr<App>, StartFailure> build(const AppOptions& options,
                                                                const Clock& clock, base::Log& log);
  // As drain(0).
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const BoundAddresses& addresses() const noexcept;
  std::filesystem::path admin_token_file() const;
  // Everything the admin port and the admin services over gRPC can be asked, with the least role
  // that may: nobody, viewer, admin.
  std::vector<DeclaredMethod> methods() const;
  // Closes the listeners, lets calls in flight finish for at most `grace`, closes the store.
  // Idempotent.
  void drain(std::chrono::milliseconds grace);

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace smartroute::control
