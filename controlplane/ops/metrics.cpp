#include "controlplane/ops/metrics.hpp"

#include <dirent.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

namespace smartroute::control::ops {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// One family after the other, each with one or more samples.
class Page {
 public:
  void family(const char* name, const char* help, MetricType type) {
    MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    families_.push_back(std::move(family));
  }
  void sample(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    MetricFamily& family = families_.back();
    if (family.type == MetricType::Counter) metric.counter.value = value;
    if (family.type == MetricType::Gauge) metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  void counter(const char* name, const char* help, std::uint64_t value) {
    family(name, help, MetricType::Counter);
    sample(static_cast<double>(value));
  }
  void gauge(const char* name, const char* help, double value) {
    family(name, help, MetricType::Gauge);
    sample(value);
  }
  // Buckets of integers of which `unit` make one exposed unit.
  template <std::size_t N>
  void histogram(const std::array<std::uint64_t, N + 1>& buckets, std::uint64_t sum, const std::array<std::uint64_t, N>& bounds,
                 double unit, Labels labels) {
    ClientMetric metric;
    metric.label = std::move(labels);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= N; ++i) {
      count += buckets[i];
      metric.histogram.bucket.push_back(
          {count, i < N ? static_cast<double>(bounds[i]) / unit : std::numeric_limits<double>::infinity()});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(sum) / unit;
    families_.back().metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

ClientMetric::Label label(std::string name, std::string_view value) {
  ClientMetric::Label label;
  label.name = std::move(name);
  label.value = value;
  return label;
}

double number(std::uint64_t value) { return static_cast<double>(value); }

void add_config(Page& page, const Readings& r) {
  page.family("smartroute_build_info", "Version of this process; always 1.", MetricType::Gauge);
  page.sample(1, {label("version", SMARTROUTE_VERSION), label("component", "control")});
  page.gauge("smartroute_config_revision", "Newest configuration revision, 0 for none.",
             number(r.config_revision));
  page.gauge("smartroute_config_writable",
             "1 while configuration writes are taken, 0 after the store failed.",
             r.config_writable ? 1 : 0);
  page.gauge("smartroute_config_file_owned", "1 when a file owns the configuration.",
             r.config_file_owned ? 1 : 0);
  page.counter("smartroute_config_pushes_total", "Configurations sent to data planes.", r.pushes);
  page.counter("smartroute_config_applies_total", "Configurations that data planes applied.",
               r.acknowledged);
  page.counter("smartroute_config_apply_failures_total", "Configurations that data planes refused.",
               r.refused);
}

void add_fleet(Page& page, const Readings& r) {
  page.gauge("smartroute_dataplanes_connected", "Data planes with an open stream.",
             number(r.dataplanes_connected));
  page.gauge("smartroute_dataplanes_known", "Data planes connected now or within the last hour.",
             number(r.dataplanes_known));
  page.gauge("smartroute_dataplanes_current",
             "Connected data planes that serve the newest revision.", number(r.dataplanes_current));
  page.gauge(
      "smartroute_dataplanes_ahead",
      "Data planes that serve a later revision than the newest here: this control plane lost data.",
      number(r.dataplanes_ahead));
  page.counter("smartroute_dataplane_streams_refused_total",
               "Streams ended for too many, no hello or a bad message.", r.streams_refused);
  page.counter("smartroute_control_identity_refused_total",
               "Calls in the name of an instance that the caller's certificate is not for, or with a "
               "certificate that had ended.",
               r.identities_refused);
}

void add_secrets(Page& page, const Readings& r) {
  page.family("smartroute_certificate_expiry_seconds",
              "When the certificate that this process shows ends, in seconds since 1970, by who sees "
              "it; 0 while there is none.",
              MetricType::Gauge);
  for (const auto& [peer, when] : r.certificate_expiry) page.sample(when, {label("peer", peer)});
  page.counter("smartroute_control_secret_changes_total",
               "Times secrets that are read from files had changed and went to the data planes.",
               r.secret_changes);
  page.gauge("smartroute_control_secret_files_unusable",
             "Files with secrets that are gone, empty or hold none; what they held before is used on.",
             number(r.secret_files_unusable));
}

void add_health(Page& page, const Readings& r) {
  if (!r.model_health.empty()) {
    page.family("smartroute_control_model_health",
                "Health of each model over the whole fleet, 1 is sound. 'other': the lowest of those "
                "that are not shown.",
                MetricType::Gauge);
    const std::size_t shown = std::min(r.model_health.size(), kMaxModelSeries);
    double others = 1;
    for (std::size_t i = 0; i < r.model_health.size(); ++i) {
      if (i < shown)
        page.sample(r.model_health[i].health, {label("model", r.model_health[i].model)});
      else
        others = std::min(others, r.model_health[i].health);
    }
    if (shown < r.model_health.size()) page.sample(others, {label("model", "other")});
  }
  page.gauge("smartroute_health_unsaved_models",
             "Models whose newest change of health is not stored yet; more than a moment above 0: "
             "the store fails.",
             number(r.health_unsaved_models));
  page.family("smartroute_health_reports_total",
              "Health reports of data planes; a repeated one was counted before.",
              MetricType::Counter);
  page.sample(number(r.health_reports_taken), {label("result", "taken")});
  page.sample(number(r.health_reports_repeated), {label("result", "repeated")});
  page.family("smartroute_health_report_faults_total",
              "What was ignored (unknown, surplus) or cut (clamped) in health reports.",
              MetricType::Counter);
  page.sample(number(r.health_unknown_models), {label("fault", "unknown_model")});
  page.sample(number(r.health_unknown_kinds), {label("fault", "unknown_kind")});
  page.sample(number(r.health_surplus), {label("fault", "surplus")});
  page.sample(number(r.health_clamped), {label("fault", "clamped")});
  page.counter("smartroute_score_pushes_total", "Messages with scores sent to data planes.",
               r.score_pushes);
}

void add_records(Page& page, const Readings& r) {
  page.gauge("smartroute_records_held", "Request records in the store.", number(r.records_held));
  page.counter("smartroute_records_stored_total", "Request records stored for the first time.",
               r.records_stored);
  page.counter("smartroute_records_duplicate_total",
               "Request records that came again and were stored once.", r.records_duplicate);
  page.counter("smartroute_records_dropped_total", "Request records that data planes had to drop.",
               r.records_dropped_at_source);
  page.family("smartroute_record_batches_rejected_total",
              "Batches of request records that were not stored.", MetricType::Counter);
  page.sample(number(r.batches_refused), {label("reason", "bounds")});
  page.sample(number(r.batches_failed), {label("reason", "store")});
}

void add_log(Page& page, const Readings& r) {
  if (r.log_size) {
    page.gauge("smartroute_control_log_records", "Request records in the log.", number(r.log_size->records));
    page.gauge("smartroute_control_log_bytes", "Bytes the log takes on disk.", number(r.log_size->bytes));
    page.gauge("smartroute_control_log_max_bytes", "Bytes the log may take on disk.", number(r.log_size->max_bytes));
  }
  if (!r.log_removed.empty()) {
    page.family("smartroute_control_log_removed_total", "Request records removed from the log, by why.", MetricType::Counter);
    for (const auto& [why, records] : r.log_removed) page.sample(number(records), {label("why", why)});
  }
  if (r.tail_subscribers) page.gauge("smartroute_control_tail_subscribers", "Who watches the log as it grows.", number(*r.tail_subscribers));
  if (r.tail_dropped)
    page.counter("smartroute_control_tail_dropped_total", "Records that watchers of the log missed because they were too slow.", *r.tail_dropped);
  if (r.queries == nullptr) return;
  page.family("smartroute_control_query_seconds", "Time of a query of the log, by which.", MetricType::Histogram);
  for (std::size_t i = 0; i < QueryTimes::kKinds.size(); ++i) {
    const auto reading = r.queries->read(i);
    page.histogram(reading.buckets, reading.sum_us, QueryTimes::kBounds, 1e6, {label("query", QueryTimes::kKinds[i].label)});
  }
}

void add_admin(Page& page, const Readings& r) {
  page.family("smartroute_admin_requests_total",
              "Calls of the admin API, by method and Connect code.", MetricType::Counter);
  for (const auto& calls : r.admin_calls) {
    page.sample(number(calls.calls), {label("method", calls.method), label("code", calls.code)});
  }
  if (r.sign_ins.empty()) return;
  page.family("smartroute_control_sign_ins_total", "Tries to sign in to the dashboard, by how they ended.", MetricType::Counter);
  for (const auto& [outcome, tries] : r.sign_ins) page.sample(number(tries), {label("outcome", outcome)});
  page.gauge("smartroute_control_sessions", "Sessions of the dashboard that are open.", number(r.sessions));
}

void add_process(Page& page, const Readings& r) {
  page.family("process_cpu_seconds_total", "User and system time of this process.",
              MetricType::Counter);
  page.sample(r.cpu_seconds);
  page.gauge("process_start_time_seconds", "When this process started, since 1970.",
             r.start_time_seconds);
  page.gauge("process_resident_memory_bytes", "Resident memory of this process.", r.resident_bytes);
  page.gauge("process_open_fds", "Open file descriptors of this process.", r.open_fds);
}

double boot_time_seconds() {
  std::ifstream in("/proc/stat");
  for (std::string word; in >> word;) {
    double value = 0;
    if (word == "btime" && in >> value) return value;
  }
  return 0;
}

}  // namespace

void read_process(Readings& readings) {
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream in("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(in), {});
  // The second field, the program's name in parentheses, may hold blanks; fields are counted from
  // behind it (proc(5)).
  const auto end = text.rfind(')');
  if (end != std::string::npos) {
    std::istringstream rest(text.substr(end + 1));
    std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    constexpr std::size_t kUserTime = 11, kSystemTime = 12, kStartTime = 19, kResidentPages = 21;
    if (fields.size() > kResidentPages) {
      readings.cpu_seconds =
          (std::stod(fields[kUserTime]) + std::stod(fields[kSystemTime])) / ticks;
      readings.start_time_seconds = boot_time_seconds() + std::stod(fields[kStartTime]) / ticks;
      readings.resident_bytes =
          std::stod(fields[kResidentPages]) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    }
  }
  if (DIR* const directory = ::opendir("/proc/self/fd")) {
    int entries = 0;
    while (::readdir(directory) != nullptr) ++entries;
    ::closedir(directory);
    readings.open_fds = entries - 3;  // ".", ".." and the directory itself
  }
}

void read_log(const LogSources& sources, Readings& readings) {
  if (sources.size) readings.log_size = sources.size();
  if (sources.removed) readings.log_removed = sources.removed();
  if (sources.tail_subscribers) readings.tail_subscribers = sources.tail_subscribers();
  if (sources.tail_dropped) readings.tail_dropped = sources.tail_dropped();
  readings.queries = sources.queries;
}

std::string render_metrics(const Readings& readings) {
  Page page;
  add_config(page, readings);
  add_fleet(page, readings);
  add_secrets(page, readings);
  add_health(page, readings);
  add_records(page, readings);
  add_log(page, readings);
  add_admin(page, readings);
  add_process(page, readings);
  return page.text();
}

}  // namespace smartroute::control::ops
