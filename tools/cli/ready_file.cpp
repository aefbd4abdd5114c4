#include "tools/cli/ready_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace smartroute::cli {
namespace {

using Field = std::pair<const char*, std::string*>;

Result<void> take(std::string_view text, std::initializer_list<Field> fields) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return fail(ErrorKind::Internal, "a ready file is no JSON object");
  for (const auto& [key, value] : fields) {
    const auto found = document.find(key);
    if (found == document.end() || !found->is_string())
      return fail(ErrorKind::Internal, std::string("a ready file lacks the address '") + key + "'");
    *value = found->get<std::string>();
  }
  return {};
}

tl::unexpected<Error> system_error(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorKind::Storage,
              std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

}  // namespace

Result<void> take_control_addresses(std::string_view json, Addresses& into) {
  return take(json,
              {{"admin", &into.admin}, {"grpc", &into.grpc}, {"control_ops", &into.control_ops}});
}

Result<void> take_proxy_addresses(std::string_view json, Addresses& into) {
  if (auto taken = take(json, {{"listen", &into.listen}, {"proxy_ops", &into.proxy_ops}}); !taken) return taken;
  into.plain_listen.clear();
  into.tls_listen.clear();
  const auto document = nlohmann::json::parse(json, nullptr, false);
  const auto all = document.find("listeners");
  if (all == document.end() || !all->is_array()) return {};
  constexpr std::string_view kTls = "https://";
  for (const auto& one : *all) {
    if (!one.is_string()) continue;
    const auto place = one.get<std::string>();
    const bool tls = place.starts_with(kTls);
    std::string& list = tls ? into.tls_listen : into.plain_listen;
    list += (list.empty() ? "" : ",") + (tls ? place.substr(kTls.size()) : place);
  }
  if (into.plain_listen.empty()) into.plain_listen = "none";
  return {};
}

std::string to_json(const Addresses& addresses) {
  nlohmann::ordered_json document;
  document["listen"] = addresses.listen;
  document["admin"] = addresses.admin;
  document["grpc"] = addresses.grpc;
  document["proxy_ops"] = addresses.proxy_ops;
  document["control_ops"] = addresses.control_ops;
  if (!addresses.tls_listen.empty()) document["tls_listen"] = addresses.tls_listen;
  return document.dump() + "\n";
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path draft = path.string() + "." + std::to_string(::getpid()) + ".tmp";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot write", draft);
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      auto error = system_error("cannot write", draft);
      ::close(fd);
      ::unlink(draft.c_str());
      return error;
    }
    done += static_cast<std::size_t>(n);
  }
  ::close(fd);
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    auto error = system_error("cannot write", path);
    ::unlink(draft.c_str());
    return error;
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return fail(ErrorKind::Storage, path.string() + " is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int code = errno;
    const auto kind = code == ENOENT ? ErrorKind::NotFound : ErrorKind::Storage;
    return fail(kind, "cannot read " + path.string() + ": " + std::strerror(code));
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace smartroute::cli
