#include "controlplane/http/websocket.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// For the answer to our close, and then for the peer to close its side.
constexpr std::chrono::seconds kClosing{2};
constexpr std::size_t kMaxReason = 123;  // a control frame has 125 bytes, two are the code

// As much of `reason` as fits, in whole characters.
beast::string_view fitting(std::string_view reason) {
  std::size_t size = std::min(reason.size(), kMaxReason);
  const auto continues = [&] { return (static_cast<unsigned char>(reason[size]) & 0xC0) == 0x80; };
  while (size > 0 && size < reason.size() && continues()) --size;
  return {reason.data(), size};
}

class Link;

// What a session holds of its socket: the queue, and the way to the link while there is one.
class Outbox final : public WebSocketPeer {
 public:
  Outbox(std::weak_ptr<Link> link, asio::any_io_executor io, std::size_t limit)
      : link_(std::move(link)), io_(std::move(io)), limit_(limit) {}

  bool send(std::string text) override;
  std::size_t queued_bytes() const override {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  void wake() override;
  void close(std::uint16_t code, std::string_view reason) override;

  // For the link.
  struct Next {
    std::optional<std::string> text;
    std::optional<websocket::close_reason> close;  // after the last text, once
  };
  Next take();
  // `size` bytes were written. True: a send was refused before and there is room again.
  bool written(std::size_t size);
  // From here on nothing is queued and nothing of the server is touched.
  void end();

 private:
  void call_writer();  // mutex_ is held

  mutable std::mutex mutex_;
  const std::weak_ptr<Link> link_;
  const asio::any_io_executor io_;  // not touched once open_ is false
  const std::size_t limit_;
  std::deque<std::string> queue_;
  std::size_t bytes_ = 0;  // of queue_ and of what is being written
  std::optional<websocket::close_reason> close_;
  bool open_ = true;
  bool writing_ = false;  // or the writer was called, or the close is on its way
  bool refused_ = false;
};

class Link final : public WebSocket, public std::enable_shared_from_this<Link> {
 public:
  Link(ClientStream stream, WebSocketHandshake handshake,
       std::shared_ptr<WebSocketSession> session, Context& context)
      : stream_(std::move(stream)),
        handshake_(std::move(handshake)),
        session_(std::move(session)),
        context_(context) {}

  asio::awaitable<void> run() override;
  void go_away() override;
  void abandon() override;

  void write_next();
  // Any thread; the outbox must still be open. Calls before on_ready() ran are one.
  void call_ready();

 private:
  asio::awaitable<bool> shake_hands();
  asio::awaitable<void> read_messages();
  // One at a time, and none after end_session(). On a thread that may block.
  template <class F>
  void call_session(F&& call);
  void end_session();

  websocket::stream<ClientStream> stream_;
  const WebSocketHandshake handshake_;
  std::shared_ptr<WebSocketSession> session_;  // null once it had its last call
  Context& context_;
  beast::flat_buffer buffer_;
  std::shared_ptr<Outbox> outbox_;
  std::string being_written_;
  bool going_away_ = false;
  std::atomic<bool> ready_called_{false};
  std::mutex session_mutex_;
};

bool Outbox::send(std::string text) {
  const std::lock_guard lock(mutex_);
  if (!open_ || close_) return false;
  if (bytes_ + text.size() > limit_) {
    refused_ = true;
    return false;
  }
  bytes_ += text.size();
  queue_.push_back(std::move(text));
  call_writer();
  return true;
}

void Outbox::wake() {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  if (const auto link = link_.lock()) link->call_ready();
}

void Outbox::close(std::uint16_t code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (!open_ || close_) return;
  close_.emplace(static_cast<websocket::close_code>(code), fitting(reason));
  call_writer();
}

void Outbox::call_writer() {
  if (std::exchange(writing_, true)) return;
  asio::post(io_, [weak = link_] {
    if (const auto link = weak.lock()) link->write_next();
  });
}

Outbox::Next Outbox::take() {
  const std::lock_guard lock(mutex_);
  Next next;
  if (!open_) return next;
  if (!queue_.empty()) {
    next.text = std::move(queue_.front());
    queue_.pop_front();
  } else if (close_) {
    next.close = close_;  // writing_ stays set: nothing is written behind it
  } else {
    writing_ = false;
  }
  return next;
}

bool Outbox::written(std::size_t size) {
  const std::lock_guard lock(mutex_);
  bytes_ -= size;
  if (!refused_ || bytes_ > limit_ / 2) return false;
  refused_ = false;
  return true;
}

void Outbox::end() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  queue_.clear();
  bytes_ = 0;
}

asio::awaitable<void> Link::run() {
  const auto self = shared_from_this();
  if (!co_await shake_hands()) co_return;
  outbox_ = std::make_shared<Outbox>(weak_from_this(), stream_.get_executor(),
                                     context_.limits.websocket_queue);
  co_await asio::post(on(context_.producer_threads()));
  call_session([this](WebSocketSession& session) { session.on_open(outbox_); });
  co_await asio::post(asio::use_awaitable);
  if (going_away_ || context_.draining) go_away();
  co_await read_messages();
  outbox_->end();
  co_await asio::post(on(context_.producer_threads()));
  end_session();
  co_await asio::post(asio::use_awaitable);
}

asio::awaitable<bool> Link::shake_hands() {
  websocket::stream_base::timeout times{};
  times.handshake_timeout = kClosing;
  times.idle_timeout = 2 * context_.limits.websocket_ping;  // a ping goes out at half of it
  times.keep_alive_pings = true;
  stream_.set_option(times);
  stream_.auto_fragment(false);
  stream_.read_message_max(context_.limits.websocket_message);
  const bool with_subprotocol = handshake_.subprotocol;
  const auto decorate = [with_subprotocol](websocket::response_type& response) {
    response.set(beast::http::field::server, "smartroute");  // or Beast would name itself
    if (with_subprotocol) {
      response.set(beast::http::field::sec_websocket_protocol,
                   beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
    }
  };
  stream_.set_option(websocket::stream_base::decorator(decorate));
  // Written anew from what was found sound, so that Beast reads nothing that was not.
  beast::http::request<beast::http::empty_body> request;
  request.version(11);
  request.method(beast::http::verb::get);
  request.target(handshake_.target);
  request.set(beast::http::field::host, handshake_.host);
  request.set(beast::http::field::connection, "upgrade");
  request.set(beast::http::field::upgrade, "websocket");
  request.set(beast::http::field::sec_websocket_version, "13");
  request.set(beast::http::field::sec_websocket_key, handshake_.key);
  auto [ec] = co_await stream_.async_accept(request, as_values);
  co_return !ec;
}

asio::awaitable<void> Link::read_messages() {
  for (;;) {
    buffer_.clear();
    auto [ec, n] = co_await stream_.async_read(buffer_, as_values);
    if (ec) co_return;
    if (!stream_.got_text()) {
      outbox_->close(websocket::close_code::unknown_data, "text messages only");
      continue;
    }
    const auto bytes = buffer_.cdata();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    co_await asio::post(on(context_.producer_threads()));
    call_session([text](WebSocketSession& session) { session.on_text(text); });
    co_await asio::post(asio::use_awaitable);
  }
}

void Link::write_next() {
  auto next = outbox_->take();
  if (next.close)
    stream_.async_close(*next.close, [self = shared_from_this()](const beast::error_code&) {});
  if (!next.text) return;
  being_written_ = std::move(*next.text);
  stream_.text(true);
  stream_.async_write(asio::buffer(being_written_),
                      [self = shared_from_this()](const beast::error_code& ec, std::size_t) {
                        const std::size_t size = self->being_written_.size();
                        self->being_written_ = std::string();
                        if (ec) return;  // the reader learns of it too, and ends the socket
                        if (self->outbox_->written(size)) self->call_ready();
                        self->write_next();
                      });
}

void Link::call_ready() {
  if (ready_called_.exchange(true)) return;
  asio::post(context_.producer_threads(), [self = shared_from_this()] {
    self->ready_called_ = false;
    self->call_session([](WebSocketSession& session) { session.on_ready(); });
  });
}

template <class F>
void Link::call_session(F&& call) {
  const std::lock_guard lock(session_mutex_);
  if (!session_) return;
  try {
    call(*session_);
  } catch (const std::exception&) {
    outbox_->close(websocket::close_code::internal_error, "the session failed");
  }
}

void Link::end_session() {
  call_session([](WebSocketSession& session) { session.on_closed(); });
  const std::lock_guard lock(session_mutex_);
  session_.reset();
}

void Link::go_away() {
  going_away_ = true;
  if (outbox_) outbox_->close(websocket::close_code::going_away, "the server stops");
}

void Link::abandon() {
  beast::error_code ignored;
  beast::get_lowest_layer(stream_).close(ignored);
  if (!outbox_) return;
  outbox_->end();
  end_session();
}

}  // namespace

std::shared_ptr<WebSocket> make_websocket(ClientStream stream,
                                          WebSocketHandshake handshake,
                                          std::shared_ptr<WebSocketSession> session,
                                          Context& context) {
  return std::make_shared<Link>(std::move(stream), std::move(handshake), std::move(session),
                                context);
}

}  // namespace smartroute::control::http
