#include "dataplane/app.hpp"

#include <malloc.h>
#include <sodium.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "dataplane/core/admission/key_load.hpp"
#include "dataplane/core/admission/load_gate.hpp"
#include "dataplane/core/admission/memory_pressure.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/net/connector.hpp"
#include "dataplane/net/fd_limit.hpp"
#include "dataplane/net/listener.hpp"
#include "dataplane/net/resolver.hpp"
#include "dataplane/net/tls_contexts.hpp"
#include "dataplane/net/worker.hpp"
#include "dataplane/ops/memory_meter.hpp"
#include "dataplane/ops/metrics.hpp"
#include "dataplane/ops/ops_server.hpp"
#include "dataplane/proxy/request_flow.hpp"
#include "dataplane/proxy/worker_context.hpp"
#include "dataplane/sync/config_applier.hpp"
#include "dataplane/sync/config_subscriber.hpp"
#include "dataplane/sync/control_credentials.hpp"
#include "dataplane/sync/grpc_log.hpp"
#include "dataplane/sync/health_exchange.hpp"
#include "dataplane/sync/last_known_good.hpp"
#include "dataplane/sync/accountant.hpp"
#include "dataplane/sync/spool.hpp"
#include "dataplane/sync/telemetry_shipper.hpp"
#include "dataplane/core/tracing/providers.hpp"
#include "dataplane/tracing/span_exporter.hpp"
#include "dataplane/sync/view_holder.hpp"

namespace smartroute::proxy {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxWorkers = 256;
constexpr std::chrono::milliseconds kHeartbeatMax{10'000};    // a worker that turned no loop for so long is stuck
constexpr std::chrono::milliseconds kReadyPoll{5};
constexpr std::chrono::milliseconds kMemoryPoll{200};
constexpr std::chrono::milliseconds kTrimEvery{1'000};        // while memory is short: what was freed goes back to the system
constexpr std::chrono::milliseconds kDrainPoll{20};
constexpr std::chrono::milliseconds kLastWords{1'000};        // for the error events of what was cut
constexpr std::chrono::milliseconds kLastCall{3'000};            // before the end of a drain nothing new is begun

std::uint64_t random_bits() {
  std::uint64_t bits;
  randombytes_buf(&bits, sizeof bits);
  return bits;
}

std::string host_name() {
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string make_instance_id(const std::string& host) {
  char tail[9];
  std::snprintf(tail, sizeof tail, "%08x", static_cast<unsigned>(random_bits()));
  return host + "-" + tail;
}

// HOST:PORT beyond loopback.
bool leaves_this_machine(std::string_view control) {
  for (const std::string_view here : {"unix:", "127.", "localhost:", "[::1]:"})
    if (control.starts_with(here)) return false;
  return true;
}

// Everything of one worker, in the order it must come to life; it dies in reverse.
struct WorkerUnit {
  WorkerUnit(std::size_t index, const Clock& clock, net::Resolver& resolver, net::TlsContexts& tls, const sync::ViewHolder& views,
             sync::TelemetrySink& telemetry, ops::WorkerMetrics& metrics, admission::LoadGate& load, routing::ConversationPins& pins,
             JudgeDesk& judges, const tracing::SpanExporter& traces)
      : worker(index, clock, random_bits()),
        connector(worker, resolver, tls),
        context(worker, views, connector, telemetry, metrics, load, pins, judges, {random_bits(), random_bits()}, traces),
        flow(context) {
    connector.observe(
        [](void* counts, net::TcpConnector::Lookup lookup) {
          using Lookup = net::TcpConnector::Lookup;
          static_cast<ops::WorkerMetrics*>(counts)->dns_lookup(lookup == Lookup::Cached     ? ops::DnsResult::Cached
                                                               : lookup == Lookup::Resolved ? ops::DnsResult::Resolved
                                                                                            : ops::DnsResult::Failed);
        },
        &metrics);
  }

  net::Worker worker;
  net::TcpConnector connector;
  WorkerContext context;
  RequestFlow flow;
  std::vector<std::unique_ptr<net::Listener>> listeners;      // one for each place; together they hold the worker's clients

  std::size_t open_clients() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < listeners.size(); ++i) n += open_clients_of(i);
    return n;
  }
  std::size_t open_clients_of(std::size_t i) const {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, listeners[i]->counters().open.load(std::memory_order_relaxed)));
  }
};

void close_idle(WorkerUnit& one) {
  for (auto& listener : one.listeners) listener->close_idle();
}

}  // namespace

struct App::Parts {
  AppOptions options;
  std::shared_ptr<spdlog::logger> log;
  SystemClock clock;
  routing::Scoreboard scores;                    // before the views, whose models stand in it
  sync::ViewHolder views;
  sync::HealthExchange health{views};
  net::TlsContexts tls;
  admission::KeyLoads key_loads;
  ops::MemoryMeter memory_meter;
  admission::MemoryPressure memory;
  admission::LoadGate load{memory};
  std::size_t most_clients = 1;                  // that the file descriptors are enough for
  std::atomic<std::int64_t> warned_clients{0};
  SteadyTime sampled{}, trimmed{};
  routing::ConversationPins pins;
  JudgeDesk judges;
  std::atomic<bool> draining{false};
  std::atomic<bool> listening{false};
  std::unique_ptr<Listeners> listeners;
  SteadyTime looked_at_certificate{};
  std::optional<ops::Metrics> metrics;
  std::optional<sync::GrpcLog> grpc_log;
  std::shared_ptr<sync::ControlCredentials> credentials;  // null: no TLS to the control plane
  std::optional<sync::LastKnownGood> last_known_good;
  std::optional<sync::ConfigApplier> applier;
  // What becomes of records: workers -> accountant -> spool -> shipper; the accountant also tells metrics and traces.
  std::optional<tracing::SpanExporter> traces;
  std::optional<sync::Spool> spool;
  std::optional<sync::Accountant> accountant;
  std::optional<sync::TelemetryShipper> shipper;
  std::vector<std::unique_ptr<WorkerUnit>> workers;
  std::unique_ptr<net::Resolver> resolver;       // after the workers, so that it dies first: its thread posts to them
  std::optional<sync::ConfigSubscriber> subscriber;
  std::unique_ptr<ops::OpsServer> ops;

  Result<void> trust_control_plane();
  void keep_records(const InstanceId& instance);
  Result<void> listen();
  Result<void> serve_ops(const net::ListenAddress& address);
  std::vector<ops::ModelGauges> model_gauges() const;
  void start_workers();
  std::optional<std::string> why_not_ready() const;
  std::optional<std::string> why_not_live() const;
  void write_ready_file() const;
  void limit_clients();
  void warn_of_too_many_clients(std::int64_t wanted);
  template <class Task>
  void on_each_worker(Task task);
  int wait_for_signal(std::chrono::milliseconds longest);
  void watch_memory();
  void watch_certificate();
  void tell_of_certificate(std::string_view what) const;
  std::int64_t open_clients() const;
  void drain(int signal);
  bool drain_softly(SteadyTime accept_until, SteadyTime end);
  bool stop_accepting(SteadyTime end);
  void cut();
  void stop();
};

App::App() : parts_(std::make_unique<Parts>()) {}

App::~App() {
  if (parts_) parts_->stop();
}

Result<std::unique_ptr<App>> App::build(AppOptions options, std::shared_ptr<spdlog::logger> log) {
  if (sodium_init() < 0) return fail(ErrorKind::Internal, "libsodium could not start");
  std::signal(SIGPIPE, SIG_IGN);
  if (options.workers == 0) options.workers = std::max(1u, std::thread::hardware_concurrency());
  if (options.workers > kMaxWorkers) return fail(ErrorKind::Invalid, "--workers must be at most " + std::to_string(kMaxWorkers));
  auto ops_address = net::parse_listen_address(options.ops);
  if (!ops_address) return fail(ErrorKind::Invalid, "--ops: " + ops_address.error().text());

  std::unique_ptr<App> app(new App);
  Parts& p = *app->parts_;
  p.options = std::move(options);
  p.log = std::move(log);
  if (auto trusted = p.trust_control_plane(); !trusted) return tl::unexpected<Error>(std::move(trusted.error()));
  p.limit_clients();
  p.views.set_prepare([&p](const routing::View& view) {
    p.tls.prepare(view);
    p.accountant->use(view.config);
    p.traces->configure(view.config);
    p.spool->set_disk_bytes(static_cast<std::uint64_t>(view.config.logs.spool_bytes));
    p.warn_of_too_many_clients(view.config.limits.max_connections);
  });
  p.metrics.emplace(p.options.workers);
  const char* master = std::getenv("SMARTROUTE_MASTER_KEY");
  p.last_known_good.emplace(p.options.state_dir, Secret(master != nullptr ? master : ""));
  p.applier.emplace(p.views, p.scores, *p.last_known_good, *p.log, &p.key_loads);

  const InstanceId instance(p.options.instance_id);
  p.keep_records(instance);
  p.resolver = net::make_cares_resolver(p.clock);
  for (std::size_t i = 0; i < p.options.workers; ++i)
    p.workers.push_back(std::make_unique<WorkerUnit>(i, p.clock, *p.resolver, p.tls, p.views, *p.accountant, p.metrics->worker(i), p.load,
                                                     p.pins, p.judges, *p.traces));
  for (auto& unit : p.workers) unit->context.budget = resilience::RetryBudget(1.0 / static_cast<double>(p.options.workers));
  if (auto listening = p.listen(); !listening) return tl::unexpected<Error>(std::move(listening.error()));

  sync::SubscriberOptions subscribe;
  subscribe.target = p.options.control;
  subscribe.credentials = p.credentials;
  subscribe.instance = instance;
  subscribe.version = SMARTROUTE_VERSION;
  subscribe.hostname = host_name();
  subscribe.listen = app->listen_address();
  p.subscriber.emplace(subscribe, *p.applier, p.health, p.clock, std::make_unique<SeededRandom>(random_bits()), *p.log);
  if (auto serving = p.serve_ops(*ops_address); !serving) return tl::unexpected<Error>(std::move(serving.error()));

  if (auto restored = p.applier->restore(); !restored)
    p.log->warn("the last-known-good configuration cannot be used: {}", restored.error().text());
  else if (*restored)
    p.log->info("serving revision {} from the last-known-good file until the control plane answers", p.applier->applied_revision());
  p.accountant->start();
  p.shipper->start();
  p.subscriber->start();
  p.start_workers();
  std::string places;
  for (const std::string& address : p.listeners->addresses()) places += (places.empty() ? "" : ", ") + address;
  p.log->info("listening on {} with {} workers as {}", places, p.options.workers, p.options.instance_id);
  if (p.listeners->certificate() != nullptr) p.tell_of_certificate("serving with");
  return app;
}

// How the control plane is spoken to, and who this data plane is to it.
Result<void> App::Parts::trust_control_plane() {
  grpc_log.emplace(*log);
  const auto given = {&options.control_ca, &options.control_cert, &options.control_key};
  const auto missing = std::count_if(given.begin(), given.end(), [](const std::string* path) { return path->empty(); });
  if (missing == 0) {
    if (options.control_name.empty() && options.control.starts_with("unix:"))
      return fail(ErrorKind::Invalid, "TLS over a Unix socket needs --control-name: a socket has no name that a certificate could be of");
    auto opened = sync::ControlCredentials::open({options.control_ca, options.control_cert, options.control_key}, options.control_name, clock, *log);
    if (!opened) return fail(std::move(opened.error()));
    credentials = std::move(*opened);
  } else if (missing < static_cast<std::ptrdiff_t>(given.size()) || !options.control_name.empty()) {
    return fail(ErrorKind::Invalid, "--control-ca, --control-cert and --control-key go together, and --control-name with them");
  } else if (leaves_this_machine(options.control)) {
    log->warn("the control plane at {} is spoken to without TLS: provider keys pass in the clear (--control-ca, --control-cert, --control-key)",
              options.control);
  }
  if (options.instance_id.empty() && credentials) options.instance_id = credentials->instance().value_or("");
  if (options.instance_id.empty()) options.instance_id = make_instance_id(host_name());
  return {};
}

void App::Parts::keep_records(const InstanceId& instance) {
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    const char* const value = std::getenv(std::string(name).c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  traces.emplace(tracing::ExporterOptions(), instance.str(), environment, std::make_unique<SeededRandom>(random_bits()), *log);
  sync::SpoolOptions keep;
  if (!options.state_dir.empty()) keep.directory = std::filesystem::path(options.state_dir) / "spool";
  keep.instance = instance;
  spool.emplace(std::move(keep), clock, *log);
  sync::AccountantOptions account;
  account.workers = options.workers;
  account.hash_seed = random_bits();
  account.observers = {&metrics->accounts(), &*traces};
  accountant.emplace(std::move(account), *spool, clock);
  sync::ShipperOptions ship;
  ship.target = options.control;
  ship.credentials = credentials;
  ship.instance = instance;
  ship.in_flight = [this] { return static_cast<std::uint32_t>(std::max<std::int64_t>(0, load.streams())); };
  ship.dropped_total = [this] { return accountant->dropped_total(); };
  ship.log_lines = options.log_lines.get();
  shipper.emplace(std::move(ship), *spool, std::make_unique<SeededRandom>(random_bits()), clock, *log);
}

Result<void> App::Parts::listen() {
  auto opened = Listeners::open(options.listen, clock);
  if (!opened) return fail(std::move(opened.error()));
  listeners = std::move(*opened);
  for (auto& unit : workers) {
    auto sockets = listeners->for_worker();
    if (!sockets) return fail(std::move(sockets.error()));
    for (const Listeners::Socket& socket : *sockets) {
      // What the worker may have in all, less what its other listeners have.
      auto limit = [this, &one = *unit, own = unit->listeners.size()] {
        const auto view = views.current();
        const auto all = static_cast<std::size_t>(view ? view->config.limits.max_connections : config::Limits().max_connections);
        const std::size_t most = std::max<std::size_t>(1, std::min(all, most_clients) / workers.size());
        const std::size_t others = one.open_clients() - one.open_clients_of(own);
        return most - std::min(most, others);
      };
      unit->listeners.push_back(std::make_unique<net::Listener>(unit->worker, socket.fd, unit->flow, limit, socket.certificate));
    }
  }
  return {};
}

Result<void> App::Parts::serve_ops(const net::ListenAddress& address) {
  ops::MetricSources sources;
  sources.config_revision = [this] { return applier->applied_revision(); };
  sources.config_apply_failures = [this] { return applier->failures(); };
  sources.control_plane_connected = [this] { return subscriber->connected(); };
  const auto* const certificate = listeners->certificate();
  sources.tls_certificate_replaced = [certificate] { return certificate != nullptr ? certificate->replaced() : 0; };
  sources.tls_certificate_refused = [certificate] { return certificate != nullptr ? certificate->refused() : 0; };
  sources.certificate_expiry = [this] {
    using Seconds = std::chrono::duration<double>;
    const double control = credentials ? Seconds(credentials->expires().time_since_epoch()).count() : 0;
    std::vector<std::pair<std::string_view, double>> ends{{"control_plane", control}};
    if (const auto* const own = listeners->certificate()) ends.emplace_back("client", static_cast<double>(own->expires_unix_seconds()));
    return ends;
  };
  sources.log_dropped = [this] { return accountant->dropped_total(); };
  sources.log_bodies_dropped = [this] { return accountant->bodies_dropped_total(); };
  sources.log_redactions = [this] { return accountant->redactions_total(); };
  sources.log_spooled_bytes = [this] { return spool->spooled_bytes(); };
  sources.log_spooled_records = [this] { return spool->spooled_records(); };
  sources.log_spool_dropped = [this] { return spool->dropped_total(); };
  sources.spans_exported = [this] { return traces->exported(); };
  sources.spans_dropped = [this] {
    std::vector<std::pair<std::string_view, std::uint64_t>> dropped;
    for (std::size_t i = 0; i < static_cast<std::size_t>(tracing::SpanDrop::kCount); ++i) {
      const auto why = static_cast<tracing::SpanDrop>(i);
      dropped.emplace_back(tracing::name_of(why), traces->dropped(why));
    }
    return dropped;
  };
  sources.provider_name = [this](const std::string& provider) -> std::string {
    const auto view = views.current();
    const routing::Upstream* const upstream = view ? view->upstream(provider) : nullptr;
    return upstream != nullptr ? std::string(tracing::provider_name_of_host(upstream->url.host)) : std::string();
  };
  sources.conversation_pins_evicted = [this] { return pins.evicted(); };
  sources.health_reports = [this] { return health.reports_sent(); };
  sources.health_scores = [this] { return health.score_pushes_taken(); };
  sources.health_reports_merged = [this] { return health.reports_merged(); };
  sources.models = [this] { return model_gauges(); };
  sources.load = &load;
  sources.memory = &memory;
  metrics->observe(std::move(sources));
  ops::OpsHandlers handlers;
  handlers.metrics = [this] { return metrics->text(); };
  handlers.live = [this] { return why_not_live(); };
  handlers.ready = [this] { return why_not_ready(); };
  handlers.started = [this]() -> std::optional<std::string> {
    if (!listening) return "the workers do not listen yet";
    if (!views.current()) return "no configuration yet";   // the application beside a sidecar starts when this passes
    return std::nullopt;
  };
  auto server = ops::OpsServer::start(address.host, address.port, std::move(handlers));
  if (!server) return tl::unexpected<Error>(std::move(server.error()));
  ops = std::move(*server);
  return {};
}

std::vector<ops::ModelGauges> App::Parts::model_gauges() const {
  std::vector<ops::ModelGauges> out;
  const auto view = views.current();
  if (!view) return out;
  for (const auto& model : view->models) {
    if (!view->by_name.contains(model->id)) continue;      // a judge with an address of its own: its calls are no attempts
    const routing::Standing standing = model->stats->standing(clock.steady(), view->config.health);
    ops::ModelGauges& gauges = out.emplace_back();
    gauges.model = model->id;
    gauges.health = standing.health;
    gauges.cooling = standing.cooling;
    gauges.in_flight = standing.in_flight;
    if (standing.first_byte_ms > 0) gauges.first_byte_seconds = standing.first_byte_ms / 1'000;
  }
  return out;
}

void App::Parts::start_workers() {
  for (auto& unit : workers) {
    WorkerUnit& one = *unit;
    one.worker.post([&one] {
      for (auto& listener : one.listeners) listener->start();
    });
    one.worker.start();
  }
  listening = true;
}

std::optional<std::string> App::Parts::why_not_ready() const {
  if (draining) return "draining";
  if (!listening) return "not listening yet";
  if (!views.current()) {
    const std::string why = subscriber->last_error();
    return "no configuration yet: neither the control plane nor a last-known-good file has given one" + (why.empty() ? "" : " (" + why + ")");
  }
  return std::nullopt;
}

std::optional<std::string> App::Parts::why_not_live() const {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady().time_since_epoch()).count();
  for (const auto& unit : workers) {
    const auto beat = unit->worker.heartbeat_ms();
    if (beat != 0 && now - beat > kHeartbeatMax.count()) return "worker " + std::to_string(unit->worker.index()) + " is stuck";
  }
  return std::nullopt;
}

void App::Parts::write_ready_file() const {
  if (options.ready_file.empty()) return;
  const auto ops_listen = net::parse_listen_address(options.ops);
  net::ListenAddress ops_bound{ops_listen->host, ops->port()};
  std::string all;
  for (const std::string& address : listeners->addresses()) all += (all.empty() ? "" : ",") + openai::json_quote(address);
  const std::string text = "{\"listen\":" + openai::json_quote(listeners->address()) + ",\"listeners\":[" + all + "],\"proxy_ops\":" + openai::json_quote(ops_bound.text()) +
                           ",\"instance\":" + openai::json_quote(options.instance_id) + ",\"pid\":" + std::to_string(::getpid()) + "}\n";
  const std::string temporary = options.ready_file + ".tmp";
  std::ofstream(temporary) << text;
  if (std::rename(temporary.c_str(), options.ready_file.c_str()) != 0)
    log->error("cannot write the ready file {}", options.ready_file);
}

// Any descriptor that the system grants is wanted; and no more clients than they are enough for.
void App::Parts::limit_clients() {
  most_clients = net::clients_that_fit(net::raise_fd_limit(), options.workers);
}

void App::Parts::warn_of_too_many_clients(std::int64_t wanted) {
  // A few less than wanted are not worth a word at every start.
  if (wanted - wanted / 10 <= static_cast<std::int64_t>(most_clients) || warned_clients.exchange(wanted) == wanted) return;
  log->warn("limits.max_connections is {}, but the file descriptors of this process are enough for {} clients, each with a connection to a "
            "provider: no more are accepted; raise the hard limit (ulimit -Hn) to serve all",
            wanted, most_clients);
}

template <class Task>
void App::Parts::on_each_worker(Task task) {
  for (auto& unit : workers) {
    WorkerUnit& one = *unit;
    one.worker.post([&one, task] { task(one); });
  }
}

// The main thread does all of its waiting here, so that memory is watched to the end. 0: none came.
int App::Parts::wait_for_signal(std::chrono::milliseconds longest) {
  watch_memory();
  watch_certificate();
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  const timespec pause{0, std::chrono::nanoseconds(std::min(longest, kMemoryPoll)).count()};
  return std::max(0, ::sigtimedwait(&wanted, nullptr, &pause));
}

void App::Parts::watch_memory() {
  using admission::MemoryLevel;
  const SteadyTime now = clock.steady();
  if (now - sampled < kMemoryPoll) return;
  sampled = now;
  const auto view = views.current();
  const auto reading = memory_meter.read(view ? static_cast<std::uint64_t>(view->config.limits.max_memory_bytes) : 0);
  const MemoryLevel before = memory.level();
  const MemoryLevel level = memory.take(reading.used, reading.limit);
  if (level != before)
    log->warn("memory is {}: {} MiB of {} MiB are in use", name_of(level), reading.used >> 20, reading.limit >> 20);
  if (level == MemoryLevel::Fine) return;
  if (now - trimmed < kTrimEvery) return;
  trimmed = now;
  on_each_worker([](WorkerUnit& one) {
    close_idle(one);
    one.context.free_exchanges.clear();
    one.worker.buffers().drop_kept();
  });
  ::malloc_trim(0);
}

void App::Parts::watch_certificate() {
  tls::ServerCertificate* const certificate = listeners->certificate();
  const SteadyTime now = clock.steady();
  if (certificate == nullptr || now - looked_at_certificate < tls::ServerCertificate::kLookEvery) return;
  looked_at_certificate = now;
  const auto looked = certificate->look();
  if (!looked) return log->warn("the TLS certificate was replaced by one that cannot be used, so the one before stays: {}", looked.error().text());
  if (*looked == tls::ServerCertificate::Look::Replaced) tell_of_certificate("new connections see the new");
}

void App::Parts::tell_of_certificate(std::string_view what) const {
  const tls::ServerCertificate& certificate = *listeners->certificate();
  log->info("{} TLS certificate {}", what, certificate.text());
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch()).count();
  if (certificate.expires_unix_seconds() <= now) log->warn("the TLS certificate has ended: clients that check it refuse it");
}

void App::run_until_signal() {
  Parts& p = *parts_;
  // Until there is a View the ready file must wait; the wait is a wait for signals, so it is never deaf.
  bool announced = false;
  int signal = 0;
  while (signal == 0) {
    signal = p.wait_for_signal(announced ? kMemoryPoll : kReadyPoll);
    if (signal == 0 && !announced && ready()) {
      p.write_ready_file();
      p.log->info("ready with revision {}", p.applier->applied_revision());
      announced = true;
    }
  }
  p.log->info("draining");
  p.drain(signal);
  p.stop();
  p.log->info("stopped");
}

std::int64_t App::Parts::open_clients() const {
  std::int64_t n = 0;
  for (const auto& unit : workers) n += static_cast<std::int64_t>(unit->open_clients());
  return n;
}

void App::Parts::drain(int signal) {
  draining = true;
  on_each_worker([](WorkerUnit& one) { one.worker.set_draining(); });
  const auto view = views.current();
  const config::Limits limits = view ? view->config.limits : config::Limits();
  const SteadyTime told = clock.steady();
  // Without a View nobody was ever sent here.
  const auto accept = signal == SIGINT || !view ? config::Millis(0) : std::min(limits.drain_accept, limits.drain_timeout);
  if (!drain_softly(told + accept, told + limits.drain_timeout)) cut();
}

// True: everybody has gone. False: the time is over, or a second signal came.
bool App::Parts::drain_softly(SteadyTime accept_until, SteadyTime end) {
  const bool accepts = accept_until > clock.steady();
  while (clock.steady() < accept_until)
    if (wait_for_signal(kDrainPoll) != 0) return false;
  if (!accepts) return stop_accepting(end);
  // Whoever is still served shows that the word has not reached everybody yet. What begins just before the end would only be cut.
  const SteadyTime last_call = end - std::min<SteadyTime::duration>(kLastCall, (end - accept_until) / 2);
  while (clock.steady() < end) {
    on_each_worker(close_idle);
    if (wait_for_signal(kDrainPoll) != 0) return false;
    if (open_clients() == 0 || clock.steady() >= last_call) return stop_accepting(end);
  }
  return false;
}

// From here on nothing new; what waited to be accepted is served like the rest. True: everybody has gone before `end`.
bool App::Parts::stop_accepting(SteadyTime end) {
  const auto told = std::make_shared<std::atomic<std::size_t>>(0);
  listeners->hide();
  on_each_worker([told](WorkerUnit& one) {
    for (auto& listener : one.listeners) listener->stop_accepting();
    close_idle(one);
    told->fetch_add(1, std::memory_order_release);
  });
  while (told->load(std::memory_order_acquire) < workers.size() || open_clients() > 0) {
    if (clock.steady() >= end) return false;
    if (wait_for_signal(kDrainPoll) != 0) return false;
    on_each_worker(close_idle);
  }
  return true;
}

void App::Parts::cut() {
  log->warn("{} connections are cut at the end of the drain time", open_clients());
  listeners->hide();
  on_each_worker([](WorkerUnit& one) {
    for (auto& listener : one.listeners) listener->cut_all();
  });
  const SteadyTime last = clock.steady() + kLastWords;
  do {
    (void)wait_for_signal(kDrainPoll);
  } while (open_clients() > 0 && clock.steady() < last);
}

void App::Parts::stop() {
  if (subscriber) subscriber->stop();
  for (auto& unit : workers) unit->worker.stop();
  for (auto& unit : workers) unit->worker.join();
  if (accountant) accountant->stop();
  if (shipper) shipper->stop();
  if (spool) spool->close();
  if (traces) traces->stop();
  ops.reset();
  if (listeners) listeners->hide();
}

std::string App::listen_address() const { return parts_->listeners->address(); }

std::string App::ops_address() const {
  const auto address = net::parse_listen_address(parts_->options.ops);
  return net::ListenAddress{address ? address->host : "", parts_->ops->port()}.text();
}

bool App::ready() const { return !parts_->why_not_ready(); }

}  // namespace smartroute::proxy
