#include "tools/mock_provider/connection.hpp"

#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>

#include "tools/mock_provider/answer.hpp"
#include "tools/mock_provider/service.hpp"
#include "tools/mock_provider/wire.hpp"

namespace smartroute::mock_provider {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;
template <class T>
using Task = asio::awaitable<T, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using TlsStream = asio::ssl::stream<Socket>;
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> as_values{};

// Longer waits are watched for the client's going; after shorter ones a look is enough.
constexpr microseconds kUnwatchedWait = milliseconds(20);
constexpr microseconds kForever = std::chrono::hours(24);
constexpr std::size_t kBatchBytes =
    64 * 1024;  // events of an unpaced stream go out in writes of about this size
constexpr std::size_t kMaxReadyBytes = 1 << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

enum class Sent : std::uint8_t { All, Cut, Gone };

std::string joined_names(const HttpRequest& request) {
  std::string out;
  for (const auto& [name, value] : request.headers) {
    if (!out.empty()) out += ',';
    out += name;
  }
  return out;
}

// Such an answer goes out in one write, and small ones are worth keeping.
bool is_simple(const Behaviour& b) {
  if (b.latency.count() != 0 || b.first_token.count() != 0 || b.pace.count() != 0 ||
      b.write_size != 0 || b.event_writes || b.cut_before_head || b.cut_at_byte ||
      b.stall_before_head || b.stall_at_byte || b.framing != Framing::Ok || b.events == -1) {
    return false;
  }
  constexpr std::size_t kEventOverhead = 320;
  constexpr std::size_t kSmallestPiece = 8;
  const std::size_t piece = b.chunk_bytes.value_or(kSmallestPiece * 2);
  const std::size_t content = b.content_bytes.value_or(0);
  const std::size_t events = b.events ? static_cast<std::size_t>(*b.events)
                                      : content / std::max<std::size_t>(piece, 1) + 1;
  return events <= kMaxReadyBytes && piece <= kMaxReadyBytes &&
         events * (piece + kEventOverhead) + b.pad_bytes <= kMaxReadyBytes;
}

template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <class... Args>
  Connection(Lane& lane, Socket socket, Args&... args)
      : lane_(lane), stream_(std::move(socket), args...), timer_(stream_.get_executor()) {
    ++lane_.shared.connections;
    ++lane_.shared.open_connections;
  }
  ~Connection() { --lane_.shared.open_connections; }

  Task<void> run();

 private:
  enum class Next : std::uint8_t { Request, Close };

  // Counts an answer under way, and it as aborted unless it came to its intended end.
  class Underway {
   public:
    explicit Underway(Shared& shared) : shared_(shared) { ++shared_.active; }
    ~Underway() {
      --shared_.active;
      if (!finished_) ++shared_.aborted;
    }
    void finish() { finished_ = true; }

   private:
    Shared& shared_;
    bool finished_ = false;
  };

  Socket& socket() {
    if constexpr (std::is_same_v<Stream, Socket>) {
      return stream_;
    } else {
      return stream_.next_layer();
    }
  }

  Task<bool> handshake();
  Task<bool> read_request();
  Task<Next> answer();
  Task<Next> answer_chat(std::shared_ptr<const Behaviour> behaviour);
  Task<Sent> send_answer(Wire& wire, const Behaviour& behaviour);
  Task<Sent> send_body(std::string_view bytes, const Behaviour& behaviour);
  Task<bool> write(std::string_view bytes, const Behaviour& behaviour);
  Task<bool> write_all(std::string_view bytes);
  Task<bool> wait(microseconds duration) { return wait_until(SteadyClock::now() + duration); }
  Task<bool> wait_until(SteadyClock::time_point end);
  Task<void> close(bool reset);
  bool client_gone();
  void watch();

  Lane& lane_;
  Stream stream_;
  Timer timer_;
  RequestReader reader_;
  HttpRequest request_;
  ChatRequest chat_;
  std::int64_t received_ns_ = 0;
  std::uint64_t body_sent_ = 0;
  bool gone_ = false;
};

template <class Stream>
Task<void> Connection<Stream>::run() {
  boost::system::error_code ignored;
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!co_await handshake()) co_return;
  for (;;) {
    if (!co_await read_request()) break;
    received_ns_ = monotonic_ns();
    const Next next = co_await answer();
    if (next == Next::Close) break;
    reader_.drop_taken();
  }
  co_await close(false);
}

template <class Stream>
Task<bool> Connection<Stream>::handshake() {
  if constexpr (!std::is_same_v<Stream, Socket>) {
    const auto [error] =
        co_await stream_.async_handshake(asio::ssl::stream_base::server, as_values);
    co_return !error;
  }
  co_return true;
}

template <class Stream>
Task<bool> Connection<Stream>::read_request() {
  for (;;) {
    const ReadState state = reader_.empty() ? ReadState::NeedMore : reader_.take(request_);
    if (state == ReadState::Complete) co_return true;
    if (state == ReadState::Malformed) {
      const std::string refusal =
          to_wire({400, error_body(400, "the mock provider cannot read this request")});
      co_await write_all(refusal);
      co_return false;
    }
    if (state == ReadState::NeedContinue && !co_await write_all(kContinue)) co_return false;
    const auto [space, bytes] = reader_.space();
    const asio::mutable_buffer room(space, bytes);
    const auto [error, count] = co_await stream_.async_read_some(room, as_values);
    if (error) co_return false;
    reader_.filled(count);
  }
}

template <class Stream>
Task<typename Connection<Stream>::Next> Connection<Stream>::answer() {
  const bool admin = is_admin_path(request_.target);
  if (!admin) {
    ++lane_.shared.requests;
    if (lane_.shared.recording == Recording::On) lane_.shared.log.add(request_);
  }
  PlainReply reply;
  if (request_.method == "POST" && is_chat_path(request_.target)) {
    if (lane_.parser.parse(request_.body, RequestReader::kPadding, chat_)) {
      lane_.shared.count_model(chat_.model);
      auto behaviour = lane_.shared.book.choose(request_.header("x-mock-script"), chat_);
      if (behaviour) co_return co_await answer_chat(*std::move(behaviour));
      reply = {400, error_body(400, "x-mock-script: " + behaviour.error().text())};
    } else {
      reply = {400, error_body(400, lane_.parser.problem())};
    }
  } else {
    reply = serve_plain(request_, lane_.shared);
  }
  const std::string bytes = to_wire(reply);
  const bool sent = co_await write_all(bytes);
  co_return sent&& request_.keep_alive ? Next::Request : Next::Close;
}

template <class Stream>
Task<typename Connection<Stream>::Next> Connection<Stream>::answer_chat(
    std::shared_ptr<const Behaviour> behaviour) {
  Underway underway(lane_.shared);
  if (request_.header("x-mock-stamp") == "1" && !behaviour->stamp) {
    auto stamped = std::make_shared<Behaviour>(*behaviour);
    stamped->stamp = true;
    behaviour = std::move(stamped);
  }
  const bool simple = is_simple(*behaviour) && chat_.tools.empty();
  ReadyAnswers::Key key{behaviour.get(), chat_.model, chat_.body_bytes, chat_.stream,
                        chat_.include_usage};
  ReadyAnswers::Bytes ready = simple ? lane_.ready.find(key) : nullptr;
  if (!ready) {
    const std::string names = behaviour->echo_request ? joined_names(request_) : std::string();
    Answer answer(chat_, *behaviour, request_.body, names);
    Wire wire(answer, *behaviour, received_ns_, names);
    if (!simple || !answer.generic()) {
      const Sent sent = co_await send_answer(wire, *behaviour);
      if (sent != Sent::Gone) underway.finish();
      if (sent == Sent::Cut) co_await close(behaviour->rst);
      co_return sent == Sent::All&& request_.keep_alive && !wire.closes() ? Next::Request
                                                                          : Next::Close;
    }
    std::string bytes = wire.head();
    while (!wire.ended()) wire.next(bytes);
    ready = lane_.ready.keep(std::move(key), behaviour, std::move(bytes));
  }
  if (!co_await write_all(*ready)) co_return Next::Close;
  underway.finish();
  co_return request_.keep_alive ? Next::Request : Next::Close;
}

template <class Stream>
Task<Sent> Connection<Stream>::send_answer(Wire& wire, const Behaviour& behaviour) {
  if (behaviour.latency.count() > 0 && !co_await wait(behaviour.latency)) co_return Sent::Gone;
  if (behaviour.cut_before_head) co_return Sent::Cut;
  if (behaviour.stall_before_head) {
    co_await wait(kForever);
    co_return Sent::Gone;
  }
  body_sent_ = 0;
  const std::string head = wire.head();
  // The head leaves on its own when something is to happen behind it: a provider sends it before
  // its first token.
  if (!co_await write(head, behaviour)) co_return Sent::Gone;
  if (behaviour.first_token.count() > 0 && !co_await wait(behaviour.first_token)) {
    co_return Sent::Gone;
  }
  const bool batch = behaviour.pace.count() == 0 && !behaviour.event_writes;
  std::string bytes;
  // Due times are fixed from the start, so that a late event does not delay all that follow.
  auto due = SteadyClock::now();
  for (; !wire.ended(); due += behaviour.pace) {
    if (behaviour.pace.count() > 0 && !co_await wait_until(due)) co_return Sent::Gone;
    bytes.clear();
    do {
      wire.next(bytes);
    } while (batch && !wire.ended() && bytes.size() < kBatchBytes);
    const Sent sent = co_await send_body(bytes, behaviour);
    if (sent != Sent::All) co_return sent;
  }
  co_return Sent::All;
}

template <class Stream>
Task<Sent> Connection<Stream>::send_body(std::string_view bytes, const Behaviour& behaviour) {
  const std::optional<std::uint64_t> stop =
      behaviour.cut_at_byte ? behaviour.cut_at_byte : behaviour.stall_at_byte;
  const bool stops = stop && body_sent_ + bytes.size() >= *stop;
  if (stops) bytes = bytes.substr(0, *stop - body_sent_);
  body_sent_ += bytes.size();
  if (!co_await write(bytes, behaviour)) co_return Sent::Gone;
  if (!stops) co_return Sent::All;
  if (behaviour.cut_at_byte) co_return Sent::Cut;
  co_await wait(kForever);
  co_return Sent::Gone;
}

template <class Stream>
Task<bool> Connection<Stream>::write(std::string_view bytes, const Behaviour& behaviour) {
  if (behaviour.write_size == 0) co_return co_await write_all(bytes);
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, behaviour.write_size);
    if (!co_await write_all(part)) co_return false;
    bytes.remove_prefix(part.size());
    if (behaviour.write_gap.count() > 0 && !co_await wait(behaviour.write_gap)) co_return false;
  }
  co_return true;
}

template <class Stream>
Task<bool> Connection<Stream>::write_all(std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const auto [error, count] = co_await asio::async_write(stream_, buffer, as_values);
  co_return !error;
}

template <class Stream>
bool Connection<Stream>::client_gone() {
  pollfd look{socket().native_handle(), POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 &&
         (look.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

// False: the client went while we waited.
template <class Stream>
Task<bool> Connection<Stream>::wait_until(SteadyClock::time_point end) {
  auto now = SteadyClock::now();
  const bool long_wait = end - now > kUnwatchedWait;
  bool watched = long_wait;
  gone_ = false;
  for (; !gone_ && now < end; now = SteadyClock::now()) {
    // A watch that fires for bytes instead of the end is not set again; from then on we look now
    // and then.
    timer_.expires_at(watched ? end : std::min(end, now + kUnwatchedWait));
    if (watched) watch();
    watched = false;
    co_await timer_.async_wait(as_values);
    if (client_gone()) gone_ = true;
  }
  if (long_wait) {
    boost::system::error_code ignored;
    socket().cancel(ignored);
  }
  co_return !gone_;
}

template <class Stream>
void Connection<Stream>::watch() {
  auto self = this->shared_from_this();
  auto fired = [self](boost::system::error_code error) {
    if (!error) self->timer_.cancel();
  };
  socket().async_wait(Socket::wait_read, std::move(fired));
}

template <class Stream>
Task<void> Connection<Stream>::close(bool reset) {
  boost::system::error_code ignored;
  if (!socket().is_open()) co_return;
  if (reset) {
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    socket().shutdown(asio::socket_base::shutdown_send, ignored);
  }
  socket().close(ignored);
}

}  // namespace

std::size_t ReadyAnswers::Hash::operator()(const Key& key) const noexcept {
  return std::hash<std::string>()(key.model) ^ std::hash<const void*>()(key.behaviour) ^
         (key.body_bytes * 4) ^ (key.stream ? 1u : 0u) ^ (key.include_usage ? 2u : 0u);
}

ReadyAnswers::Bytes ReadyAnswers::find(const Key& key) const {
  const auto found = answers_.find(key);
  return found == answers_.end() ? nullptr : found->second.bytes;
}

ReadyAnswers::Bytes ReadyAnswers::keep(Key key, std::shared_ptr<const Behaviour> behaviour,
                                       std::string bytes) {
  if (answers_.size() >= kMaxAnswers) answers_.clear();
  Kept kept{std::move(behaviour), std::make_shared<const std::string>(std::move(bytes))};
  return answers_.insert_or_assign(std::move(key), std::move(kept)).first->second.bytes;
}

void serve(Socket socket, Lane& lane) {
  const auto executor = socket.get_executor();
  const auto start = [&](auto connection) {
    // The handler holds the connection, so the coroutine's `this` outlives its frame.
    auto ended = [connection](std::exception_ptr) {};
    asio::co_spawn(executor, connection->run(), std::move(ended));
  };
  if (lane.tls == nullptr) {
    start(std::make_shared<Connection<Socket>>(lane, std::move(socket)));
  } else {
    start(std::make_shared<Connection<TlsStream>>(lane, std::move(socket), *lane.tls));
  }
}

}  // namespace smartroute::mock_provider
