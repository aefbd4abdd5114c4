#include "controlplane/app.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <google/protobuf/message.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <utility>

#include "contract/config/decode.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "controlplane/accounts/accounts.hpp"
#include "controlplane/accounts/sweep.hpp"
#include "controlplane/admin/account_methods.hpp"
#include "controlplane/admin/backup.hpp"
#include "controlplane/admin/config_file.hpp"
#include "controlplane/admin/connect_handler.hpp"
#include "controlplane/admin/grpc_services.hpp"
#include "controlplane/admin/http_routes.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/admin/playground.hpp"
#include "controlplane/admin/provider_methods.hpp"
#include "controlplane/admin/page.hpp"
#include "controlplane/admin/set_up_link.hpp"
#include "controlplane/admin/token.hpp"
#include "controlplane/base/every.hpp"
#include "controlplane/base/files.hpp"
#include "controlplane/build_facts.hpp"
#include "controlplane/core/own_key.hpp"
#include "controlplane/dashboard/site.hpp"
#include "controlplane/http/server.hpp"
#include "controlplane/ingest/intake.hpp"
#include "controlplane/ingest/retention.hpp"
#include "controlplane/ingest/tail_hub.hpp"
#include "controlplane/ingest/telemetry_service.hpp"
#include "controlplane/ops/ops_handler.hpp"
#include "controlplane/outgoing/client.hpp"
#include "controlplane/store/config_service.hpp"
#include "controlplane/store/own_key.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/sync/grpc_log.hpp"
#include "controlplane/sync/catch_up.hpp"
#include "controlplane/sync/grpc_server.hpp"
#include "controlplane/sync/peer_gate.hpp"
#include "controlplane/sync/push_payload.hpp"
#include "controlplane/sync/score_saver.hpp"
#include "controlplane/sync/server_certificate.hpp"
#include "controlplane/sync/sync_service.hpp"
#include "controlplane/terminal/session.hpp"
#include "dataplane/core/resilience/health.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::control {
namespace {

// Tests of providers and replays hold theirs for seconds.
constexpr std::size_t kAdminThreads = 8;
constexpr std::size_t kOpsThreads = 1;
// A secret in a file is with the data planes this long after it changed, and then as long as a push takes.
constexpr std::chrono::milliseconds kFileRounds{1'000};
constexpr const char* kRestoredFile = "restored";  // left by `smartroute restore`
constexpr std::int64_t kLeastLogBytes = 64 << 20;  // below which the database could do nothing but tidy up

std::string absolute_path(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

std::filesystem::path token_file_of(const AppOptions& options) {
  return options.state / "admin.token";
}

// Every model that a configuration names, under the name data planes give it in their reports: from the same View.
Result<std::vector<ModelName>> models_of(config::Config config, Revision revision) {
  const auto view = routing::View::build(std::move(config), revision, "");
  if (!view) return fail(view.error());
  std::vector<ModelName> models;
  for (const auto& model : (*view)->models) models.push_back({model->id, model->upstream->id});
  return models;
}

Result<void> make_state_directory(const std::filesystem::path& state) {
  std::error_code ec;
  const bool fresh = std::filesystem::create_directories(state, ec);
  if (!ec && fresh) std::filesystem::permissions(state, std::filesystem::perms::owner_all, ec);
  if (ec)
    return fail(ErrorKind::Storage,
                "cannot create the state directory " + state.string() + ": " + ec.message());
  return {};
}

}  // namespace

// In order of construction; destroyed from behind, so that nobody is called after what it uses has
// gone.
struct App::Parts {
  Parts(const AppOptions& o, const Clock& c, base::Log& l) : options(o), clock(c), log(l) {}

  Result<void> open_store();
  Result<void> open_accounts(const Secret& master);
  tl::expected<void, StartFailure> load_config();
  void publish(const store::Published& revision);
  void configure_scores(const store::Published& revision);
  void look_at_files();
  Result<void> load_admin_certificate();
  void look_at_admin_certificate();
  Result<void> trust_data_planes();
  Result<void> wire();
  void add_about();
  void add_routes();
  void read_dashboard();
  void open_terminal();
  Result<void> listen();
  Result<void> announce() const;
  admin::LogSource log_source();
  admin::Playground playground();
  ops::Readings readings();
  ops::LogSources log_numbers();
  std::optional<std::string> not_ready() const;
  ingest::RetentionSweep::Keep kept_records() const;
  void drain(std::chrono::milliseconds grace);

  const AppOptions options;
  const Clock& clock;
  base::Log& log;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::ConfigService> configs;
  std::unique_ptr<accounts::Accounts> accounts;
  std::unique_ptr<admin::ConfigFile> config_file;
  Secret own_key;                       // with which the playground calls data planes
  outgoing::Client outgoing;
  std::unique_ptr<sync::GrpcLog> grpc_log;
  std::unique_ptr<sync::ServerCertificate> certificate;  // null: no TLS on the gRPC port
  std::unique_ptr<sync::PeerGate> gate_of_planes;
  std::unique_ptr<sync::SharedFleet> fleet;
  std::unique_ptr<sync::SharedScores> scores;
  std::unique_ptr<sync::ScoreSaver> score_saver;
  std::unique_ptr<sync::SyncService> pushes;
  std::unique_ptr<ingest::TailHub> tails;
  const std::shared_ptr<terminal::Hub> terminal = std::make_shared<terminal::Hub>();
  std::unique_ptr<dashboard::Site> site;  // null: there are no files
  std::string dashboard_notices;          // of the libraries in those files
  std::unique_ptr<ingest::Intake> intake;
  std::unique_ptr<ingest::RetentionSweep> retention;
  std::shared_ptr<grpc::Service> telemetry;
  std::unique_ptr<admin::TokenGate> gate;
  admin::TokenOrigin token_origin = admin::TokenOrigin::Read;
  ops::QueryTimes queries;              // before what measures them
  std::atomic<std::uint64_t> pruned{0};
  std::unique_ptr<admin::Backups> backups;
  admin::Dispatch dispatch;
  admin::HttpRoutes routes{dispatch};
  admin::OpenSockets sockets;
  std::unique_ptr<admin::Admission> admission;
  std::vector<std::shared_ptr<grpc::Service>> admin_rpc;
  std::unique_ptr<admin::ConnectHandler> connect;
  std::unique_ptr<sync::GrpcServer> grpc_server;
  std::shared_ptr<tls::ServerCertificate> admin_certificate;  // null: no TLS on the admin port
  std::unique_ptr<http::Server> admin_server;
  std::unique_ptr<http::Server> ops_server;
  std::unique_ptr<accounts::Sweep> account_sweep;
  std::unique_ptr<sync::CatchUp> catch_up;  // null unless an operator restored this state
  std::unique_ptr<base::Every> file_rounds;
  std::atomic<std::uint64_t> secret_changes{0};
  std::atomic<std::uint64_t> secret_files_unusable{0};
  store::Subscription subscription;  // its listener calls `pushes` and `scores`
  BoundAddresses bound;
  std::atomic<bool> listening{false};
  bool drained = false;
};

Result<void> App::Parts::open_store() {
  if (auto made = make_state_directory(options.state); !made) return made;
  store::RocksStoreOptions store_options;
  store_options.state_dir = options.state;
  auto opened = store::open_rocks_store(store_options);
  if (!opened) return fail(opened.error());
  for (const auto& notice : opened->notices) log.warn(notice);
  store = std::move(opened->store);
  // A key that is made when sealed secrets exist could not open them: better to stop and say so.
  const auto sealed_before = store->meta(store::kMetaSealerCheck);
  if (!sealed_before) return fail(sealed_before.error());
  const auto missing =
      sealed_before->has_value() ? store::MissingKey::MustExist : store::MissingKey::Create;
  const auto master = store::load_master_key(options.state, options.master_key, missing);
  if (!master) return fail(master.error());
  auto sealer = store::Sealer::from_master(*master);
  if (!sealer) return fail(sealer.error());
  auto own = store::load_or_create_own_key(*store, *sealer);
  if (!own) return fail(own.error());
  own_key = std::move(*own);
  store::ConfigServiceOptions config_options;
  config_options.secrets = config::system_secrets();
  if (options.config) config_options.owned_by_file = options.config->string();
  auto service =
      store::ConfigService::open(*store, std::move(*sealer), clock, std::move(config_options));
  if (!service) return fail(service.error());
  configs = std::move(*service);
  return open_accounts(*master);
}

Result<void> App::Parts::open_accounts(const Secret& master) {
  auto sealer = store::Sealer::from_master(master);
  if (!sealer) return fail(sealer.error());
  accounts::AccountsOptions account_options;
  account_options.on_first_admin = [file = admin::set_up_file(options.state)] {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  };
  auto opened = accounts::Accounts::open(*store, std::move(*sealer), clock, std::move(account_options));
  if (!opened) return fail(opened.error());
  accounts = std::move(*opened);
  return {};
}

// The file that owns the configuration, or else the seed of an empty store.
tl::expected<void, StartFailure> App::Parts::load_config() {
  store::PutResult result = store::PutOutcome{};
  if (options.config) {
    config_file = std::make_unique<admin::ConfigFile>(*options.config, *configs, log);
    result = config_file->apply();
  } else if (options.seed && configs->newest().number == 0) {
    auto text = base::read_file(*options.seed, admin::kMaxFileBytes);
    if (!text) return tl::unexpected<StartFailure>(StartFailure{text.error(), {}});
    store::Authorship by;
    by.author = "seed";
    by.note = options.seed->string();
    result =
        configs->put(store::DocumentText{std::move(*text), options.seed->string()}, Revision{}, by);
  }
  if (!result)
    return tl::unexpected<StartFailure>(
        StartFailure{result.error().error, result.error().problems});
  for (const auto& warning : result->warnings) log.warn(config::to_string(warning));
  if (configs->newest().number == 0) {
    log.warn(
        "there is no configuration yet: data planes stay not ready. Start with --config FILE or "
        "--seed FILE, or run "
        "'smartroute config put FILE'");
  }
  return {};
}

void App::Parts::publish(const store::Published& revision) {
  // Without its own key rather than not at all.
  const Revision number = revision->head.number;
  const bool taken = pushes->publish(number, with_own_key(revision->config, own_key)) || pushes->publish(number, revision->config);
  if (taken) {
    log.info("configuration published", {{"revision", revision->head.number.number},
                                         {"author", revision->head.author},
                                         {"fingerprint", revision->head.fingerprint}});
    configure_scores(revision);
    return;
  }
  log.error(
      "a configuration is too large to be pushed once its secrets are filled in; data planes keep "
      "the one before",
      {{"revision", revision->head.number.number},
       {"max_bytes", std::uint64_t{sync::kMaxConfigBytes}}});
}

void App::Parts::configure_scores(const store::Published& revision) {
  auto decoded = config::decode(revision->config, config::no_secrets());
  const config::Health rules = decoded.config.health;
  const Revision number = revision->head.number;
  if (const auto models = models_of(std::move(decoded.config), number)) {
    scores->configure(number, *models, rules);
  } else {
    log.error("the models of a configuration could not be listed; reports about new ones are ignored",
              {{"revision", number.number}, {"why", models.error().text()}});
  }
}

Result<void> App::Parts::load_admin_certificate() {
  const tls::KeyPairFiles& files = options.admin_certificate;
  if (files.certificate.empty() != files.key.empty())
    return fail(ErrorKind::Invalid, "--admin-tls-cert and --admin-tls-key go together");
  if (files.certificate.empty()) return {};
  auto loaded = tls::ServerCertificate::load(files, clock);
  if (!loaded) return fail(std::move(loaded.error()));
  admin_certificate = std::move(*loaded);
  log.info("the admin port speaks TLS", {{"certificate", admin_certificate->text()}});
  return {};
}

void App::Parts::look_at_admin_certificate() {
  const auto looked = admin_certificate->look();
  if (!looked) return log.warn("the certificate of the admin port was replaced by one that cannot be used; the one before stays", {{"why", looked.error().text()}});
  if (*looked == tls::ServerCertificate::Look::Replaced)
    log.info("new connections to the admin port see the new certificate", {{"certificate", admin_certificate->text()}});
}

void App::Parts::look_at_files() {
  if (admin_certificate) look_at_admin_certificate();
  if (certificate) certificate->look();
  const store::SecretFilesLook look = configs->refresh_secrets();
  secret_files_unusable = look.unusable;
  for (const std::string& file : look.taken) log.info("a secret was read anew", {{"file", file}});
  for (const auto& bad : look.left)
    log.warn("a file with a secret is of no use; what it held before is used on", {{"file", bad.file}, {"why", bad.why}});
  if (!look.taken.empty()) ++secret_changes;
}

Result<void> App::Parts::trust_data_planes() {
  grpc_log = std::make_unique<sync::GrpcLog>(log);
  const certificates::CredentialPaths& paths = options.grpc_certificate;
  const bool all = !paths.authorities.empty() && !paths.chain.empty() && !paths.key.empty();
  const bool none = paths.authorities.empty() && paths.chain.empty() && paths.key.empty();
  if (!all && (!none || !options.grpc_group.empty()))
    return fail(ErrorKind::Invalid, "--grpc-cert, --grpc-key and --grpc-client-ca go together, and --grpc-group-identity with them");
  if (all) {
    auto opened = sync::ServerCertificate::open(paths, clock, log);
    if (!opened) return fail(std::move(opened.error()));
    certificate = std::move(*opened);
  }
  auto rule = all ? PeerRule::by_certificate(options.grpc_group) : PeerRule();
  gate_of_planes = std::make_unique<sync::PeerGate>(std::move(rule), clock, log);
  return {};
}

Result<void> App::Parts::wire() {
  if (auto trusted = trust_data_planes(); !trusted) return trusted;
  auto token = admin::load_or_create_token(token_file_of(options));
  if (!token) return fail(token.error());
  token_origin = token->origin;
  gate = std::make_unique<admin::TokenGate>(token->token, clock);
  fleet = std::make_unique<sync::SharedFleet>(clock);
  scores = std::make_unique<sync::SharedScores>(clock);
  // What was saved is read by the rules of the newest configuration, and only of the models in it.
  if (const auto published = configs->published()) configure_scores(published);
  score_saver = std::make_unique<sync::ScoreSaver>(*scores, *store, log);
  pushes = std::make_unique<sync::SyncService>(*fleet, *scores, clock, log, gate_of_planes.get());
  tails = std::make_unique<ingest::TailHub>();
  intake = std::make_unique<ingest::Intake>(*store, clock, tails.get());
  open_terminal();
  telemetry = ingest::make_telemetry_service(
      *intake, log, [this](const grpc::ServerContextBase& call, const std::string& instance) {
        return gate_of_planes->admit(sync::peer_of(call), instance);
      });
  retention = std::make_unique<ingest::RetentionSweep>(
      *store, clock, [this] { return kept_records(); }, log);

  admin::add_config_methods(dispatch, *configs, admin::ConfigBounds{sync::kMaxConfigBytes});
  admin::FleetView fleet_view;
  fleet_view.list = [this] { return fleet->list(); };
  fleet_view.newest = [this] { return configs->newest(); };
  admin::add_fleet_methods(dispatch, std::move(fleet_view));
  admin::HealthView health_view;
  health_view.list = [this] { return scores->list(); };
  health_view.reset = [this](const std::string& model) { return scores->reset(model); };
  admin::add_health_methods(dispatch, std::move(health_view));
  admin::add_log_methods(dispatch, *store, clock, [this](std::uint64_t records) { pruned += records; });
  dispatch.time_calls([this](std::string_view method, std::chrono::microseconds took) { queries.observe(method, took); });
  admin::add_stats_methods(dispatch, *store, clock, [this] {
    const ingest::LiveTraffic live = intake->live();
    return admin::LiveNow{static_cast<std::uint32_t>(live.in_flight), live.qps};
  });
  admin::add_routing_methods(dispatch, *configs, *store, clock, admin::ConfigBounds{sync::kMaxConfigBytes},
                             [this] { return !listening; });
  admin::add_provider_methods(dispatch, *configs, outgoing, admin::ConfigBounds{sync::kMaxConfigBytes},
                              [this] { return !listening; });
  admin::add_log_streams(dispatch);
  add_about();
  read_dashboard();
  add_routes();
  const admin::AccountView account_view{*accounts, log};
  admin::add_session_methods(dispatch, account_view);
  admin::add_own_account_methods(dispatch, account_view);
  admin::add_user_methods(dispatch, account_view);
  admin::add_api_token_methods(dispatch, account_view);
  admission = std::make_unique<admin::Admission>(dispatch, *gate, log, admin::known_callers(*accounts));
  admin_rpc = admin::make_grpc_services(dispatch, *admission, log_source());

  // Subscribe first, then publish what is there: a revision written in between is told by the
  // listener, and the older one that follows it is ignored.
  subscription =
      configs->on_new_revision([this](const store::Published& revision) { publish(revision); });
  if (const auto published = configs->published()) publish(published);
  return {};
}

void App::Parts::add_routes() {
  admin::add_log_routes(routes, log_source());
  const auto key = options.master_key ? admin::Backups::MasterKey::Elsewhere : admin::Backups::MasterKey::InState;
  backups = std::make_unique<admin::Backups>(*store, options.state, key, clock);
  admin::add_backup_route(routes, *backups);
  admin::add_playground_routes(routes, playground(), outgoing);
  routes.websocket(std::string(terminal::kPath), admin::Role::Viewer,
                   [this](const http::Head& head, const admin::Caller&) { return terminal::watch(*terminal, head); });
  routes.files("/", [this](const http::Request& request, const admin::Caller&) {
    if (site) return site->answer(request.head);
    if (request.head.path != "/") return http::error_response(404, "not_found", "there is nothing at this path");
    // As the reader reached this port, which may be through a tunnel or a proxy.
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    const std::string scheme = request.head.secure ? "https://" : "http://";
    response.body = admin::make_page(scheme + (request.head.host.empty() ? "127.0.0.1:6688" : request.head.host),
                                     absolute_path(token_file_of(options)));
    return response;
  });
}

void App::Parts::add_about() {
  admin::AboutView about;
  const std::int64_t started_at_ms = micros_since_epoch(clock.wall()) / 1'000;
  about.facts = [this, started_at_ms] {
    ::smartroute::admin::v1::GetAboutResponse facts;
    facts.set_built_with(std::string(built_with()));
    facts.set_third_party_notices(std::string(third_party_notices()) + dashboard_notices);
    facts.set_started_at_ms(started_at_ms);
    facts.set_now_ms(micros_since_epoch(clock.wall()) / 1'000);
    facts.set_state_folder(absolute_path(options.state));
    if (options.config) facts.set_config_file(absolute_path(*options.config));
    facts.set_admin_address(bound.admin);
    facts.set_grpc_address(bound.grpc);
    facts.set_ops_address(bound.ops);
    return facts;
  };
  about.list = [this] { return fleet->list(); };
  admin::add_about_methods(dispatch, std::move(about));
}

void App::Parts::read_dashboard() {
  if (options.dashboard.empty()) return;
  auto files = dashboard::read_files(options.dashboard);
  if (!files) return log.warn("the dashboard is not served", {{"why", files.error().text()}});
  if (const auto notices = files->find(dashboard::kNoticesPath); notices != files->end())
    dashboard_notices = "\n" + *notices->second.form(dashboard::Coding::Identity).bytes;
  site = std::make_unique<dashboard::Site>(std::move(*files));
}

// The log outlives the App, and one of its lines may be on its way when the listener goes: so it holds the hub.
void App::Parts::open_terminal() {
  intake->on_report([this](const v1::ReportRequest& report, std::span<const int> fresh) { terminal->add_report(report, fresh); });
  log.listen([hub = terminal](base::Level level, std::int64_t unix_us, std::string_view text) {
    hub->add_log(base::name_of(level), unix_us, text);
  });
}

admin::Playground App::Parts::playground() {
  admin::Playground playground;
  playground.fleet.list = [this] { return fleet->list(); };
  playground.fleet.newest = [this] { return configs->newest(); };
  playground.key = [this] {
    const auto published = configs->published();
    return published && asks_for_key(published->config) ? own_key : Secret();
  };
  char hostname[256] = "";
  if (::gethostname(hostname, sizeof hostname - 1) == 0) playground.hostname = hostname;
  return playground;
}

admin::LogSource App::Parts::log_source() {
  return {*store, [this](const auto& filter, auto wake) { return tails->open(filter, std::move(wake)); }};
}

Result<void> App::Parts::listen() {
  const std::string grpc_address =
      options.grpc.empty() ? "unix:" + absolute_path(options.state / "control.sock") : options.grpc;
  std::vector<grpc::Service*> services{pushes->service(), telemetry.get()};
  for (const auto& service : admin_rpc) services.push_back(service.get());
  auto rpc = sync::GrpcServer::start(grpc_address, options.grpc_exposure, services, certificate.get());
  if (!rpc) return fail(rpc.error());
  grpc_server = std::move(*rpc);

  ops::Probes probes;
  probes.readings = [this] { return readings(); };
  probes.not_ready = [this] { return not_ready(); };
  auto ops =
      http::Server::start(options.ops, ops::make_ops_handlers(std::move(probes)), kOpsThreads);
  if (!ops) return fail(ops.error());
  ops_server = std::move(*ops);

  http::Handlers handlers;
  handlers.on_head = [this](const http::Head& head) { return connect->on_head(head); };
  handlers.on_request = [this](const http::Request& request) {
    return connect->on_request(request);
  };
  handlers.on_websocket = [this](const http::Head& head) { return connect->on_websocket(head); };
  connect = std::make_unique<admin::ConnectHandler>(dispatch, *admission, routes, sockets);
  if (auto loaded = load_admin_certificate(); !loaded) return loaded;
  auto admin = http::Server::start(options.admin, std::move(handlers), kAdminThreads, {}, admin_certificate);
  if (!admin) return fail(admin.error());
  admin_server = std::move(*admin);

  bound = {base::to_string(admin_server->address()), grpc_server->address(),
           base::to_string(ops_server->address())};
  account_sweep = std::make_unique<accounts::Sweep>(*accounts, [this] {
    sockets.close_ended([this](const admin::Caller& caller) { return admission->lives(caller); });
  });
  file_rounds = std::make_unique<base::Every>(kFileRounds, [this] { look_at_files(); });
  if (!base::is_loopback(options.admin) && !admin_certificate) {
    log.warn(
        "the admin API listens beyond this machine without TLS: passwords and tokens travel in the clear. "
        "Give it a certificate with --admin-tls-cert and --admin-tls-key, or put a TLS proxy in front of it",
        {{"address", bound.admin}});
  }
  if (std::error_code none; std::filesystem::exists(options.state / kRestoredFile, none))
    catch_up = std::make_unique<sync::CatchUp>(*fleet, *configs, log);
  listening = true;
  return {};
}

Result<void> App::Parts::announce() const {
  log.info("control plane is ready", {{"version", SMARTROUTE_VERSION},
                                      {"admin", bound.admin},
                                      {"grpc", bound.grpc},
                                      {"ops", bound.ops},
                                      {"state", absolute_path(options.state)},
                                      {"revision", configs->newest().number},
                                      {"admin_token_file", absolute_path(token_file_of(options))}});
  const auto link = admin::offer_set_up(*accounts, options.state, admin_certificate ? "https" : "http", admin_server->address());
  if (!link) return fail(link.error());
  if (*link) log.aside("nobody has an account yet; whoever opens this link makes the first one", {{"link", **link}});
  if (!options.ready_file) return {};
  nlohmann::ordered_json document;
  document["admin"] = bound.admin;
  document["admin_scheme"] = admin_certificate ? "https" : "http";
  document["grpc"] = bound.grpc;
  document["control_ops"] = bound.ops;
  document["admin_token_file"] = absolute_path(token_file_of(options));
  document["admin_token_created"] = token_origin == admin::TokenOrigin::Created;
  document["pid"] = ::getpid();
  return base::replace_file(*options.ready_file, document.dump() + "\n", S_IRUSR | S_IWUSR);
}

ops::LogSources App::Parts::log_numbers() {
  ops::LogSources sources;
  sources.size = [this] {
    ops::Readings::LogSize size;
    if (const auto storage = store->log_storage()) {
      size.records = storage->records();
      size.bytes = storage->bytes();
      size.max_bytes = storage->max_bytes();
    }
    return size;
  };
  sources.removed = [this] {
    return std::vector<std::pair<std::string_view, std::uint64_t>>{
        {"age", retention->removed_for_age()}, {"size", retention->removed_for_size()}, {"pruned", pruned}};
  };
  sources.tail_subscribers = [this] { return tails->readers(); };
  sources.tail_dropped = [this] { return tails->dropped_total(); };
  sources.queries = &queries;
  return sources;
}

ops::Readings App::Parts::readings() {
  ops::Readings r;
  const Revision newest = configs->newest();
  r.config_revision = newest.number;
  r.config_writable = !store->read_only_reason().has_value();
  r.config_file_owned = configs->owned_by_file().has_value();
  for (const auto& instance : fleet->list()) {
    ++r.dataplanes_known;
    if (instance.connected) ++r.dataplanes_connected;
    if (instance.connected && instance.applied == newest) ++r.dataplanes_current;
    if (instance.applied > newest) ++r.dataplanes_ahead;
  }
  const sync::PushCounts pushed = pushes->counts();
  r.pushes = pushed.pushes;
  r.acknowledged = pushed.acknowledged;
  r.refused = pushed.refused;
  r.streams_refused = pushed.streams_refused;
  r.score_pushes = pushed.score_pushes;
  r.identities_refused = gate_of_planes->refused();
  const double ends = certificate ? std::chrono::duration<double>(certificate->expires().time_since_epoch()).count() : 0;
  r.certificate_expiry = {{"data_plane", ends}};
  if (admin_certificate) r.certificate_expiry.emplace_back("browser", static_cast<double>(admin_certificate->expires_unix_seconds()));
  r.secret_changes = secret_changes;
  r.secret_files_unusable = secret_files_unusable;
  for (const auto& standing : scores->list())
    r.model_health.push_back({standing.name.id, resilience::health_of(standing.score)});
  r.health_unsaved_models = scores->unsaved_models();
  const ScoreCounts scored = scores->counts();
  r.health_reports_taken = scored.reports_taken;
  r.health_reports_repeated = scored.reports_repeated;
  r.health_unknown_models = scored.unknown_models;
  r.health_unknown_kinds = scored.unknown_kinds;
  r.health_surplus = scored.surplus;
  r.health_clamped = scored.clamped;
  const ingest::IntakeCounts taken = intake->counts();
  r.records_held = store->record_count();
  r.records_stored = taken.stored;
  r.records_duplicate = taken.duplicates;
  r.records_dropped_at_source = taken.dropped_at_source;
  r.batches_refused = taken.refused_batches;
  r.batches_failed = taken.failed_batches;
  for (auto& count : dispatch.counts()) {
    r.admin_calls.push_back({std::move(count.method), admin::name_of(count.code), count.calls});
  }
  const accounts::Counts tried = accounts->counts();
  r.sign_ins = {{"ok", tried.signed_in}, {"set_up", tried.set_up}, {"code_needed", tried.code_needed}, {"failed", tried.wrong}, {"throttled", tried.throttled}};
  r.sessions = accounts->session_count();
  ops::read_log(log_numbers(), r);
  ops::read_process(r);
  return r;
}

std::optional<std::string> App::Parts::not_ready() const {
  if (!listening) return "not every port listens yet, or the process is draining";
  if (auto reason = store->read_only_reason()) return reason;
  return std::nullopt;
}

ingest::RetentionSweep::Keep App::Parts::kept_records() const {
  const config::Logs defaults;
  ingest::RetentionSweep::Keep keep{defaults.retention_days, static_cast<std::uint64_t>(defaults.max_bytes)};
  const auto published = configs->published();
  if (!published) return keep;
  const auto& logs = published->config.logs();
  if (logs.has_retention_days()) keep.days = std::max(1, logs.retention_days());
  if (logs.has_max_bytes()) keep.max_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(logs.max_bytes(), kLeastLogBytes));
  return keep;
}

// Streams end first, or the gRPC server would wait for them; the ops port goes last, so that a
// probe can watch.
void App::Parts::drain(std::chrono::milliseconds grace) {
  if (std::exchange(drained, true)) return;
  listening = false;
  if (options.ready_file) {
    std::error_code ignored;
    std::filesystem::remove(*options.ready_file, ignored);
  }
  config_file.reset();
  account_sweep.reset();
  catch_up.reset();
  file_rounds.reset();
  if (admin_server) admin_server->stop(grace);
  subscription = store::Subscription();
  if (tails) tails->shut_down();
  log.listen({});
  terminal->shut_down();
  if (pushes) pushes->shut_down();
  if (grpc_server) grpc_server->stop(grace);
  if (score_saver) score_saver->stop();
  retention.reset();
  if (ops_server) ops_server->stop(std::chrono::milliseconds(0));
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
App::~App() { drain(std::chrono::milliseconds(0)); }

tl::expected<std::unique_ptr<App>, StartFailure> App::build(const AppOptions& options,
                                                            const Clock& clock, base::Log& log) {
  const auto failed = [](const Error& error) {
    return tl::unexpected<StartFailure>(StartFailure{error, {}});
  };
  if (options.ready_file) {
    std::error_code ignored;  // one of an earlier run would tell the wrong addresses
    std::filesystem::remove(*options.ready_file, ignored);
    std::filesystem::create_directories(options.ready_file->parent_path(), ignored);
  }
  std::unique_ptr<App> app(new App(std::make_unique<Parts>(options, clock, log)));
  Parts& parts = *app->parts_;
  if (auto opened = parts.open_store(); !opened) return failed(opened.error());
  if (auto loaded = parts.load_config(); !loaded)
    return tl::unexpected<StartFailure>(std::move(loaded.error()));
  if (auto wired = parts.wire(); !wired) return failed(wired.error());
  if (auto listening = parts.listen(); !listening) return failed(listening.error());
  if (parts.config_file) {
    if (auto following = parts.config_file->follow(); !following) return failed(following.error());
  }
  if (auto announced = parts.announce(); !announced) return failed(announced.error());
  return app;
}

const BoundAddresses& App::addresses() const noexcept { return parts_->bound; }
std::vector<DeclaredMethod> App::methods() const {
  std::vector<DeclaredMethod> all;
  for (const admin::Method* method : parts_->dispatch.all()) {
    const char* const role = method->role == admin::Role::Nobody ? "nobody" : method->role == admin::Role::Viewer ? "viewer" : "admin";
    DeclaredMethod declared{method->name, role, {}, {}};
    if (method->request != nullptr) declared.request = method->request->GetTypeName();
    if (method->response != nullptr) declared.response = method->response->GetTypeName();
    all.push_back(std::move(declared));
  }
  return all;
}

std::filesystem::path App::admin_token_file() const { return token_file_of(parts_->options); }
void App::drain(std::chrono::milliseconds grace) { parts_->drain(grace); }

}  // namespace smartroute::control
