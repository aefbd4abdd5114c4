// Streamed answers.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <memory>

#include "controlplane/http/answer_head.hpp"
#include "controlplane/http/connection.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// A piece goes out in parts of this size, each within ServerLimits.write.
constexpr std::size_t kPart = 64 * 1024;
constexpr std::chrono::seconds kLookForFin{1};
constexpr std::string_view kLastChunk = "0\r\n\r\n";

BodySource::Piece begin_answer(BodySource& source, Response& response) {
  try {
    return source.begin(response);
  } catch (const std::exception&) {
    return BodySource::Piece::Broken;
  }
}

BodySource::Piece next_piece(BodySource& source, std::string& out) {
  try {
    return source.next(out);
  } catch (const std::exception&) {
    return BodySource::Piece::Broken;
  }
}

}  // namespace

asio::awaitable<Connection::Next> Connection::write_stream(Response response, const Incoming& in) {
  const Place place(context_.streams, limits_.streams);
  source_ = std::move(response.stream);
  if (!place) {
    co_await drop_source();
    auto full = error_response(503, "resource_exhausted", "too many streamed answers at once");
    full.headers.emplace_back("retry-after", "5");
    co_return co_await write(std::move(full), in.head_only, in.after);
  }
  const BodySource::Piece begun = co_await begin_stream(response);
  if (begun != BodySource::Piece::More) {
    co_await drop_source();
    if (begun != BodySource::Piece::Last) co_return Next::Reset;
    ++watches_;
    co_return co_await write(std::move(response), in.head_only, in.after);
  }
  Next next = in.http10 || (context_.draining && in.after == Next::Keep) ? Next::Close : in.after;
  beast::http::response<beast::http::empty_body> message;
  fill_head(response, message);
  promise_https(message);
  message.keep_alive(next == Next::Keep);
  if (!in.http10) message.chunked(true);
  expire_after(limits_.write);
  beast::http::response_serializer<beast::http::empty_body> serializer(message);
  auto [ec, n] = co_await beast::http::async_write_header(stream_, serializer, as_values);
  if (ec) next = Next::Close;
  if (!ec && !in.head_only) {
    const bool whole = co_await write_pieces(in.http10);
    // Without chunks only a reset tells that something is missing.
    if (!whole) next = in.http10 ? Next::Reset : Next::Close;
  }
  co_await drop_source();
  co_return next;
}

// Ends with More, Last, or Broken, also when the client has left.
asio::awaitable<BodySource::Piece> Connection::begin_stream(Response& response) {
  gone_ = false;
  woken_ = false;
  expire_never();
  // The connection is only looked for on its own thread: the source may call at any time.
  std::function<void()> wake = [weak = weak_from_this(), own = timer_.get_executor()] {
    asio::post(own, [weak] {
      const auto self = weak.lock();
      if (!self) return;
      self->woken_ = true;
      self->wake_.cancel();
    });
  };
  source_->set_wake(std::move(wake));
  watch_for_leaving();
  auto begun = BodySource::Piece::Later;
  for (;;) {
    begun = gone_ ? BodySource::Piece::Broken : begin_answer(*source_, response);
    if (begun != BodySource::Piece::Later) co_return begun;
    co_await until_woken();
  }
}

// Or the client has left.
asio::awaitable<void> Connection::until_woken() {
  while (!woken_ && !gone_) {
    wake_.expires_at(asio::steady_timer::time_point::max());
    auto [cancelled] = co_await wake_.async_wait(as_values);
    (void)cancelled;
  }
  woken_ = false;
}

// Its destructor may block as next() may.
asio::awaitable<void> Connection::drop_source() {
  expire_never();
  co_await asio::post(on(context_.producer_threads()));
  source_.reset();
  co_await asio::post(asio::use_awaitable);
}

// False: the body did not go out whole.
asio::awaitable<bool> Connection::write_pieces(bool http10) {
  std::string piece;
  auto kind = BodySource::Piece::More;
  while (kind == BodySource::Piece::More || kind == BodySource::Piece::Later) {
    if (kind == BodySource::Piece::Later) co_await until_woken();
    expire_never();
    piece.clear();
    co_await asio::post(on(context_.producer_threads()));
    kind = gone_ ? BodySource::Piece::Broken : next_piece(*source_, piece);
    co_await asio::post(asio::use_awaitable);
    if (gone_ || kind == BodySource::Piece::Broken) co_return false;
    if (!co_await write_piece(piece, http10)) co_return false;
  }
  ++watches_;
  if (http10) co_return true;
  expire_after(limits_.write);
  const asio::const_buffer end(kLastChunk.data(), kLastChunk.size());
  auto [ec, n] = co_await asio::async_write(stream_, end, as_values);
  co_return !ec;
}

asio::awaitable<bool> Connection::write_piece(std::string_view piece, bool http10) {
  while (!piece.empty()) {
    const std::string_view part = piece.substr(0, kPart);
    piece.remove_prefix(part.size());
    char size[16];
    const auto printed = std::to_chars(size, size + sizeof size - 2, part.size(), 16);
    printed.ptr[0] = '\r';
    printed.ptr[1] = '\n';
    const auto size_length = static_cast<std::size_t>(printed.ptr - size) + 2;
    std::array<asio::const_buffer, 3> chunk;
    chunk[0] = asio::const_buffer(size, http10 ? 0 : size_length);
    chunk[1] = asio::const_buffer(part.data(), part.size());
    chunk[2] = asio::const_buffer("\r\n", http10 ? 0 : 2);
    expire_after(limits_.write);
    auto [ec, n] = co_await asio::async_write(stream_, chunk, as_values);
    if (ec) co_return false;
  }
  co_return true;
}

// A client that sends more is not watched any further; then a write that fails tells that it left. In TLS something may always come,
// so the socket's state is asked from time to time.
void Connection::watch_for_leaving() {
  const auto watch = ++watches_;
  socket().async_wait(asio::socket_base::wait_read, [weak = weak_from_this(), watch](const beast::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->watches_ != watch) return;
    char byte = 0;
    const auto seen = ::recv(self->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return self->watch_for_leaving();
    if (seen > 0) return self->stream_.is_tls() ? self->watch_for_fin() : void();
    self->client_left();
  });
}

void Connection::watch_for_fin() {
  const auto watch = ++watches_;
  auto again = std::make_shared<asio::steady_timer>(timer_.get_executor(), kLookForFin);
  again->async_wait([weak = weak_from_this(), watch, again](const beast::error_code&) {
    const auto self = weak.lock();
    if (!self || self->watches_ != watch || !self->source_) return;
    tcp_info info{};
    socklen_t size = sizeof info;
    const bool known = ::getsockopt(self->socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
    if (known && info.tcpi_state == TCP_ESTABLISHED) return self->watch_for_fin();
    self->client_left();
  });
}

void Connection::client_left() {
  gone_ = true;
  beast::error_code ignored;
  socket().cancel(ignored);
  wake_.cancel();
}

}  // namespace smartroute::control::http
