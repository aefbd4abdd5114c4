// Where the proxy listens: plain TCP, Unix sockets, TLS. Opens every place once for each worker, and keeps what goes with them: the
// certificate, and the files of Unix sockets.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "dataplane/net/listen_socket.hpp"
#include "proto/tls/server_certificate.hpp"

namespace smartroute::proxy {

struct ListenOptions {
  std::string plain = "127.0.0.1:8080";      // see net::parse_listen_places
  std::string tls;                           // HOST:PORT, several with commas; empty: none
  tls::KeyPairFiles certificate;
  std::string unix_mode = "0660";
};

// Thread rule: one thread; certificate() is for any.
class Listeners {
 public:
  // Reads the options and the certificate, and finds out whether every place is free. Errors: Invalid (a flag, named), Internal (a place).
  // `clock` must outlive this.
  static Result<std::unique_ptr<Listeners>> open(const ListenOptions& options, const Clock& clock);

  struct Socket {
    int fd = -1;      // the caller's
    const tls::ServerCertificate* certificate = nullptr;      // nullptr: no TLS
  };
  // One for each place, in the same order each time. Port 0 is decided by the first call. Error: Internal.
  Result<std::vector<Socket>> for_worker();

  // Known after for_worker(): "127.0.0.1:8080", "unix:/path", "https://127.0.0.1:8443".
  std::vector<std::string> addresses() const;
  // The first of them, for whoever wants one.
  std::string address() const { return addresses().front(); }
  tls::ServerCertificate* certificate() const noexcept { return certificate_.get(); }

  // Takes the files of Unix sockets away; who has connected is still accepted.
  void hide() noexcept;

 private:
  struct Place {
    net::ListenPlace where;
    bool tls = false;
    std::unique_ptr<net::UnixListener> unix_listener;
  };
  static Result<void> add(std::vector<Place>& to, std::string_view list, const char* flag, bool tls);

  std::vector<Place> places_;
  std::unique_ptr<tls::ServerCertificate> certificate_;
};

}  // namespace smartroute::proxy
