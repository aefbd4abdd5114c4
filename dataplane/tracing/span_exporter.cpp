#include "dataplane/tracing/span_exporter.hpp"

#include <pthread.h>
#include <spdlog/logger.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "dataplane/core/tracing/record_spans.hpp"

namespace smartroute::tracing {
namespace {

// Requests are served before spans are sent.
void enter_background() noexcept {
  constexpr int kNice = 10;
  pthread_setname_np(pthread_self(), "sr-tracing");
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone, on Linux
}

}  // namespace

std::string_view name_of(SpanDrop reason) noexcept {
  switch (reason) {
    case SpanDrop::QueueFull:
      return "queue_full";
    case SpanDrop::Refused:
      return "refused";
    case SpanDrop::GaveUp:
      return "gave_up";
    case SpanDrop::Off:
      return "off";
    case SpanDrop::kCount:
      break;
  }
  return "other";
}

SpanExporter::SpanExporter(ExporterOptions options, std::string instance, Environment environment, std::unique_ptr<Random> random,
                           spdlog::logger& log, TransportFactory transports)
    : options_(options),
      instance_(std::move(instance)),
      environment_(std::move(environment)),
      random_(std::move(random)),
      log_(log),
      transports_(std::move(transports)) {}

SpanExporter::~SpanExporter() { stop(); }

void SpanExporter::configure(const config::Config& config) {
  auto setup = std::make_shared<Setup>();
  setup->settings = export_settings(config.tracing, environment_);
  setup->providers = providers_of(config);
  if (!setup->settings.problem.empty()) log_.warn("traces are not exported: tracing.endpoint: {}", setup->settings.problem);
  const bool enabled = setup->settings.enabled;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    // A configuration that says nothing new about tracing keeps the connection.
    const bool same = setup_ && setup_->settings == setup->settings;
    if (same && transport_setup_ == setup_) transport_setup_ = setup;
    setup_ = std::move(setup);
    sample_ratio_ = setup_->settings.sample_ratio;
    enabled_ = enabled;
    if (!same) changed_.notify_all();
  }
  if (enabled)
    start_thread();
  else
    end_thread(std::chrono::milliseconds(0));
}

void SpanExporter::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    enabled_ = false;
  }
  end_thread(options_.flush);
}

void SpanExporter::start_thread() {
  if (thread_.joinable()) return;
  const std::lock_guard lock(mutex_);
  stopping_ = abandoned_ = finished_ = false;
  thread_ = std::thread([this] { run(); });
}

void SpanExporter::end_thread(std::chrono::milliseconds flush) {
  if (thread_.joinable()) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, flush, [this] { return finished_; })) {
      abandoned_ = true;
      if (transport_) transport_->cancel();
      changed_.notify_all();
    }
    lock.unlock();
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  drop_queue(SpanDrop::Off);
  transport_.reset();
  transport_setup_.reset();
}

void SpanExporter::settled(const accounting::Settled& settled) {
  if (!settled.sampled || !enabled()) return;
  std::shared_ptr<const Setup> setup;
  {
    const std::lock_guard lock(mutex_);
    setup = setup_;
  }
  v1::RequestRecord record;
  if (!setup || !record.ParseFromArray(settled.record.data(), static_cast<int>(settled.record.size()))) return;
  const auto spans = spans_of(record, setup->providers, setup->settings.content ? Content::Include : Content::LeaveOut);
  if (spans.empty()) return;
  Queued queued;
  for (const auto& span : spans) append_span(span, queued.spans);
  queued.count = spans.size();
  queued.since = Clock::now();
  const std::lock_guard lock(mutex_);
  if (!enabled()) return drop(SpanDrop::Off, queued.count);
  if (queued_spans_ + queued.count > options_.queue_spans || queued_bytes_ + queued.spans.size() > options_.queue_bytes)
    return drop(SpanDrop::QueueFull, queued.count);
  const bool was_full = queued_spans_ >= options_.batch_spans;
  queued_spans_ += queued.count;
  queued_bytes_ += queued.spans.size();
  queue_.push_back(std::move(queued));
  // The thread sleeps until a batch is full or the first span of one grows old; it need not hear of the others.
  if (queue_.size() == 1 || (!was_full && queued_spans_ >= options_.batch_spans)) changed_.notify_all();
}

void SpanExporter::run() {
  enter_background();
  std::unique_lock lock(mutex_);
  while (wait_for_batch(lock)) {
    Batch batch = take_batch();
    lock.unlock();
    send(std::move(batch));
    lock.lock();
  }
  finished_ = true;
  changed_.notify_all();
}

// False: it is time to end.
bool SpanExporter::wait_for_batch(std::unique_lock<std::mutex>& lock) {
  while (true) {
    if (abandoned_ || (stopping_ && queue_.empty())) return false;
    if (stopping_ || queued_spans_ >= options_.batch_spans) return true;
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto due = queue_.front().since + options_.batch_wait;
    if (Clock::now() >= due) return true;
    changed_.wait_until(lock, due);
  }
}

SpanExporter::Batch SpanExporter::take_batch() {
  Batch batch;
  // The spans of one request stay together, so the first may be more than a batch.
  while (!queue_.empty() && (batch.spans == 0 || batch.spans + queue_.front().count <= options_.batch_spans)) {
    Queued& first = queue_.front();
    queued_spans_ -= first.count;
    queued_bytes_ -= first.spans.size();
    batch.spans += first.count;
    batch.parts.push_back(std::move(first.spans));
    queue_.pop_front();
  }
  return batch;
}

void SpanExporter::send(Batch batch) {
  for (int tries = 1;; ++tries) {
    const Reply reply = send_once(batch);
    if (reply.kind != Reply::Kind::Again) return finish(batch, reply);
    if (!failing_) log_.warn("traces wait for the collector: {}", reply.text.empty() ? "it does not answer" : reply.text);
    failing_ = true;
    if (tries == options_.tries) return drop(SpanDrop::GaveUp, batch.spans);
    if (!pause(pause_after(tries, reply))) return drop(SpanDrop::Off, batch.spans);
  }
}

Reply SpanExporter::send_once(const Batch& batch) {
  std::shared_ptr<const Setup> setup;
  std::shared_ptr<Transport> transport, outdated;  // closed behind the lock
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return {};
    tried_while_stopping_ = stopping_;
    setup = setup_;
    if (!transport_ || transport_setup_ != setup) {
      outdated = std::move(transport_);
      transport_ = transports_(setup->settings);
      transport_setup_ = setup;
    }
    transport = transport_;
  }
  ExportSource source;
  source.service_name = setup->settings.service_name;
  source.service_instance = instance_;
  source.service_version = SMARTROUTE_VERSION;
  return transport->send(export_request(source, batch.parts), options_.send_deadline);
}

void SpanExporter::finish(const Batch& batch, const Reply& reply) {
  if (reply.kind == Reply::Kind::Refused) {
    if (!failing_) log_.error("the collector refuses traces, they are dropped: {}", reply.text);
    failing_ = true;
    return drop(SpanDrop::Refused, batch.spans);
  }
  if (failing_) log_.info("traces reach the collector again");
  failing_ = false;
  const auto rejected = std::min<std::uint64_t>(reply.rejected, batch.spans);
  if (rejected > 0) log_.warn("the collector rejected {} of {} spans: {}", rejected, batch.spans, reply.text);
  drop(SpanDrop::Refused, rejected);
  exported_.fetch_add(batch.spans - rejected, std::memory_order_relaxed);
}

std::chrono::milliseconds SpanExporter::pause_after(int tries, const Reply& reply) {
  if (reply.wait) return std::min(*reply.wait, options_.longest_asked);
  auto pause = options_.first_pause;
  for (int i = 1; i < tries && pause < options_.longest_pause; ++i) pause *= 2;
  pause = std::min(pause, options_.longest_pause);
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) * (0.5 + random_->unit())));
}

// False: the thread shall end at once. A stop that came after the last try, or another collector, ends the pause early.
bool SpanExporter::pause(std::chrono::milliseconds span) {
  std::unique_lock lock(mutex_);
  const auto setup = transport_setup_;
  changed_.wait_for(lock, span, [&] { return abandoned_ || stopping_ != tried_while_stopping_ || (setup_ != setup && transport_setup_ == setup); });
  return !abandoned_;
}

void SpanExporter::drop(SpanDrop reason, std::size_t spans) noexcept {
  dropped_[static_cast<std::size_t>(reason)].fetch_add(spans, std::memory_order_relaxed);
}

void SpanExporter::drop_queue(SpanDrop reason) {
  drop(reason, queued_spans_);
  queue_.clear();
  queued_spans_ = queued_bytes_ = 0;
}

}  // namespace smartroute::tracing
