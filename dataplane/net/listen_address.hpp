// Where to listen, as flags write it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::net {

// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:0".
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string text() const;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

// "unix:/run/smartroute/proxy.sock".
struct UnixAddress {
  static constexpr std::size_t kMaxPath = 107;      // bytes: sun_path less its end mark
  std::string path;
  std::string text() const { return "unix:" + path; }
};

using ListenPlace = std::variant<ListenAddress, UnixAddress>;
std::string text_of(const ListenPlace& place);

// One place or several with commas between them; "" and "none": no place at all. Error: Invalid, also for a place that is named twice (port 0
// is another one each time).
Result<std::vector<ListenPlace>> parse_listen_places(std::string_view list);

// "0660" or "660": who may connect to a Unix socket. Error: Invalid, unless it is an octal number up to 777.
Result<unsigned> parse_socket_mode(std::string_view text);

}  // namespace smartroute::net
