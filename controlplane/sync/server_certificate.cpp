#include "controlplane/sync/server_certificate.hpp"

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <mutex>

#include "controlplane/base/files.hpp"

namespace smartroute::control::sync {

struct ServerCertificate::State {
  State(certificates::CredentialPaths paths, const Clock& the_clock, base::Log& the_log)
      : files(std::move(paths),
              [](const std::string& path) { return base::read_file(path, certificates::kMaxPemBytes); }),
        clock(the_clock),
        log(the_log) {}

  std::shared_ptr<const certificates::Credentials> current() const {
    const std::lock_guard lock(mutex);
    return files.current();
  }

  void look() {
    const std::lock_guard lock(mutex);
    const SteadyTime now = clock.steady();
    if (now - looked < kLookEvery) return;
    looked = now;
    const auto renewed = files.look();
    const std::string trouble = renewed ? "" : renewed.error().text();
    if (trouble != told && !trouble.empty())
      log.warn("new files of the gRPC certificate cannot be used; the ones before stay", {{"why", trouble}, {"ends", ends()}});
    told = trouble;
    if (renewed && *renewed) log.info("the gRPC certificate was renewed", {{"subject", files.current()->own.subject}, {"ends", ends()}});
  }

  std::string ends() const { return certificates::date_text(files.current()->own.not_after); }

  mutable std::mutex mutex;
  certificates::CredentialFiles files;
  const Clock& clock;
  base::Log& log;
  SteadyTime looked{};
  std::string told;
};

// What gRPC asks before each handshake for the present certificate. gRPC keeps it for as long as it has connections,
// which is longer than it keeps a ServerCredentials.
struct ServerCertificate::Desk {
  explicit Desk(State& owner) : state(owner) {}

  // gRPC calls this with a lock held: one call at a time.
  static grpc_ssl_certificate_config_reload_status fetch(void* self, grpc_ssl_server_certificate_config** config) {
    auto& desk = *static_cast<Desk*>(self);
    desk.state.look();
    const auto now = desk.state.current();
    if (now->generation == desk.handed_out) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const std::string key(now->key.reveal());
    const grpc_ssl_pem_key_cert_pair pair{key.c_str(), now->chain.c_str()};
    *config = grpc_ssl_server_certificate_config_create(now->authorities.c_str(), &pair, 1);
    desk.handed_out = now->generation;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  State& state;
  std::uint64_t handed_out = 0;
};

namespace {

class ReloadingCredentials final : public grpc::ServerCredentials {
 public:
  ReloadingCredentials(grpc_ssl_server_certificate_config_callback fetch, void* desk)
      : core_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, fetch, desk))) {}
  ~ReloadingCredentials() override { grpc_server_credentials_release(core_); }

  // Who calls is known by the certificate, or by what the call itself carries.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), core_);
  }

  grpc_server_credentials* const core_;
};

}  // namespace

ServerCertificate::ServerCertificate(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerCertificate::~ServerCertificate() = default;

Result<std::unique_ptr<ServerCertificate>> ServerCertificate::open(certificates::CredentialPaths paths,
                                                                   const Clock& clock, base::Log& log) {
  auto state = std::make_unique<State>(std::move(paths), clock, log);
  if (auto first = state->files.look(); !first) return fail(std::move(first.error()));
  state->looked = clock.steady();
  if (state->files.current()->own.not_after < clock.wall())
    log.error("the gRPC certificate has ended: data planes will not connect", {{"ended", state->ends()}});
  return std::unique_ptr<ServerCertificate>(new ServerCertificate(std::move(state)));
}

std::shared_ptr<grpc::ServerCredentials> ServerCertificate::credentials() {
  desks_.push_back(std::make_unique<Desk>(*state_));
  return std::make_shared<ReloadingCredentials>(Desk::fetch, desks_.back().get());
}

void ServerCertificate::look() { state_->look(); }
WallTime ServerCertificate::expires() const { return state_->current()->own.not_after; }

}  // namespace smartroute::control::sync
