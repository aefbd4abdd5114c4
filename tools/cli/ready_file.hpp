// Ready files: how a started process says where it listens. JSON, one object, written whole or not
// at all.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// Every bound address of a gateway, "host:port"; grpc may be "unix:/path". `listen` is the first place of the API, with "https://" before it
// where that speaks TLS, and may be "unix:/path", too.
struct Addresses {
  std::string listen, admin, grpc, proxy_ops, control_ops;
  // All places of the API with commas between them, as --listen and --tls-listen want them. Empty: `listen` is all there is.
  std::string plain_listen = {}, tls_listen = {};
  friend bool operator==(const Addresses&, const Addresses&) = default;
};

// The control plane's file: admin, grpc, control_ops. Error: Internal, naming the key that is
// missing or no string.
Result<void> take_control_addresses(std::string_view json, Addresses& into);
// The data plane's file: listen, proxy_ops, and listeners, if it has more than one.
Result<void> take_proxy_addresses(std::string_view json, Addresses& into);

// One line of JSON with the five keys; with tls_listen, too, if there is one.
std::string to_json(const Addresses& addresses);

// Writes beside the target and renames: a reader sees the whole text or the former one.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text);

// Error: NotFound when there is no such file, Storage when it cannot be read.
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace smartroute::cli
