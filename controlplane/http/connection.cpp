#include "controlplane/http/connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>

#include "controlplane/http/answer_head.hpp"
#include "controlplane/http/browser_fields.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

constexpr http1::HeadLimits kHeadLimits;
constexpr std::size_t kReadChunk = 16 * 1024;
// After an answer that left the request's body unread, this much is thrown away so that the peer
// can read the answer before a reset reaches it.
constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLingerTime{2};
constexpr int kNotModified = 304;

std::string_view view_of(const beast::flat_buffer& buffer) {
  const auto bytes = buffer.cdata();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view name_of(http1::Method method) {
  switch (method) {
    case http1::Method::Get:
      return "GET";
    case http1::Method::Head:
      return "HEAD";
    case http1::Method::Post:
      return "POST";
    case http1::Method::Put:
      return "PUT";
    case http1::Method::Patch:
      return "PATCH";
    case http1::Method::Delete:
      return "DELETE";
    case http1::Method::Options:
      return "OPTIONS";
  }
  return "";
}

Response refusal(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::HeadersTooLarge:
      return error_response(431, "invalid_argument", error.text());
    case ErrorKind::TargetTooLong:
      return error_response(414, "invalid_argument", error.text());
    case ErrorKind::UnsupportedVersion:
      return error_response(505, "invalid_argument", error.text());
    case ErrorKind::UnsupportedCoding:
      return error_response(501, "unimplemented", error.text());
    case ErrorKind::MethodNotAllowed:
      return error_response(405, "unimplemented", error.text());
    case ErrorKind::ExpectationFailed:
      return error_response(417, "invalid_argument", error.text());
    default:
      return error_response(400, "invalid_argument", error.text());
  }
}

Head to_head(const http1::RequestHead& parsed, const std::string& remote) {
  using http1::Known;
  Head head;
  head.method = name_of(parsed.method);
  head.path = parsed.path;
  head.query = parsed.query;
  head.host = parsed.get(Known::Host);
  head.origin = parsed.get(Known::Origin);
  head.authorization = parsed.get(Known::Authorization);
  head.content_type = parsed.get(Known::ContentType);
  head.content_encoding = parsed.get(Known::ContentEncoding);
  head.remote = remote;
  head.has_body = parsed.body == http1::BodyKind::Length && parsed.content_length > 0;
  return head;
}

// A handler that throws (out of memory, in practice) costs its request, not the server.
Response failed_handler() {
  return error_response(500, "internal", "the request could not be served");
}

std::optional<Response> call_on_head(const Handlers& handlers, const Head& head) {
  try {
    return handlers.on_head(head);
  } catch (const std::exception&) {
    return failed_handler();
  }
}

Response call_on_request(const Handlers& handlers, const Request& request) {
  try {
    return handlers.on_request(request);
  } catch (const std::exception&) {
    return failed_handler();
  }
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Context& context)
    : stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      wake_(stream_.get_executor()),
      buffer_(std::max(kHeadLimits.max_bytes, context.limits.body_bytes) + kReadChunk),
      context_(context),
      limits_(context.limits) {
  beast::error_code ec;
  const auto peer = this->socket().remote_endpoint(ec);
  if (!ec) remote_ = peer.address().to_string();
  this->socket().set_option(asio::ip::tcp::no_delay(true), ec);
}

void Connection::wind_down() {
  beast::error_code ignored;
  if (websocket_) websocket_->go_away();
  if (idle_) socket().cancel(ignored);
}

void Connection::abandon() {
  if (websocket_) websocket_->abandon();
  source_.reset();
  beast::error_code ignored;
  socket().close(ignored);
}

void Connection::expire_after(std::chrono::milliseconds limit) {
  expired_ = false;
  timer_.expires_after(limit);
  timer_.async_wait(
      [weak = weak_from_this(), set = ++deadlines_](const beast::error_code& cancelled) {
        const auto self = weak.lock();
        // A wait that ended just as it was set anew or lifted comes here too.
        if (cancelled || !self || self->deadlines_ != set) return;
        self->expired_ = true;
        beast::error_code ignored;
        self->socket().cancel(ignored);
      });
}

void Connection::expire_never() {
  ++deadlines_;
  timer_.cancel();
}

asio::awaitable<void> Connection::run() {
  Next next = Next::Keep;
  if (context_.certificate && !co_await shake_hands()) next = Next::Close;
  while (next == Next::Keep && !context_.draining) {
    idle_ = true;
    const bool whole = co_await read_head();
    idle_ = false;
    if (!whole) break;
    next = co_await serve();
  }
  if (next != Next::Reset && stream_.is_tls()) co_await end_tls();
  if (next == Next::Linger) co_await linger();
  beast::error_code ignored;
  expire_never();
  if (next == Next::Reset) socket().set_option(asio::socket_base::linger(true, 0), ignored);
  if (next != Next::Reset) socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket().close(ignored);
}

// Leaves at least one whole head, or more than a head may have, at the front of buffer_. False: the
// peer left or was too slow.
asio::awaitable<bool> Connection::read_head() {
  std::size_t seen = 0;
  bool clock_runs = false;
  expire_after(limits_.idle);
  for (;;) {
    const std::string_view bytes = view_of(buffer_);
    if (!bytes.empty() && !clock_runs) {
      clock_runs = true;
      idle_ = false;
      expire_after(limits_.head);
    }
    if (http1::find_head_end(bytes, seen) != std::string_view::npos) co_return true;
    if (bytes.size() > kHeadLimits.max_bytes) co_return true;
    seen = bytes.size();
    auto [ec, n] = co_await stream_.async_read_some(buffer_.prepare(kReadChunk), as_values);
    if (ec && clock_runs && expired()) {
      co_await write(error_response(408, "deadline_exceeded", "the request head came too slowly"),
                     false, Next::Close);
    }
    if (ec) co_return false;
    buffer_.commit(n);
  }
}

asio::awaitable<bool> Connection::read_body(std::size_t length) {
  expire_after(limits_.body);
  while (buffer_.size() < length) {
    const std::size_t want = std::min(length - buffer_.size(), 4 * kReadChunk);
    auto [ec, n] = co_await stream_.async_read_some(buffer_.prepare(want), as_values);
    if (ec) co_return false;
    buffer_.commit(n);
  }
  expire_never();
  co_return true;
}

// Takes the head off the buffer. Nullopt: it is refused, and `refused` says why.
std::optional<Connection::Incoming> Connection::take_head(Response& refused) {
  const std::string_view bytes = view_of(buffer_);
  const std::string_view head =
      bytes.substr(0, std::min(http1::find_head_end(bytes, 0), bytes.size()));
  const auto parsed = http1::parse_request_head(head, kHeadLimits);
  if (!parsed) {
    refused = refusal(parsed.error());
    return std::nullopt;
  }
  Incoming in;
  in.request.head = to_head(*parsed, remote_);
  in.request.head.secure = stream_.is_tls();
  host_is_name_ = is_public_name(in.request.head.host);
  read_browser_fields(head, in.request.head);
  in.head_only = parsed->method == http1::Method::Head;
  in.http10 = parsed->minor == 0;
  in.chunked = parsed->body == http1::BodyKind::Chunked;
  in.length = in.request.head.has_body ? parsed->content_length : 0;
  in.expects_continue = parsed->expect_continue;
  in.after = parsed->keep_alive ? Next::Keep : Next::Close;
  if (context_.handlers.on_websocket && parsed->method == http1::Method::Get && !in.http10)
    in.upgrade = read_upgrade(head);
  if (in.upgrade) {
    in.target = parsed->target;
    in.request.head.offers_websocket = true;
    in.request.head.subprotocols = in.upgrade->subprotocols;
  }
  buffer_.consume(parsed->size);  // the views in `parsed` are dead from here
  return in;
}

asio::awaitable<Connection::Next> Connection::serve() {
  expire_never();
  Response refused;
  auto in = take_head(refused);
  if (!in) co_return co_await write(std::move(refused), false, Next::Linger);
  if (in->upgrade) co_return co_await serve_websocket(*in);
  co_return co_await serve_request(*in);
}

asio::awaitable<Connection::Next> Connection::serve_request(Incoming& in) {
  if (in.chunked) {
    co_return co_await write(
        error_response(411, "invalid_argument", "send the body with content-length, not chunked"),
        in.head_only, Next::Linger);
  }
  if (in.length > limits_.body_bytes) {
    const auto text = "the body may have " + std::to_string(limits_.body_bytes) + " bytes at most";
    co_return co_await write(error_response(413, "resource_exhausted", text), in.head_only,
                             Next::Linger);
  }
  co_await asio::post(on(context_.handler_threads()));
  auto early = call_on_head(context_.handlers, in.request.head);
  co_await asio::post(asio::use_awaitable);
  if (early) {
    if (in.length > 0) in.after = Next::Linger;
    if (early->stream) co_return co_await write_stream(std::move(*early), in);
    co_return co_await write(std::move(*early), in.head_only, in.after);
  }
  if (const auto ended = co_await take_body(in)) co_return *ended;
  co_await asio::post(on(context_.handler_threads()));
  Response response = call_on_request(context_.handlers, in.request);
  co_await asio::post(asio::use_awaitable);
  if (response.stream) co_return co_await write_stream(std::move(response), in);
  co_return co_await write(std::move(response), in.head_only, in.after);
}

// Nullopt: it is there, if the request has one.
asio::awaitable<std::optional<Connection::Next>> Connection::take_body(Incoming& in) {
  if (in.length == 0) co_return std::nullopt;
  if (in.expects_continue) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const asio::const_buffer go(kContinue.data(), kContinue.size());
    expire_after(limits_.write);
    auto [ec, n] = co_await asio::async_write(stream_, go, as_values);
    if (ec) co_return Next::Close;
  }
  if (!co_await read_body(in.length)) {
    if (!expired()) co_return Next::Close;
    co_return co_await write(error_response(408, "deadline_exceeded", "the body came too slowly"),
                             in.head_only, Next::Close);
  }
  in.request.body.assign(view_of(buffer_).substr(0, in.length));
  buffer_.consume(in.length);
  co_return std::nullopt;
}

asio::awaitable<Connection::Next> Connection::write(Response response, bool head_only, Next next) {
  if (context_.draining && next == Next::Keep) next = Next::Close;
  using Body = beast::http::span_body<const char>;
  beast::http::response<Body> message;
  fill_head(response, message);
  promise_https(message);
  message.keep_alive(next == Next::Keep);
  const std::string& bytes = response.shared_body ? *response.shared_body : response.body;
  if (response.status != kNotModified) {  // which has no body, and no length but that of the one it stands for
    message.body() = Body::value_type(bytes.data(), bytes.size());
    message.content_length(bytes.size());
  }
  expire_after(limits_.write);
  beast::http::response_serializer<Body> serializer(message);
  beast::error_code failed;
  if (head_only) {
    auto [ec, n] = co_await beast::http::async_write_header(stream_, serializer, as_values);
    failed = ec;
  } else {
    auto [ec, n] = co_await beast::http::async_write(stream_, serializer, as_values);
    failed = ec;
  }
  co_return failed ? Next::Close : next;
}

asio::awaitable<void> Connection::linger() {
  beast::error_code ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  expire_after(kLingerTime);
  std::size_t dropped = 0;
  while (dropped < kLingerBytes) {
    buffer_.clear();
    auto [ec, n] = co_await socket().async_read_some(buffer_.prepare(kReadChunk), as_values);
    if (ec) break;
    dropped += n;
  }
}

}  // namespace smartroute::control::http
