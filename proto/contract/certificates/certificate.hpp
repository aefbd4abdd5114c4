// What a certificate says: whom it stands for, and from when to when. Whether it can be believed is for a TLS handshake
// to find out; nothing here checks a signature. Text in, values out; no file is touched.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"

namespace smartroute::certificates {

// Of one PEM text: a chain, a key or the authorities to believe in.
inline constexpr std::size_t kMaxPemBytes = 1024 * 1024;

struct Certificate {
  std::string subject;                 // one line for people, "CN=edge-1"; control characters escaped
  std::vector<std::string> dns_names;  // subject alternative names, as written
  std::vector<std::string> uris;       // the same
  WallTime not_before, not_after;
};

// All certificates of a PEM text, in its order; anything between them is skipped. Error: Invalid, when there is none
// or one of them cannot be decoded.
Result<std::vector<Certificate>> parse_certificates(std::string_view pem);

// The first one: of a chain, the one that stands for its owner. Error: Invalid.
Result<Certificate> parse_certificate(std::string_view pem);

// Error: Invalid, when `key` (PEM, not encrypted) does not belong to the first certificate of `chain`.
Result<void> check_key(std::string_view chain, std::string_view key);

// "2030-01-02T03:04:05Z"
std::string date_text(WallTime time);

}  // namespace smartroute::certificates
