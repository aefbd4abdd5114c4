#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "contract/certificates/certificate.hpp"
#include "contract/config/base_url.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/address.hpp"
#include "tools/cli/doctor_checks.hpp"
#include "tools/cli/metrics_text.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

constexpr std::chrono::hours kSoon{14 * 24};
constexpr const char* kSecretFiles[] = {"master.key", "admin.token", "setup.code"};

// Of one address, or of several with commas between them; a scheme may stand before each.
bool is_beyond_this_machine(std::string_view list) {
  for (bool more = !list.empty(); more;) {
    const auto comma = list.find(',');
    std::string_view address = list.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
    if (address.starts_with("unix:")) continue;
    if (const auto scheme = address.find("://"); scheme != std::string_view::npos) address.remove_prefix(scheme + 3);
    if (const auto parsed = parse_host_port(address); parsed && !parsed->is_loopback()) return true;
  }
  return false;
}

Finding check_admin_address(const GatewayFacts& facts) {
  constexpr const char* kId = "security.admin";
  const std::string& address = facts.about->admin_address();
  if (facts.admin_has_tls || address.starts_with("https://")) return fine(kId, "the admin API speaks TLS");
  if (is_beyond_this_machine(address))
    return warned(kId, "the admin API listens at " + address + " without TLS: passwords and keys can be read on the way", "--admin 127.0.0.1:6688, or a TLS proxy in front of it");
  return fine(kId, "the admin API is for this machine alone (" + address + ")");
}

// When the certificates end that a process shows, by who sees them; 0 while it has none.
std::vector<std::pair<std::string, double>> shown_certificates(const OpsFacts& ops) {
  if (!ops.metrics || ops.metrics->status != 200) return {};
  return metric_by(ops.metrics->body, "smartroute_certificate_expiry_seconds", "peer");
}

Finding check_push_address(const GatewayFacts& facts) {
  constexpr const char* kId = "security.grpc";
  const std::string& address = facts.about->grpc_address();
  if (facts.control)
    for (const auto& [peer, ends] : shown_certificates(*facts.control))
      if (peer == "data_plane" && ends > 0) return fine(kId, "data planes connect at " + address + " by TLS");
  if (is_beyond_this_machine(address)) return warned(kId, "data planes connect at " + address + ", which others can reach; provider keys pass there", "see that it has TLS, or keep it to a network of your own");
  return fine(kId, "data planes connect where only this machine can (" + address + ")");
}

Finding check_gateway_keys(const GatewayFacts& facts) {
  constexpr const char* kId = "security.keys";
  const auto& gateway = facts.config->config().gateway();
  const int keys = gateway.api_keys_size() + gateway.keys_size();
  if (keys > 0) return fine(kId, "callers present a key (" + std::to_string(keys) + (keys == 1 ? " is known)" : " are known)"));
  if (facts.fleet)
    for (const auto& instance : facts.fleet->instances())
      if (instance.connected() && is_beyond_this_machine(instance.listen()))
        return warned(kId, "proxy " + instance.instance_id() + " listens at " + instance.listen() + ", but there are no gateway keys: callers from elsewhere are refused", "add gateway.api_keys to the configuration");
  return fine(kId, "there are no gateway keys, so only this machine may call");
}

Finding check_secret_files(const GatewayFacts& facts) {
  constexpr const char* kId = "security.files";
  int seen = 0;
  for (const char* name : kSecretFiles) {
    const std::string file = (std::filesystem::path(facts.state) / name).string();
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) continue;
    ++seen;
    if ((info.st_mode & 0077) != 0) return failed(kId, file + " can be read by other users", "chmod 600 " + file);
  }
  if (seen == 0) return skipped(kId, "secrets of the data folder: none is there");
  return fine(kId, "the secrets of the data folder are for their owner alone");
}

void add_provider_findings(const GatewayFacts& facts, std::vector<Finding>& findings) {
  std::string plain, unverified;
  for (const auto& provider : facts.config->config().providers()) {
    const auto url = config::parse_base_url(provider.base_url());
    const bool inside = url && is_beyond_this_machine(url->host + ":1") == false && parse_host_port(url->host + ":1").has_value();
    if (provider.base_url().starts_with("http://") && provider.has_api_key() && !inside) plain += (plain.empty() ? "" : ", ") + provider.id();
    if (provider.has_tls_verify() && !provider.tls_verify()) unverified += (unverified.empty() ? "" : ", ") + provider.id();
  }
  if (!plain.empty()) findings.push_back(warned("security.plain_http", "keys go without TLS to " + plain, "an https:// base_url, where there is one"));
  if (!unverified.empty()) findings.push_back(warned("security.tls_verify", "certificates are not checked of " + unverified, "tls_ca_file with the authority to trust, instead of tls_verify: false"));
  if (plain.empty() && unverified.empty()) findings.push_back(fine("security.providers", "keys go to providers over TLS, or stay on this machine"));
}

std::vector<std::string> certificate_files(const DoctorOptions& options, const GatewayFacts& facts) {
  std::vector<std::string> files = options.certificates;
  if (facts.state.empty()) return files;
  for (const char* folder : {"certs", "tls"}) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(std::filesystem::path(facts.state) / folder, error), end; !error && it != end; it.increment(error)) {
      const auto extension = it->path().extension();
      if (extension == ".pem" || extension == ".crt") files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

Finding judge_end(std::string id, const std::string& what, WallTime end) {
  constexpr const char* kHint = "replace its files; they are read again while everything runs";
  const auto left = end - std::chrono::system_clock::now();
  const std::string until = certificates::date_text(end);
  if (left.count() <= 0) return failed(std::move(id), what + " ended on " + until, kHint);
  if (left < kSoon) return warned(std::move(id), what + " ends on " + until, kHint);
  return fine(std::move(id), what + " is good until " + until);
}

void add_shown_certificates(const OpsFacts& ops, const std::string& process, std::vector<Finding>& findings) {
  for (const auto& [peer, ends] : shown_certificates(ops))
    if (ends > 0)
      findings.push_back(judge_end("security.certificate." + process + "." + peer, "the certificate that " + process + " (" + ops.address + ") shows (" + peer + ")",
                                   WallTime(std::chrono::seconds(static_cast<std::int64_t>(ends)))));
}

std::optional<Finding> check_certificate(const std::string& file, bool was_named) {
  const std::string id = "security.certificate." + std::filesystem::path(file).filename().string();
  const auto text = read_file(file);
  if (!text) return failed(id, text.error().text(), "ls -l " + file);
  const auto chain = certificates::parse_certificates(*text);
  // A key may lie beside it under such a name.
  if (!chain && !was_named) return std::nullopt;
  if (!chain) return failed(id, file + ": " + chain.error().text(), "openssl x509 -noout -dates -in " + file);
  WallTime end = chain->front().not_after;
  for (const auto& certificate : *chain) end = std::min(end, certificate.not_after);
  return judge_end(id, file, end);
}

}  // namespace

FindingGroup check_security(const DoctorOptions& options, const GatewayFacts& facts) {
  FindingGroup group{"Security", {}};
  if (facts.about) {
    group.findings.push_back(check_admin_address(facts));
    group.findings.push_back(check_push_address(facts));
  }
  if (facts.about && facts.config) {
    group.findings.push_back(check_gateway_keys(facts));
    add_provider_findings(facts, group.findings);
  }
  if (!facts.state.empty()) group.findings.push_back(check_secret_files(facts));
  if (facts.control) add_shown_certificates(*facts.control, "control", group.findings);
  for (const OpsFacts& proxy : facts.proxies) add_shown_certificates(proxy, "proxy", group.findings);
  for (const std::string& file : certificate_files(options, facts)) {
    const bool was_named = std::find(options.certificates.begin(), options.certificates.end(), file) != options.certificates.end();
    if (auto finding = check_certificate(file, was_named)) group.findings.push_back(*std::move(finding));
  }
  if (group.findings.empty()) group.findings.push_back(skipped("security", "nothing to look at: no gateway answers, no data folder is here"));
  return group;
}

}  // namespace smartroute::cli
