#include "dataplane/net/listen_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace smartroute::net {
namespace {

constexpr std::string_view kUnix = "unix:";

Result<ListenPlace> parse_place(std::string_view text) {
  if (text.substr(0, kUnix.size()) != kUnix) {
    auto address = parse_listen_address(text);
    if (!address) return fail(std::move(address.error()));
    return ListenPlace(std::move(*address));
  }
  const std::string_view path = text.substr(kUnix.size());
  if (path.empty()) return fail(ErrorKind::Invalid, "'unix:' names no socket; write unix:/path/to/proxy.sock");
  if (path.size() > UnixAddress::kMaxPath)
    return fail(ErrorKind::Invalid, "the socket path '" + std::string(path) + "' is longer than " + std::to_string(UnixAddress::kMaxPath) +
                                        " bytes, which is as much as the system takes");
  if (path.find('\0') != std::string_view::npos) return fail(ErrorKind::Invalid, "a socket path may hold no zero byte");
  return ListenPlace(UnixAddress{std::string(path)});
}

bool takes_any_port(const ListenPlace& place) {
  const auto* const address = std::get_if<ListenAddress>(&place);
  return address != nullptr && address->port == 0;
}

}  // namespace

std::string ListenAddress::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress out;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(ErrorKind::Invalid, "'" + std::string(text) + "' is not HOST:PORT");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (ec != std::errc() || end != port.data() + port.size() || value > 65535)
    return fail(ErrorKind::Invalid, "'" + std::string(port) + "' is not a port number");
  out.host = host.empty() ? "0.0.0.0" : host == "localhost" ? "127.0.0.1" : std::string(host);
  boost::system::error_code bad;
  boost::asio::ip::make_address(out.host, bad);
  if (bad) return fail(ErrorKind::Invalid, "'" + out.host + "' is not an IP address to listen on");
  out.port = static_cast<std::uint16_t>(value);
  return out;
}

std::string text_of(const ListenPlace& place) {
  return std::visit([](const auto& one) { return one.text(); }, place);
}

Result<std::vector<ListenPlace>> parse_listen_places(std::string_view list) {
  std::vector<ListenPlace> places;
  if (list.empty() || list == "none") return places;
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    more = comma != std::string_view::npos;
    auto place = parse_place(list.substr(0, comma));
    if (!place) return fail(std::move(place.error()));
    const auto same = [&place](const ListenPlace& other) { return text_of(other) == text_of(*place); };
    if (!takes_any_port(*place) && std::any_of(places.begin(), places.end(), same))
      return fail(ErrorKind::Invalid, "'" + text_of(*place) + "' is named twice");
    places.push_back(std::move(*place));
    if (more) list.remove_prefix(comma + 1);
  }
  return places;
}

Result<unsigned> parse_socket_mode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (ec != std::errc() || end != text.data() + text.size() || mode > 0777)
    return fail(ErrorKind::Invalid, "'" + std::string(text) + "' is no file mode; write it in octal, as in 0660");
  return mode;
}

}  // namespace smartroute::net
