#include "tools/cli/certs_command.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "contract/certificates/certificate.hpp"
#include "contract/certificates/identity.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/certificate_maker.hpp"
#include "tools/cli/command_tree.hpp"

namespace smartroute::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCommonName = 64;

auto cannot(const char* doing, const fs::path& file) {
  return fail(ErrorKind::Storage, std::string("cannot ") + doing + " " + file.string() + ": " + std::strerror(errno));
}

Result<std::string> read_text(const fs::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "re"), &std::fclose);
  if (!in) return cannot("read", file);
  std::string text(certificates::kMaxPemBytes, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), in.get()));
  return text;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Under a name of its own first: what has the right name is whole. link() refuses to replace, rename() replaces.
Result<void> write_private(const fs::path& file, std::string_view bytes, IfThere there) {
  std::string draft = file.string() + ".XXXXXX";
  const int fd = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return cannot("write", file);
  bool good = write_all(fd, bytes) && ::fsync(fd) == 0;
  good = ::close(fd) == 0 && good;
  if (good)
    good = there == IfThere::Replace ? ::rename(draft.c_str(), file.c_str()) == 0
                                     : ::link(draft.c_str(), file.c_str()) == 0;
  Result<void> outcome;
  if (!good && errno == EEXIST)
    outcome = fail(ErrorKind::Conflict, file.string() + " exists already and was left alone");
  else if (!good)
    outcome = cannot("write", file);
  if (!good || there == IfThere::Refuse) ::unlink(draft.c_str());
  return outcome;
}

// Neither or both: a certificate without its key would only be in the way.
Result<void> write_pair(const fs::path& certificate, const fs::path& key, const KeyPair& pair, IfThere there) {
  std::error_code error;
  for (const auto& file : {certificate, key})
    if (there == IfThere::Refuse && fs::exists(fs::symlink_status(file, error)))
      return fail(ErrorKind::Conflict, file.string() + " exists already and was left alone");
  if (auto written = write_private(key, pair.key.reveal(), there); !written) return written;
  return write_private(certificate, pair.certificate, there);
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  const bool fresh = fs::create_directories(folder, error);
  if (!error && fresh) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(ErrorKind::Storage, "cannot make " + folder.string() + ": " + error.message());
  return {};
}

fs::path ca_file(const fs::path& folder) { return folder / "ca.crt"; }
fs::path ca_key_file(const fs::path& folder) { return folder / "ca.key"; }

std::string end_of(const KeyPair& pair) {
  const auto facts = certificates::parse_certificate(pair.certificate);
  return facts ? certificates::date_text(facts->not_after) : std::string();
}

struct Made {
  fs::path certificate, key;
  std::string what;
  std::string until;
  std::vector<std::string> next;  // commands
};

void print(const Made& made, const char* heading, Output output) {
  if (output == Output::Json) {
    const nlohmann::ordered_json document{{"certificate", made.certificate.string()}, {"key", made.key.string()}, {"until", made.until}, {"next", made.next}};
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  std::printf("%s and its key %s: %s, until %s\n\n%s\n", made.certificate.c_str(), made.key.c_str(), made.what.c_str(), made.until.c_str(), heading);
  for (const std::string& line : made.next) std::printf("  %s\n", line.c_str());
}

Result<CertificateWish> wish_for(const CertsIssue& options) {
  CertificateWish wish;
  if (!options.names.empty()) {
    wish.role = CertificateRole::Server;
    wish.dns_names = options.names;
    wish.common_name = options.names.front();
  } else if (!options.group.empty()) {
    if (options.group.find(':') == std::string::npos || options.group.starts_with(certificates::kInstanceUriPrefix))
      return fail(ErrorKind::Invalid, "--group: '" + options.group + "' is no URI of a group, such as " + std::string(certificates::kGroupUri));
    wish.uris = {options.group};
    wish.common_name = "proxies";
  } else {
    if (!certificates::is_instance_name(options.instance))
      return fail(ErrorKind::Invalid, options.instance.empty() ? "for whom? --instance NAME, --group URI, or --control --name HOST" : "--instance: a name has 1 to 128 letters, digits, dots, dashes, underscores and tildes");
    wish.uris = {certificates::instance_uri(options.instance)};
    wish.common_name = options.instance;
  }
  wish.common_name.resize(std::min(wish.common_name.size(), kMaxCommonName));
  return wish;
}

Made described(const CertsIssue& options, const KeyPair& pair) {
  const bool control = !options.names.empty();
  const std::string name = control ? "control" : !options.group.empty() ? "proxies" : "instance-" + options.instance;
  Made made{options.folder / (name + ".crt"), options.folder / (name + ".key"), {}, end_of(pair), {}};
  const std::string ca = ca_file(options.folder).string();
  if (control) {
    made.what = "the control plane";
    made.next = {"smartroute-control --grpc 0.0.0.0:6689 --grpc-client-ca " + ca + " --grpc-cert " + made.certificate.string() + " --grpc-key " + made.key.string()};
    return made;
  }
  const std::string flags = "--control-ca " + ca + " --control-cert " + made.certificate.string() + " --control-key " + made.key.string();
  if (!options.group.empty()) {
    made.what = "any data plane of the group " + options.group;
    made.next = {"smartroute-proxy --control HOST:6689 " + flags, "smartroute-control ... --grpc-group-identity " + options.group};
    return made;
  }
  made.what = "the data plane " + options.instance;
  made.next = {"smartroute-proxy --control HOST:6689 --instance-id " + options.instance + " " + flags};
  return made;
}

}  // namespace

int init_certs(const CertsInit& options) {
  if (auto folder = make_folder(options.folder); !folder) return complain(folder.error(), kFailed);
  const auto pair = make_authority("SmartRoute private authority", options.days, SystemClock().wall());
  if (!pair) return complain(pair.error(), kFailed);
  Made made{ca_file(options.folder), ca_key_file(options.folder), "a private authority", end_of(*pair), {}};
  if (auto written = write_pair(made.certificate, made.key, *pair, IfThere::Refuse); !written) return complain(written.error(), kFailed);
  const std::string folder = options.folder.string();
  made.next = {"smartroute certs issue " + folder + " --control --name control.example", "smartroute certs issue " + folder + " --instance edge-1"};
  print(made, "Who has that key can be anybody: keep it off the machines that only use certificates. Next:", options.output);
  return kOk;
}

int issue_certs(const CertsIssue& options) {
  const auto wish = wish_for(options);
  if (!wish) return complain(wish.error(), kUsage);
  KeyPair authority;
  for (const auto& file : {ca_file(options.folder), ca_key_file(options.folder)}) {
    auto text = read_text(file);
    if (!text) return complain(Error(ErrorKind::Storage, text.error().text() + " (smartroute certs init " + options.folder.string() + " makes it)"), kUsage);
    if (file == ca_file(options.folder))
      authority.certificate = std::move(*text);
    else
      authority.key = Secret(std::move(*text));
  }
  const auto pair = make_certificate(authority, *wish, options.days, SystemClock().wall());
  if (!pair) return complain(pair.error(), kFailed);
  const Made made = described(options, *pair);
  if (auto written = write_pair(made.certificate, made.key, *pair, options.there); !written)
    return complain(written.error().kind() == ErrorKind::Conflict ? Error(ErrorKind::Conflict, written.error().text() + "; --replace renews it") : written.error(), kFailed);
  print(made, "For:", options.output);
  return kOk;
}

void add_certs_command(CLI::App& app, Action& action) {
  auto* certs = app.add_subcommand("certs", "make a private authority and certificates for TLS between control plane and data planes");
  certs->require_subcommand(1);
  const CLI::Range days(1, kMaxCertificateDays);

  const auto start = std::make_shared<CertsInit>();
  auto* init = certs->add_subcommand("init", "make the authority: ca.crt and ca.key");
  init->add_option("folder", start->folder, "where to; made when absent")->required();
  init->add_option("--days", start->days, "how long it is good for")->check(days)->capture_default_str();
  add_output_flag(*init, start->output);
  init->callback([&action, start] { action = [start] { return init_certs(*start); }; });

  const auto wanted = std::make_shared<CertsIssue>();
  auto* issue = certs->add_subcommand("issue", "make a certificate and its key, signed by the authority in the folder");
  issue->add_option("folder", wanted->folder, "the folder of `certs init`; the files come here, too")->required();
  auto* instance = issue->add_option("--instance", wanted->instance, "for the data plane of this --instance-id");
  auto* group = issue->add_option("--group", wanted->group, "for data planes that scale and share one: a URI such as spiffe://smartroute/proxies, the control plane's --grpc-group-identity")->excludes(instance);
  auto* control = issue->add_flag_callback("--control", [] {}, "for the control plane")->excludes(instance)->excludes(group);
  auto* name = issue->add_option("--name", wanted->names, "host name or address that data planes call the control plane by; repeat for more")->needs(control);
  control->needs(name);
  issue->add_option("--days", wanted->days, "how long it is good for")->check(days)->capture_default_str();
  issue->add_flag_callback(
      "--replace", [wanted] { wanted->there = IfThere::Replace; }, "renew files that are there; running processes take the new ones by themselves");
  add_output_flag(*issue, wanted->output);
  issue->callback([&action, wanted] { action = [wanted] { return issue_certs(*wanted); }; });
}

}  // namespace smartroute::cli
