#include "controlplane/core/identity/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace smartroute::control::identity {
namespace {

constexpr std::size_t kPrefixBytes = 8;
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // RFC 4291 section 2.5.5.2

}  // namespace

std::string network_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without a zone
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::string(address);
  char printed[INET6_ADDRSTRLEN] = "";
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
    return inet_ntop(AF_INET, bytes.data() + kMapped.size(), printed, sizeof printed);
  std::fill(bytes.begin() + kPrefixBytes, bytes.end(), std::uint8_t{0});
  return inet_ntop(AF_INET6, bytes.data(), printed, sizeof printed) + std::string("/64");
}

}  // namespace smartroute::control::identity
