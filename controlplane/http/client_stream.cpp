#include "controlplane/http/client_stream.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

namespace smartroute::control::http {

void ClientStream::start_tls(const tls::ServerCertificate::Context& context) {
  SSL_CTX_up_ref(context.get());
  boost::asio::ssl::context shared(context.get());      // gives its reference back; the stream takes one of its own
  tls_ = std::make_unique<Tls>(std::move(socket_), shared);
}

}  // namespace smartroute::control::http
