#include "tools/cli/admin_url.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <memory>

namespace smartroute::cli {
namespace {

constexpr std::string_view kHttp = "http://", kHttps = "https://";

Result<std::string> address_of(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (failed != 0 || found == nullptr)
    return fail(ErrorKind::UpstreamUnreachable, "nobody knows an address of '" + name + "': " + ::gai_strerror(failed));
  char text[INET6_ADDRSTRLEN] = "";
  const bool v6 = found->ai_family == AF_INET6;
  const void* const bytes = v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(found->ai_addr)->sin6_addr)
                               : static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr);
  ::inet_ntop(found->ai_family, bytes, text, sizeof text);
  return std::string(text);
}

bool is_address(const std::string& host) {
  in6_addr bytes;
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

}  // namespace

std::string AdminUrl::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(tls ? kHttps : kHttp) + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(address.port);
}

Result<AdminUrl> parse_admin_url(std::string_view text) {
  AdminUrl url;
  url.tls = text.starts_with(kHttps);
  if (!url.tls && !text.starts_with(kHttp)) {
    auto address = parse_host_port(text);
    if (!address) return fail(std::move(address.error()));
    url.address = dialled(*address);
    url.host = url.address.host;
    return url;
  }
  std::string_view rest = text.substr(url.tls ? kHttps.size() : kHttp.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  std::string host(has_port ? rest.substr(0, colon) : rest);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("/?#@ ") != std::string::npos)
    return fail(ErrorKind::Invalid, "'" + std::string(text) + "' is no address of an admin API; write https://HOST:PORT, for example https://gw.example:6688");
  // The number alone is read with the rules of the others.
  auto port = parse_host_port(has_port ? rest.substr(colon + 1) : url.tls ? "443" : "80");
  if (!port) return fail(std::move(port.error()));
  url.host = host;
  if (!is_address(host)) {
    auto found = address_of(host);
    if (!found) return fail(std::move(found.error()));
    host = std::move(*found);
  }
  url.address = dialled(HostPort{std::move(host), port->port});
  return url;
}

}  // namespace smartroute::cli
