// The beginning and the end of a connection that speaks TLS.
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/http/field.hpp>
#include <cerrno>

#include "controlplane/http/connection.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// For the peer's close_notify, once ours is out.
constexpr std::chrono::milliseconds kGoodbye{500};
// A year. Not for the hosts below: nobody here may speak for them.
constexpr beast::string_view kHttpsOnly = "max-age=31536000";

}  // namespace

// False: there is nobody to be served.
asio::awaitable<bool> Connection::shake_hands() {
  const Place place(context_.handshakes, limits_.handshakes);
  if (!place) co_return false;
  expire_after(limits_.handshake);
  char first = 0;
  for (;;) {
    auto [ec] = co_await socket().async_wait(asio::socket_base::wait_read, as_values);
    if (ec) co_return false;
    const auto seen = ::recv(socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen > 0) break;
    if (seen == 0 || (errno != EAGAIN && errno != EINTR)) co_return false;
  }
  if (first >= 'A' && first <= 'Z') {  // a TLS record begins with 22, a request line with a letter
    auto told = error_response(400, "invalid_argument", "this port speaks TLS: call it with https://");
    co_await write(std::move(told), false, Next::Close);
    co_await linger();
    co_return false;
  }
  stream_.start_tls(context_.certificate->context());
  auto [failed] = co_await stream_.async_handshake(as_values);
  expire_never();
  co_return !failed;
}

// So that the peer knows that nothing is missing.
asio::awaitable<void> Connection::end_tls() {
  expire_after(kGoodbye);
  auto [ignored] = co_await stream_.tls()->async_shutdown(as_values);
  (void)ignored;
  expire_never();
}

void Connection::promise_https(beast::http::response_header<>& head) const {
  if (stream_.is_tls() && host_is_name_) head.set(beast::http::field::strict_transport_security, kHttpsOnly);
}

}  // namespace smartroute::control::http
