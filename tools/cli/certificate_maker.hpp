// Makes a private certificate authority and certificates of it: ECDSA P-256, SHA-256, X.509 v3. Keys and serial numbers
// are random; nothing is read and nothing written.
#pragma once
#include <string>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

namespace smartroute::cli {

struct KeyPair {
  std::string certificate;  // PEM
  Secret key;               // PEM, PKCS #8, not encrypted
};

// An authority may only sign certificates; a certificate for one role of TLS serves in no other.
enum class CertificateRole { Client, Server };

struct CertificateWish {
  std::string common_name;             // for people; 64 bytes at most
  std::vector<std::string> uris;       // names that count
  std::vector<std::string> dns_names;  // ... a name that is an IP address becomes an address
  CertificateRole role = CertificateRole::Client;
};

// Valid from five minutes before `now`, for clocks that are behind, until `days` after it.
// Error: Invalid (a name that cannot stand in a certificate), Crypto.
Result<KeyPair> make_authority(const std::string& common_name, int days, WallTime now);
// Signed by `authority`. Error: Invalid also when the authority ends before, or is none.
Result<KeyPair> make_certificate(const KeyPair& authority, const CertificateWish& wish, int days, WallTime now);

}  // namespace smartroute::cli
