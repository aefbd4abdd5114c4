#include "dataplane/listeners.hpp"

#include <unistd.h>

#include <utility>

namespace smartroute::proxy {

using net::ListenAddress;
using net::UnixAddress;

Result<void> Listeners::add(std::vector<Place>& to, std::string_view list, const char* flag, bool tls) {
  auto places = net::parse_listen_places(list);
  if (!places) return fail(std::move(places.error()).with_context(flag));
  for (auto& where : *places) {
    if (tls && std::holds_alternative<UnixAddress>(where))
      return fail(ErrorKind::Invalid, std::string(flag) + ": a Unix socket needs no TLS; name it with --listen");
    Place& place = to.emplace_back();
    place.where = std::move(where);
    place.tls = tls;
  }
  return {};
}

Result<std::unique_ptr<Listeners>> Listeners::open(const ListenOptions& options, const Clock& clock) {
  std::unique_ptr<Listeners> made(new Listeners);
  auto& places = made->places_;
  if (auto added = add(places, options.plain, "--listen", false); !added) return fail(std::move(added.error()));
  if (auto added = add(places, options.tls, "--tls-listen", true); !added) return fail(std::move(added.error()));
  if (places.empty()) return fail(ErrorKind::Invalid, "--listen none leaves nothing to listen on; name a place with --listen or --tls-listen");
  const auto mode = net::parse_socket_mode(options.unix_mode);
  if (!mode) return fail(Error(mode.error()).with_context("--unix-mode"));

  const bool has_tls = places.back().tls;
  const bool has_certificate = !options.certificate.certificate.empty(), has_key = !options.certificate.key.empty();
  if (has_tls && !(has_certificate && has_key))
    return fail(ErrorKind::Invalid, "--tls-listen needs --tls-cert FILE and --tls-key FILE");
  if (!has_tls && (has_certificate || has_key))
    return fail(ErrorKind::Invalid, "--tls-cert and --tls-key are given, but nothing listens with TLS; say where with --tls-listen HOST:PORT");
  if (has_tls) {
    auto loaded = tls::ServerCertificate::load(options.certificate, clock);
    if (!loaded) return fail(std::move(loaded.error()));
    made->certificate_ = std::move(*loaded);
  }
  for (Place& place : places) {
    if (const auto* const address = std::get_if<ListenAddress>(&place.where)) {
      if (auto free = net::require_free_port(*address); !free) return fail(std::move(free.error()));
    } else {
      auto listener = net::UnixListener::open(std::get<UnixAddress>(place.where), *mode);
      if (!listener) return fail(std::move(listener.error()));
      place.unix_listener = std::move(*listener);
    }
  }
  return made;
}

Result<std::vector<Listeners::Socket>> Listeners::for_worker() {
  std::vector<Socket> sockets;
  const auto give_up = [&sockets](Error error) {
    for (const Socket& socket : sockets) ::close(socket.fd);
    return fail(std::move(error));
  };
  for (Place& place : places_) {
    auto* const address = std::get_if<ListenAddress>(&place.where);
    auto fd = address != nullptr ? net::open_listener(*address) : place.unix_listener->share();
    if (!fd) return give_up(std::move(fd.error()));
    sockets.push_back(Socket{*fd, place.tls ? certificate_.get() : nullptr});
    if (address == nullptr || address->port != 0) continue;
    const auto port = net::bound_port(*fd);
    if (!port) return give_up(port.error());
    address->port = *port;
  }
  return sockets;
}

std::vector<std::string> Listeners::addresses() const {
  std::vector<std::string> out;
  for (const Place& place : places_) out.push_back((place.tls ? "https://" : "") + net::text_of(place.where));
  return out;
}

void Listeners::hide() noexcept {
  for (const Place& place : places_)
    if (place.unix_listener) place.unix_listener->hide();
}

}  // namespace smartroute::proxy
