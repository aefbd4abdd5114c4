// `smartroute certs`: certificates for TLS between the planes, for who has no authority that gives them out.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

inline constexpr int kAuthorityDays = 3'650;
inline constexpr int kCertificateDays = 365;
inline constexpr int kMaxCertificateDays = 36'500;

// What lies there already stays, or is replaced: each file whole or not at all, the key first. Processes that use them
// notice, and take the two when they fit together.
enum class IfThere { Refuse, Replace };

struct CertsInit {
  std::filesystem::path folder;  // made with mode 0700 when absent
  int days = kAuthorityDays;
  Output output = Output::Text;
};
// FOLDER/ca.crt and FOLDER/ca.key. Never replaces. Exit code of up.hpp.
int init_certs(const CertsInit& options);

struct CertsIssue {
  std::filesystem::path folder;  // with the authority
  // One of these three.
  std::string instance;            // instance-NAME.crt: one data plane
  std::string group;               // proxies.crt: URI of a group of them
  std::vector<std::string> names;  // control.crt: host names or addresses of the control plane
  int days = kCertificateDays;
  IfThere there = IfThere::Refuse;
  Output output = Output::Text;
};
// The certificate and its key in FOLDER, with mode 0600; prints the flags they are for.
int issue_certs(const CertsIssue& options);

}  // namespace smartroute::cli
