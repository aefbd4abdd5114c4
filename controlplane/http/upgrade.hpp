// The offer of a WebSocket in a request head (RFC 6455 section 4.2.1). Private to this folder.
// Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::control::http {

struct UpgradeOffer {
  enum class Form { Sound, Malformed, OtherVersion };
  Form form = Form::Malformed;
  std::string key;  // Sec-WebSocket-Key: 16 bytes in base64
  std::vector<std::string> subprotocols;
};

// `head` is one that http1::parse_request_head has accepted. Nullopt: it asks for no WebSocket
// (which includes asking for another protocol). The method and the HTTP version are the caller's.
std::optional<UpgradeOffer> read_upgrade(std::string_view head);

}  // namespace smartroute::control::http
