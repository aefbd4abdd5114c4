#include "dataplane/app.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/net/connector.hpp"
#include "dataplane/net/listener.hpp"
#include "dataplane/net/resolver.hpp"
#include "dataplane/net/tls_contexts.hpp"
#include "dataplane/net/worker.hpp"
#include "dataplane/ops/metrics.hpp"
#include "dataplane/ops/ops_server.hpp"
#include "dataplane/proxy/request_flow.hpp"
#include "dataplane/proxy/worker_context.hpp"
#include "dataplane/sync/config_applier.hpp"
#include "dataplane/sync/config_subscriber.hpp"
#include "dataplane/sync/last_known_good.hpp"
#include "dataplane/sync/telemetry_shipper.hpp"
#include "dataplane/sync/view_holder.hpp"

namespace smartroute::proxy {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxWorkers = 256;
constexpr std::chrono::milliseconds kHeartbeatMax{10'000};    // a worker that turned no loop for so long is stuck
constexpr std::chrono::milliseconds kReadyPoll{5};

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

// Everything of one worker, in the order it must come to life; it dies in reverse.
struct WorkerUnit {
  WorkerUnit(std::size_t index, const Clock& clock, net::Resolver& resolver, net::TlsContexts& tls, const sync::ViewHolder& views,
             sync::TelemetrySink& telemetry, ops::WorkerMetrics& metrics, std::atomic<std::int64_t>& bodies, routing::ConversationPins& pins,
             JudgeDesk& judges)
      : worker(index, clock, random_bits()),
        connector(worker, resolver, tls),
        context(worker, views, connector, telemetry, metrics, bodies, pins, judges, {random_bits(), random_bits()}),
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
  std::optional<net::Listener> listener;
};

}  // namespace

struct App::Parts {
  AppOptions options;
  std::shared_ptr<spdlog::logger> log;
  SystemClock clock;
  routing::Scoreboard scores;                    // before the views, whose models stand in it
  sync::ViewHolder views;
  net::TlsContexts tls;
  std::atomic<std::int64_t> body_bytes{0};
  routing::ConversationPins pins;
  JudgeDesk judges;
  std::atomic<bool> draining{false};
  std::atomic<bool> listening{false};
  std::uint16_t port = 0;
  std::string listen_host;
  std::optional<ops::Metrics> metrics;
  std::optional<sync::LastKnownGood> last_known_good;
  std::optional<sync::ConfigApplier> applier;
  std::optional<sync::TelemetryShipper> shipper;
  std::vector<std::unique_ptr<WorkerUnit>> workers;
  std::unique_ptr<net::Resolver> resolver;       // after the workers, so that it dies first: its thread posts to them
  std::optional<sync::ConfigSubscriber> subscriber;
  std::unique_ptr<ops::OpsServer> ops;

  Result<void> listen();
  Result<void> serve_ops(const net::ListenAddress& address);
  std::vector<ops::ModelGauges> model_gauges() const;
  void start_workers();
  std::optional<std::string> why_not_ready() const;
  std::optional<std::string> why_not_live() const;
  void write_ready_file() const;
  void drain();
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
  if (options.instance_id.empty()) options.instance_id = make_instance_id(host_name());

  std::unique_ptr<App> app(new App);
  Parts& p = *app->parts_;
  p.options = std::move(options);
  p.log = std::move(log);
  p.views.set_prepare([&p](const routing::View& view) { p.tls.prepare(view); });
  p.metrics.emplace(p.options.workers);
  const char* master = std::getenv("SMARTROUTE_MASTER_KEY");
  p.last_known_good.emplace(p.options.state_dir, Secret(master != nullptr ? master : ""));
  p.applier.emplace(p.views, p.scores, *p.last_known_good, *p.log);

  const InstanceId instance(p.options.instance_id);
  sync::ShipperOptions ship;
  ship.target = p.options.control;
  ship.instance = instance;
  ship.workers = p.options.workers;
  p.shipper.emplace(ship, p.clock, std::make_unique<SeededRandom>(random_bits()), *p.log);
  p.resolver = net::make_cares_resolver(p.clock);
  for (std::size_t i = 0; i < p.options.workers; ++i)
    p.workers.push_back(std::make_unique<WorkerUnit>(i, p.clock, *p.resolver, p.tls, p.views, *p.shipper, p.metrics->worker(i), p.body_bytes,
                                                     p.pins, p.judges));
  if (auto listening = p.listen(); !listening) return tl::unexpected<Error>(std::move(listening.error()));

  sync::SubscriberOptions subscribe;
  subscribe.target = p.options.control;
  subscribe.instance = instance;
  subscribe.version = SMARTROUTE_VERSION;
  subscribe.hostname = host_name();
  subscribe.listen = app->listen_address();
  p.subscriber.emplace(subscribe, *p.applier, p.clock, std::make_unique<SeededRandom>(random_bits()), *p.log);
  if (auto serving = p.serve_ops(*ops_address); !serving) return tl::unexpected<Error>(std::move(serving.error()));

  if (auto restored = p.applier->restore(); !restored)
    p.log->warn("the last-known-good configuration cannot be used: {}", restored.error().text());
  else if (*restored)
    p.log->info("serving revision {} from the last-known-good file until the control plane answers", p.applier->applied_revision());
  p.shipper->start();
  p.subscriber->start();
  p.start_workers();
  p.log->info("listening on {} with {} workers as {}", app->listen_address(), p.options.workers, p.options.instance_id);
  return app;
}

Result<void> App::Parts::listen() {
  auto address = net::parse_listen_address(options.listen);
  if (!address) return fail(ErrorKind::Invalid, "--listen: " + address.error().text());
  if (auto free = net::require_free_port(*address); !free) return free;
  for (auto& unit : workers) {
    auto fd = net::open_listener(*address);
    if (!fd) return tl::unexpected<Error>(std::move(fd.error()));
    auto bound = net::bound_port(*fd);
    if (!bound) return tl::unexpected<Error>(std::move(bound.error()));
    address->port = *bound;
    auto limit = [this, n = workers.size()] {
      const auto view = views.current();
      const auto all = static_cast<std::size_t>(view ? view->config.limits.max_connections : config::Limits().max_connections);
      return std::max<std::size_t>(1, all / n);
    };
    unit->listener.emplace(unit->worker, *fd, unit->flow, limit);
  }
  port = address->port;
  listen_host = address->host;
  return {};
}

Result<void> App::Parts::serve_ops(const net::ListenAddress& address) {
  ops::MetricSources sources;
  sources.config_revision = [this] { return applier->applied_revision(); };
  sources.config_apply_failures = [this] { return applier->failures(); };
  sources.control_plane_connected = [this] { return subscriber->connected(); };
  sources.log_dropped = [this] { return shipper->dropped_total(); };
  sources.conversation_pins_evicted = [this] { return pins.evicted(); };
  sources.models = [this] { return model_gauges(); };
  metrics->observe(std::move(sources));
  ops::OpsHandlers handlers;
  handlers.metrics = [this] { return metrics->text(); };
  handlers.live = [this] { return why_not_live(); };
  handlers.ready = [this] { return why_not_ready(); };
  handlers.started = [this]() -> std::optional<std::string> {
    if (listening) return std::nullopt;
    return "the workers do not listen yet";
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
    net::Listener& listener = *unit->listener;
    unit->worker.post([&listener] { listener.start(); });
    unit->worker.start();
  }
  listening = true;
}

std::optional<std::string> App::Parts::why_not_ready() const {
  if (draining) return "draining";
  if (!listening) return "not listening yet";
  if (!views.current()) return "no configuration yet: neither the control plane nor a last-known-good file has given one";
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
  net::ListenAddress listen{listen_host, port};
  const auto ops_listen = net::parse_listen_address(options.ops);
  net::ListenAddress ops_bound{ops_listen->host, ops->port()};
  const std::string text = "{\"listen\":" + openai::json_quote(listen.text()) + ",\"proxy_ops\":" + openai::json_quote(ops_bound.text()) +
                           ",\"instance\":" + openai::json_quote(options.instance_id) + ",\"pid\":" + std::to_string(::getpid()) + "}\n";
  const std::string temporary = options.ready_file + ".tmp";
  std::ofstream(temporary) << text;
  if (std::rename(temporary.c_str(), options.ready_file.c_str()) != 0)
    log->error("cannot write the ready file {}", options.ready_file);
}

void App::run_until_signal() {
  Parts& p = *parts_;
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  // Until there is a View the ready file must wait; the wait is a wait for signals, so it is never deaf.
  bool announced = false;
  for (;;) {
    timespec pause{0, std::chrono::nanoseconds(kReadyPoll).count()};
    const int got = announced ? ::sigwaitinfo(&wanted, nullptr) : ::sigtimedwait(&wanted, nullptr, &pause);
    if (got > 0) break;
    if (!announced && ready()) {
      p.write_ready_file();
      p.log->info("ready with revision {}", p.applier->applied_revision());
      announced = true;
    }
  }
  p.log->info("draining");
  p.drain();
  p.stop();
  p.log->info("stopped");
}

void App::Parts::drain() {
  draining = true;
  for (auto& unit : workers) {
    net::Listener& listener = *unit->listener;
    unit->worker.post([&listener] { listener.drain(); });
  }
  const auto view = views.current();
  const auto grace = view ? view->config.limits.drain_timeout : config::Limits().drain_timeout;
  auto open = [this] {
    std::int64_t n = 0;
    for (auto& unit : workers) n += unit->listener->counters().open.load(std::memory_order_relaxed);
    return n;
  };
  sigset_t again;
  sigemptyset(&again);
  sigaddset(&again, SIGINT);
  sigaddset(&again, SIGTERM);
  constexpr timespec kStep{0, 20'000'000};
  const auto until = clock.steady() + grace;
  bool hurried = false;
  while (open() > 0 && clock.steady() < until && !hurried) hurried = ::sigtimedwait(&again, nullptr, &kStep) > 0;
  if (open() == 0) return;
  log->warn("{} connections are cut at the end of the drain time", open());
  for (auto& unit : workers) {
    net::Listener& listener = *unit->listener;
    unit->worker.post([&listener] { listener.cut_all(); });
  }
  constexpr std::chrono::seconds kLastWords{2};        // for the error events of what was cut
  const auto last = clock.steady() + kLastWords;
  while (open() > 0 && clock.steady() < last) (void)::sigtimedwait(&again, nullptr, &kStep);
}

void App::Parts::stop() {
  if (subscriber) subscriber->stop();
  for (auto& unit : workers) unit->worker.stop();
  for (auto& unit : workers) unit->worker.join();
  if (shipper) shipper->stop();
  ops.reset();
}

std::string App::listen_address() const { return net::ListenAddress{parts_->listen_host, parts_->port}.text(); }

std::string App::ops_address() const {
  const auto address = net::parse_listen_address(parts_->options.ops);
  return net::ListenAddress{address ? address->host : "", parts_->ops->port()}.text();
}

bool App::ready() const { return !parts_->why_not_ready(); }

}  // namespace smartroute::proxy
