#include "tools/cli/admin_stream.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "tools/cli/admin_url.hpp"
#include "tools/cli/tls_trust.hpp"

namespace smartroute::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::seconds kConnect{10};
constexpr std::chrono::seconds kSilence{60};
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMaxRefusal = 64 * 1024;
constexpr std::size_t kMaxMessage = 4 * 1024 * 1024;

using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

struct Peer {
  HostPort address;
  std::string token;
  std::string authority;            // for the Host field
  std::optional<TlsTrust> trust;    // nullopt: plain HTTP
};

Error lost(const Peer& peer, error_code code, const char* what) {
  if (code == beast::error::timeout || code == asio::error::timed_out)
    return Error(ErrorKind::UpstreamTimeout, "no word from " + to_string(peer.address) + " in time");
  return Error(ErrorKind::UpstreamBroke, to_string(peer.address) + " " + what + ": " + code.message());
}

asio::awaitable<Result<void>> connect(const Peer& peer, beast::tcp_stream& stream) {
  error_code code;
  const auto host = asio::ip::make_address(peer.address.host, code);
  if (code) co_return fail(ErrorKind::Invalid, "'" + peer.address.host + "' is no address");
  const asio::ip::tcp::endpoint endpoint(host, peer.address.port);
  stream.expires_after(kConnect);
  std::tie(code) = co_await stream.async_connect(endpoint, as_values);
  if (code) {
    const Error error(ErrorKind::UpstreamUnreachable, "nothing answers at " + to_string(peer.address) + ": " + code.message());
    co_return tl::unexpected(out_of_reach(error));
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> dial(const Peer& peer, Plain& stream) { co_return co_await connect(peer, stream); }

asio::awaitable<Result<void>> dial(const Peer& peer, Tls& stream) {
  if (auto connected = co_await connect(peer, stream.next_layer()); !connected) co_return connected;
  expect_host(stream.native_handle(), *peer.trust);
  auto [code] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_values);
  if (code) co_return fail(ErrorKind::UpstreamBroke, to_string(peer.address) + ": " + handshake_failure(stream.native_handle(), *peer.trust));
  co_return Result<void>();
}

using Take = std::function<Result<void>(std::string_view)>;

template <class Stream>
asio::awaitable<Result<void>> fetch(const Peer& peer, const std::string& target, const Take& take, Stream& stream) {
  if (auto dialled = co_await dial(peer, stream); !dialled) co_return dialled;
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, peer.authority);
  request.set(http::field::authorization, "Bearer " + peer.token);
  request.set(http::field::connection, "close");
  beast::get_lowest_layer(stream).expires_after(kSilence);
  auto [code, written] = co_await http::async_write(stream, request, as_values);
  if (code) co_return tl::unexpected(lost(peer, code, "took no request"));
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  std::tie(code, written) = co_await http::async_read_header(stream, buffer, parser, as_values);
  if (code) co_return tl::unexpected(lost(peer, code, "gave no answer"));
  const int status = parser.get().result_int();
  std::string refusal;
  std::array<char, kPiece> piece;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    beast::get_lowest_layer(stream).expires_after(kSilence);
    std::tie(code, written) = co_await http::async_read(stream, buffer, parser, as_values);
    if (code && code != http::error::need_buffer) co_return tl::unexpected(lost(peer, code, "broke off"));
    const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
    if (status == 200) {
      if (auto taken = take(got); !taken) co_return taken;
    } else if (refusal.size() < kMaxRefusal) {
      refusal += got;
    }
  }
  if (status != 200) co_return tl::unexpected(refused(status, refusal));
  co_return Result<void>();
}

template <class Stream>
asio::awaitable<Result<void>> hear(const Peer& peer, const std::string& target, const std::function<bool(std::string_view)>& take, websocket::stream<Stream>& socket) {
  if (auto dialled = co_await dial(peer, socket.next_layer()); !dialled) co_return dialled;
  beast::get_lowest_layer(socket).expires_never();
  websocket::stream_base::timeout patience{kConnect, kSilence, true};  // asks a silent peer for a pong at half of it
  socket.set_option(patience);
  socket.read_message_max(kMaxMessage);
  const std::string bearer = "Bearer " + peer.token;
  auto authorize = [&bearer](websocket::request_type& request) { request.set(http::field::authorization, bearer); };
  socket.set_option(websocket::stream_base::decorator(authorize));
  websocket::response_type answer;
  auto [code] = co_await socket.async_handshake(answer, peer.authority, target, as_values);
  if (code == websocket::error::upgrade_declined) co_return tl::unexpected(refused(static_cast<int>(answer.result_int()), answer.body()));
  if (code) co_return tl::unexpected(lost(peer, code, "opened no WebSocket"));
  beast::flat_buffer buffer;
  while (true) {
    std::size_t size = 0;
    std::tie(code, size) = co_await socket.async_read(buffer, as_values);
    if (code == websocket::error::closed) {
      const auto& why = socket.reason().reason;
      co_return fail(ErrorKind::UpstreamBroke, to_string(peer.address) + " ended it" + (why.empty() ? "" : ": " + std::string(why.data(), why.size())));
    }
    if (code) co_return tl::unexpected(lost(peer, code, "broke off"));
    const bool more = take(std::string_view(static_cast<const char*>(buffer.data().data()), size));
    buffer.consume(buffer.size());
    if (!more) co_return Result<void>();
  }
}

Result<Peer> peer_of(const AdminAccess& access) {
  const auto url = parse_admin_url(access.admin);
  if (!url) return tl::unexpected(out_of_reach(url.error()));
  Peer peer{url->address, admin_token(access), to_string(HostPort{url->host, url->address.port}), std::nullopt};
  if (url->tls) peer.trust = TlsTrust{url->host, access.ca};
  return peer;
}

Result<void> run(asio::io_context& context, asio::awaitable<Result<void>> work) {
  std::optional<Result<void>> result;
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr failure, Result<void> done) {
    thrown = failure;
    result = std::move(done);
  });
  context.run();
  if (thrown || !result) return fail(ErrorKind::Internal, "the call to the admin API ended without a result");
  return *result;
}

// The context of OpenSSL as Asio wants it: with a reference of its own.
Result<std::unique_ptr<asio::ssl::context>> context_for(const TlsTrust& trust) {
  auto made = trusting(trust);
  if (!made) return tl::unexpected(made.error());
  SSL_CTX_up_ref(made->get());
  return std::make_unique<asio::ssl::context>(made->get());
}

}  // namespace

Result<void> download(const AdminAccess& access, const std::string& target, const Take& take) {
  const auto peer = peer_of(access);
  if (!peer) return tl::unexpected(peer.error());
  asio::io_context context(1);
  if (!peer->trust) {
    Plain stream(context);
    return run(context, fetch(*peer, target, take, stream));
  }
  const auto trust = context_for(*peer->trust);
  if (!trust) return tl::unexpected(trust.error());
  Tls stream(context, **trust);
  return run(context, fetch(*peer, target, take, stream));
}

Result<void> listen(const AdminAccess& access, const std::string& target, const std::function<bool(std::string_view)>& take) {
  const auto peer = peer_of(access);
  if (!peer) return tl::unexpected(peer.error());
  asio::io_context context(1);
  if (!peer->trust) {
    websocket::stream<Plain> socket(context);
    return run(context, hear(*peer, target, take, socket));
  }
  const auto trust = context_for(*peer->trust);
  if (!trust) return tl::unexpected(trust.error());
  websocket::stream<Tls> socket(context, **trust);
  return run(context, hear(*peer, target, take, socket));
}

}  // namespace smartroute::cli
