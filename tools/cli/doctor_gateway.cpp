#include <algorithm>
#include <set>

#include "contract/config/check.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "dataplane/core/routing/view.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/doctor_checks.hpp"
#include "tools/cli/metrics_text.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/providers_command.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;

constexpr std::int64_t kOldReportMs = 60'000;
constexpr double kNearlyFull = 0.9;
constexpr std::size_t kNamesShown = 3;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) text += " and " + std::to_string(names.size() - kNamesShown) + " more";
  return text;
}

std::string counted(std::size_t n, const char* one, const char* many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

Finding waited(Finding finding, const DoctorOptions& options) {
  finding.deadline = options.timeout;
  return finding;
}

// What can be said of a document, wherever it is from.
struct Document {
  std::string name;  // "smartroute.yaml", "revision 7"
  std::string check_command;
  config::Problems problems;
  v1::Config message;
};

std::optional<Document> document_of(const DoctorOptions& options, const GatewayFacts& facts, std::vector<Finding>& findings) {
  Document document;
  if (!options.config.empty()) {
    const auto text = read_input(options.config);
    if (!text) {
      findings.push_back(failed("config.readable", text.error().text(), "ls -l " + options.config));
      return std::nullopt;
    }
    auto checked = config::check_document(*text, options.config, config::system_secrets());
    document = {options.config, "smartroute validate " + options.config, std::move(checked.problems), *checked.message};
    return document;
  }
  if (!facts.config) {
    findings.push_back(skipped("config.readable", "no configuration to look at: name a file with --config"));
    return std::nullopt;
  }
  const std::uint64_t number = facts.config->revision().number();
  if (number == 0) {
    findings.push_back(failed("config.readable", "the gateway has no configuration yet", "smartroute init && smartroute config put smartroute.yaml"));
    return std::nullopt;
  }
  document.name = "revision " + std::to_string(number);
  document.check_command = "smartroute config show " + std::to_string(number);
  document.message = facts.config->config();
  if (facts.validated)
    for (const auto& problem : facts.validated->problems())
      document.problems.push_back({problem.path(), problem.what(), problem.nearest(), "", problem.line(),
                                   problem.severity() == v1::Problem::SEVERITY_WARNING ? config::Severity::Warning : config::Severity::Error});
  return document;
}

bool is_about_key(const config::Problem& problem) { return problem.path.ends_with("api_key") || problem.path.find("api_keys") != std::string::npos || problem.path.ends_with(".key"); }

Finding check_keys(const Document& document) {
  std::vector<std::string> missing;
  for (const auto& problem : document.problems)
    if (problem.severity == config::Severity::Warning && is_about_key(problem)) missing.push_back(problem.path + ": " + problem.what);
  if (!missing.empty())
    return warned("config.keys", listed(missing), "set the variable or the file where the control plane runs, and start that again; until then the provider is left out of every route");
  int with_key = 0;
  for (const auto& provider : document.message.providers()) with_key += provider.has_api_key() ? 1 : 0;
  return fine("config.keys", with_key == 0 ? "no provider needs a key" : "every key that is referred to is there (" + std::to_string(with_key) + ")");
}

Finding check_warnings(const Document& document) {
  std::vector<std::string> warnings;
  for (const auto& problem : document.problems)
    if (problem.severity == config::Severity::Warning && !is_about_key(problem)) warnings.push_back(problem.path + ": " + problem.what);
  if (warnings.empty()) return fine("config.warnings", "there is nothing to warn about");
  return warned("config.warnings", listed(warnings), document.check_command);
}

Finding check_prices(const Document& document) {
  v1::Config message = document.message;
  message.mutable_gateway()->clear_api_keys();
  message.mutable_gateway()->clear_keys();
  auto decoded = config::decode(message, config::placeholder_secrets());
  const auto view = config::has_errors(decoded.problems) ? tl::unexpected(Error(ErrorKind::Invalid, "")) : routing::View::build(std::move(decoded.config), Revision{}, "");
  if (!view) return skipped("config.prices", "prices: the configuration cannot be used as it is");
  std::vector<std::string> unpriced;
  for (const auto& model : (*view)->models)
    if (model->price.source.empty()) unpriced.push_back(model->id);
  const std::size_t all = (*view)->models.size();
  if (unpriced.empty()) return fine("config.prices", "the prices of all " + counted(all, "model", "models") + " are known");
  return warned("config.prices", "no price is known of " + listed(unpriced) + ", so the cost of their requests is not either",
                "write price: {input: ..., output: ...} under models; smartroute prices shows what is known");
}

Finding check_tiers(const Document& document) {
  const auto& tiers = document.message.tiers();
  std::vector<std::string> empty;
  for (const auto& [name, tier] : {std::pair("t1", &tiers.t1()), std::pair("t2", &tiers.t2()), std::pair("t3", &tiers.t3())})
    if (tier->models().empty()) empty.emplace_back(name);
  if (empty.empty()) return fine("config.tiers", "every tier has models");
  return warned("config.tiers", "no models in " + listed(empty) + ": its requests go to another tier", "add tiers." + empty.front() + ".models");
}

Finding ready_finding(const std::string& id, const std::string& name, const OpsFacts& ops, const std::string& hint) {
  if (!ops.live) return failed(id, name + ": " + ops.live.error().text(), hint);
  if (ops.live->status != 200) return failed(id, name + " is alive no more: " + shown(ops.live->body), hint);
  if (!ops.ready) return failed(id, name + ": " + ops.ready.error().text(), hint);
  if (ops.ready->status != 200) return failed(id, name + " is not ready: " + shown(ops.ready->body.substr(0, ops.ready->body.find('\n'))), hint);
  return fine(id, name + " is ready (" + ops.address + ")");
}

double metric(const OpsFacts& ops, const char* name) { return ops.metrics && ops.metrics->status == 200 ? metric_sum(ops.metrics->body, name).value_or(0) : 0; }

Finding check_instance(const DoctorOptions& options, const GatewayFacts& facts, const rpc::Instance& instance) {
  const std::string id = "proxies." + instance.instance_id();
  const std::string name = "proxy " + instance.instance_id();
  const std::string where = instance.hostname().empty() ? name : name + " on " + instance.hostname();
  const std::int64_t age = std::max<std::int64_t>(0, facts.about->now_ms() - instance.last_seen_ms());
  if (!instance.connected()) return warned(id, where + " is away since " + utc_text(instance.last_seen_ms() * 1'000).substr(0, 19) + " UTC", "see its log; it answers with the configuration it has until it is back");
  if (instance.rejected_revision() > instance.applied_revision())
    return failed(id, where + " refused revision " + std::to_string(instance.rejected_revision()) + (instance.problems_size() > 0 ? ": " + instance.problems(0).path() + ": " + instance.problems(0).what() : std::string()),
                  "smartroute config rollback " + std::to_string(instance.applied_revision()));
  if (instance.applied_revision() < facts.fleet->newest_revision())
    return warned(id, where + " still runs revision " + std::to_string(instance.applied_revision()) + " of " + std::to_string(facts.fleet->newest_revision()), "ask again in a moment; if it stays, restart it");
  if (instance.version() != facts.about->version())
    return warned(id, where + " is version " + instance.version() + ", the control plane is " + facts.about->version(), "update the older of the two");
  if (age > kOldReportMs) return warned(id, where + " was heard of " + grouped(static_cast<std::uint64_t>(age / 1'000)) + " s ago", "see its log");
  (void)options;
  return fine(id, where + " is connected, runs revision " + std::to_string(instance.applied_revision()) + ", answers at " + instance.listen());
}

Finding spool_finding(const OpsFacts& ops) {
  const double waiting = metric(ops, "smartroute_log_spooled_records");
  const double dropped = metric(ops, "smartroute_log_dropped_total") + metric(ops, "smartroute_log_spool_dropped_total");
  const std::string id = "proxies.records";
  if (dropped > 0)
    return warned(id, grouped(static_cast<std::uint64_t>(dropped)) + " request records were dropped since it started", "keep the control plane reachable, or raise logs.spool_bytes");
  if (waiting > 0) return warned(id, grouped(static_cast<std::uint64_t>(waiting)) + " request records wait on disk for the control plane", "they are sent once it is back; see smartroute_log_spooled_records at " + ops.address);
  return fine(id, "no request record waits, none was dropped");
}

void add_ops_findings(const OpsFacts& ops, std::vector<Finding>& findings, const DoctorOptions& options) {
  // A proxy that was only guessed at is not missing.
  if (!ops.live && !ops.was_named) return;
  findings.push_back(waited(ready_finding("proxies.ready", "the proxy", ops, ops.live ? "see its log, and whether it finds the control plane: smartroute-proxy --control" : "start it, or say with --proxy-ops where it is"), options));
  if (!ops.metrics || ops.metrics->status != 200) return;
  if (metric(ops, "smartroute_cp_connected") < 1)
    findings.push_back(warned("proxies.control", "the proxy has no connection to the control plane; it goes on with the configuration it has", "see whether the control plane runs and --control of the proxy names it"));
  else
    findings.push_back(fine("proxies.control", "the proxy is connected to the control plane, revision " + grouped(static_cast<std::uint64_t>(metric(ops, "smartroute_config_revision")))));
  findings.push_back(spool_finding(ops));
  if (const double level = metric(ops, "smartroute_memory_pressure"); level >= 1)
    findings.push_back(warned("proxies.memory", level >= 2 ? "memory is nearly gone: new requests are refused" : "memory is tight", "give it more memory, or lower limits.max_streams"));
}

}  // namespace

FindingGroup check_configuration(const DoctorOptions& options, const GatewayFacts& facts) {
  FindingGroup group{"Configuration", {}};
  const auto document = document_of(options, facts, group.findings);
  if (!document) return group;
  for (const auto& problem : document->problems) {
    if (problem.severity != config::Severity::Error) continue;
    group.findings.push_back(failed("config.valid", config::to_string(problem), document->check_command));
    return group;
  }
  group.findings.push_back(fine("config.valid", document->name + " is valid: " + counted(static_cast<std::size_t>(document->message.providers_size()), "provider", "providers")));
  group.findings.push_back(check_warnings(*document));
  group.findings.push_back(check_keys(*document));
  group.findings.push_back(check_tiers(*document));
  group.findings.push_back(check_prices(*document));
  return group;
}

FindingGroup check_control(const DoctorOptions& options, const GatewayFacts& facts) {
  FindingGroup group{"Control plane", {}};
  if (!facts.control_answers()) {
    const bool sidecar_only = !options.proxy_ops.empty() && !options.admin_was_named;
    if (sidecar_only)
      group.findings.push_back(skipped("control.reachable", "no control plane was named (--admin), and none runs here"));
    else
      group.findings.push_back(waited(failed("control.reachable", "no control plane answers at " + options.access.admin, "smartroute up starts a gateway; --admin HOST:PORT names one that runs elsewhere"), options));
    return group;
  }
  if (!facts.about) {
    const bool token = facts.about.error().kind() == ErrorKind::Unauthorized;
    if (token) group.findings.push_back(waited(fine("control.reachable", "the control plane answers at " + options.access.admin), options));
    group.findings.push_back(waited(failed(token ? "control.token" : "control.reachable", facts.about.error().text(), token ? "export SMARTROUTE_ADMIN_TOKEN=$(cat STATE/admin.token), with the gateway's own data folder for STATE" : "smartroute health --admin " + options.access.admin), options));
    return group;
  }
  group.findings.push_back(waited(fine("control.reachable", "the control plane answers at " + options.access.admin + ", version " + facts.about->version()), options));
  group.findings.push_back(waited(fine("control.token", "the admin token works"), options));
  if (facts.control) group.findings.push_back(waited(ready_finding("control.ready", "the control plane", *facts.control, "see its log: " + facts.about->state_folder() + "/logs/control.log"), options));
  else group.findings.push_back(skipped("control.ready", "readiness: its ops port is not on this machine; name it with --control-ops"));
  if (!facts.storage) {
    group.findings.push_back(waited(failed("control.store", "the store: " + facts.storage.error().text(), "see the control plane's log"), options));
    return group;
  }
  group.findings.push_back(waited(fine("control.store", "the store is open, with " + grouped(facts.storage->records()) + " request records"), options));
  const double share = facts.storage->max_bytes() == 0 ? 0 : static_cast<double>(facts.storage->bytes()) / static_cast<double>(facts.storage->max_bytes());
  const std::string used = "the log takes " + fixed(share * 100, share < 0.1 ? 1 : 0) + " % of what it may (logs.max_bytes)";
  group.findings.push_back(share > kNearlyFull ? warned("control.disk", used + ": the oldest records go first", "raise logs.max_bytes, or lower logs.retention_days") : fine("control.disk", used));
  return group;
}

FindingGroup check_data_planes(const DoctorOptions& options, const GatewayFacts& facts) {
  FindingGroup group{"Data planes", {}};
  if (facts.about && facts.fleet) {
    std::size_t connected = 0;
    for (const auto& instance : facts.fleet->instances()) {
      connected += instance.connected() ? 1 : 0;
      group.findings.push_back(check_instance(options, facts, instance));
    }
    if (connected == 0)
      group.findings.insert(group.findings.begin(), failed("proxies.connected", "no proxy is connected, so nobody answers requests", "smartroute-proxy --control " + facts.about->grpc_address()));
    else
      group.findings.insert(group.findings.begin(), fine("proxies.connected", counted(connected, "proxy is", "proxies are") + " connected"));
  } else if (facts.about) {
    group.findings.push_back(waited(failed("proxies.connected", facts.fleet.error().text(), "see the control plane's log"), options));
  }
  for (const OpsFacts& ops : facts.proxies) add_ops_findings(ops, group.findings, options);
  if (group.findings.empty()) group.findings.push_back(skipped("proxies.connected", "no proxy answers here; name its ops listener with --proxy-ops"));
  return group;
}

FindingGroup check_providers(const DoctorOptions& options, const GatewayFacts& facts) {
  FindingGroup group{"Providers", {}};
  if (!facts.config || !facts.about) {
    group.findings.push_back(skipped("providers", "they are tried by the control plane, which does not answer"));
    return group;
  }
  if (options.offline) {
    group.findings.push_back(skipped("providers", "not called (--offline)"));
    return group;
  }
  const auto end = std::chrono::steady_clock::now() + kProvidersTime;
  for (const auto& provider : facts.config->config().providers()) {
    const std::string id = "providers." + provider.id();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      group.findings.push_back(skipped(id, provider.id() + ": not tried, the " + std::to_string(kProvidersTime.count() / 1'000) + " s for all of them are over"));
      continue;
    }
    const ProviderTest test = test_provider(options.access, provider.id(), "", std::min(options.timeout, left));
    if (!test.permitted) {
      group.findings.push_back(skipped("providers", "not called: that takes the token of an admin"));
      break;
    }
    Finding finding = test.ok ? fine(id, provider.id() + ": " + test.what) : failed(id, provider.id() + ": " + test.what, "smartroute providers test " + provider.id());
    group.findings.push_back(waited(std::move(finding), options));
  }
  return group;
}

FindingGroup check_dashboard(const GatewayFacts& facts) {
  FindingGroup group{"Dashboard", {}};
  if (!facts.page) return group;
  if (!*facts.page || (*facts.page)->status != 200) {
    group.findings.push_back(failed("dashboard.served", "no page: " + (*facts.page ? "status " + std::to_string((*facts.page)->status) : facts.page->error().text()), "see the control plane's log"));
  } else if ((*facts.page)->body.find("<script") == std::string::npos) {
    group.findings.push_back(warned("dashboard.served", "the dashboard's files are not there; a plain page stands in", "install the package with its share/ folder, or start smartroute-control with --dashboard DIR"));
  } else {
    group.findings.push_back(fine("dashboard.served", "the dashboard is served"));
  }
  if (facts.session && facts.session->set_up_needed())
    group.findings.push_back(warned("dashboard.account", "nobody has an account for the dashboard yet", "smartroute dashboard prints the link that makes the first one"));
  else if (facts.session)
    group.findings.push_back(fine("dashboard.account", "there is an account"));
  return group;
}

}  // namespace smartroute::cli
