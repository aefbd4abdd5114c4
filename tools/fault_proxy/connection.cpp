#include "tools/fault_proxy/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "tools/fault_proxy/plan_json.hpp"
#include "tools/fault_proxy/shaper.hpp"

namespace smartroute::fault_proxy {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;
template <class T>
using Task = asio::awaitable<T, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> as_values{};

constexpr milliseconds kLookEvery{20};  // for a client that goes while we say nothing
constexpr microseconds kForever = std::chrono::hours(24);
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxRequestBytes = 4 << 20;  // longer ones pass unread

// Bytes of the request at the front of `bytes`, or 0 while it is not whole.
std::size_t whole_request(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (std::size_t at = bytes.find("\r\n"); at < end; at = bytes.find("\r\n", at + 2)) {
    constexpr std::string_view kName = "content-length:";
    const std::string_view line = bytes.substr(at + 2, end - at - 2);
    bool matches = line.size() > kName.size();
    for (std::size_t i = 0; matches && i < kName.size(); ++i)
      matches = (line[i] | (line[i] >= 'A' && line[i] <= 'Z' ? 0x20 : 0)) == kName[i];
    if (!matches) continue;
    length = std::strtoul(std::string(line.substr(kName.size(), 24)).c_str(), nullptr, 10);
  }
  const std::size_t total = end + 4 + length;
  return bytes.size() >= total ? total : 0;
}

}  // namespace

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket client, Switchboard& board)
      : board_(board),
        client_(std::move(client)),
        upstream_(client_.get_executor()),
        timers_{Timer(client_.get_executor()), Timer(client_.get_executor())} {
    board_.open.insert(this);
  }
  ~Connection() {
    board_.open.erase(this);
    board_.book.note_closed();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<void> run();
  void end(Fault how);

 private:
  enum Way : std::uint8_t { kRequest, kResponse };
  enum class Go : std::uint8_t { On, Stop };

  Socket& source(Way way) { return way == kRequest ? client_ : upstream_; }
  Socket& target(Way way) { return way == kRequest ? upstream_ : client_; }

  Task<void> pump(Way way);
  Task<void> read_requests();
  Task<Go> pass_on(Way way);
  Task<Go> obey(Way way, Step step);
  Task<bool> write_all(Way way, std::string_view bytes);
  // False: the client went while we waited.
  Task<bool> wait(Way way, microseconds duration);
  bool client_gone();
  void adopt(const Plan& plan);
  void log(const char* what, const PlanBook::Drawn& drawn);
  void note_strike(Way way);

  Switchboard& board_;
  Socket client_;
  Socket upstream_;
  Timer timers_[2];
  Shaper shapers_[2];
  Flow flows_[2];
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

void Connection::adopt(const Plan& plan) {
  flows_[kRequest] = plan.request;
  flows_[kResponse] = plan.response;
  shapers_[kRequest].begin(plan.request, plan.seed);
  shapers_[kResponse].begin(plan.response, plan.seed + 1);
}

void Connection::log(const char* what, const PlanBook::Drawn& drawn) {
  if (board_.log == nullptr) return;
  nlohmann::ordered_json line = {{"connection", number_}};
  if (*what != '\0') line[what] = drawn.number;
  line["plan"] = json_of(drawn.plan);
  if (!drawn.problem.empty()) line["problem"] = drawn.problem;
  const std::string text = line.dump() + "\n";
  std::fwrite(text.data(), 1, text.size(), board_.log);
  std::fflush(board_.log);
}

Task<void> Connection::run() {
  const bool whole = board_.scope == Scope::Connection;
  const PlanBook::Drawn drawn = whole ? board_.book.for_connection() : board_.book.opening();
  number_ = drawn.number;
  if (whole) log("", drawn);
  if (drawn.plan.accept == Accept::Refuse) {
    board_.book.note_fault("refuse");
    end(Fault::Reset);
    co_return;
  }
  if (drawn.plan.accept == Accept::Blackhole) {
    board_.book.note_fault("blackhole");
    co_await wait(kRequest, kForever);
    end(Fault::Cut);
    co_return;
  }
  adopt(drawn.plan);
  const auto delay = std::chrono::duration_cast<microseconds>(drawn.plan.connect_delay);
  if (delay.count() > 0 && !co_await wait(kRequest, delay)) co_return end(Fault::Cut);
  const auto [error] = co_await upstream_.async_connect(board_.upstream, as_values);
  if (error) {
    board_.book.note_upstream_failed();
    end(Fault::Reset);
    co_return;
  }
  boost::system::error_code ignored;
  client_.set_option(asio::ip::tcp::no_delay(true), ignored);
  upstream_.set_option(asio::ip::tcp::no_delay(true), ignored);
  auto self = shared_from_this();
  auto over = [self](std::exception_ptr) {};
  auto answers = pump(kResponse);
  asio::co_spawn(client_.get_executor(), std::move(answers), std::move(over));
  if (whole) co_return co_await pump(kRequest);
  co_await read_requests();
}

// Bytes from one side to the other until an end or a fault.
Task<void> Connection::pump(Way way) {
  std::vector<char> block(kReadBytes);
  for (;;) {
    if (co_await pass_on(way) == Go::Stop) co_return;
    const asio::mutable_buffer room(block.data(), block.size());
    const auto [error, count] = co_await source(way).async_read_some(room, as_values);
    if (ended_) co_return;
    if (error == asio::error::eof) {
      boost::system::error_code ignored;
      target(way).shutdown(asio::socket_base::shutdown_send, ignored);
      co_return;
    }
    if (error) co_return end(Fault::Reset);
    shapers_[way].feed(std::string_view(block.data(), count));
  }
}

// The request direction of Scope::Request: each request is held until it is whole, its plan is
// chosen, and then it goes on.
Task<void> Connection::read_requests() {
  std::vector<char> block(kReadBytes);
  std::string held;
  for (;;) {
    for (std::size_t size; (size = whole_request(held)) > 0 || held.size() > kMaxRequestBytes;) {
      if (size == 0) size = held.size();
      const PlanBook::Drawn drawn = board_.book.for_request(std::string_view(held).substr(0, size));
      log("request", drawn);
      adopt(drawn.plan);
      shapers_[kRequest].feed(std::string_view(held).substr(0, size));
      held.erase(0, size);
      if (co_await pass_on(kRequest) == Go::Stop) co_return;
    }
    const asio::mutable_buffer room(block.data(), block.size());
    const auto [error, count] = co_await client_.async_read_some(room, as_values);
    if (ended_) co_return;
    if (error == asio::error::eof) {
      if (!held.empty()) co_await write_all(kRequest, held);
      boost::system::error_code ignored;
      upstream_.shutdown(asio::socket_base::shutdown_send, ignored);
      co_return;
    }
    if (error) co_return end(Fault::Reset);
    held.append(block.data(), count);
  }
}

// Everything the shaper has, by its steps.
Task<Connection::Go> Connection::pass_on(Way way) {
  for (;;) {
    const bool struck_before = shapers_[way].faulted();
    const Step step = shapers_[way].next();
    if (flows_[way].fault != Fault::None && !struck_before && shapers_[way].faulted())
      note_strike(way);
    if (step.what == Step::Do::NeedMore) co_return Go::On;
    if (co_await obey(way, step) == Go::Stop) co_return Go::Stop;
  }
}

void Connection::note_strike(Way way) {
  board_.book.note_fault(std::string(way == kRequest ? "request_" : "") +
                         std::string(name_of(flows_[way].fault)));
}

Task<Connection::Go> Connection::obey(Way way, Step step) {
  switch (step.what) {
    case Step::Do::Write:
      co_return co_await write_all(way, step.bytes) && !ended_ ? Go::On : Go::Stop;
    case Step::Do::Pause:
      co_await wait(way, step.pause);  // a client that half-closed still wants its answer
      co_return ended_ ? Go::Stop : Go::On;
    case Step::Do::Stall:
      if (step.pause.count() == 0) {
        co_await wait(way, kForever);
        if (!ended_) end(Fault::Cut);
        co_return Go::Stop;
      }
      co_await wait(way, step.pause);
      co_return ended_ ? Go::Stop : Go::On;
    case Step::Do::Cut:
      end(Fault::Cut);
      co_return Go::Stop;
    case Step::Do::Reset:
      end(Fault::Reset);
      co_return Go::Stop;
    case Step::Do::HalfClose: {
      boost::system::error_code ignored;
      target(way).shutdown(asio::socket_base::shutdown_send, ignored);
      co_return Go::Stop;
    }
    case Step::Do::NeedMore:
      break;
  }
  co_return Go::On;
}

Task<bool> Connection::write_all(Way way, std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const auto [error, count] = co_await asio::async_write(target(way), buffer, as_values);
  board_.book.note_bytes(way == kRequest ? count : 0, way == kResponse ? count : 0);
  if (error && !ended_) end(Fault::Reset);
  co_return !error;
}

bool Connection::client_gone() {
  pollfd look{client_.native_handle(), POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 &&
         (look.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

Task<bool> Connection::wait(Way way, microseconds duration) {
  const auto until = SteadyClock::now() + duration;
  for (auto now = SteadyClock::now(); now < until && !ended_; now = SteadyClock::now()) {
    timers_[way].expires_at(std::min<SteadyClock::time_point>(until, now + kLookEvery));
    co_await timers_[way].async_wait(as_values);
    if (!ended_ && duration > kLookEvery && client_gone()) co_return false;
  }
  co_return !ended_;
}

void Connection::end(Fault how) {
  if (ended_) return;
  ended_ = true;
  boost::system::error_code ignored;
  for (Socket* socket : {&client_, &upstream_}) {
    if (!socket->is_open()) continue;
    if (how == Fault::Reset) {
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
    } else {
      socket->shutdown(asio::socket_base::shutdown_send, ignored);
    }
    socket->close(ignored);
  }
  for (Timer& timer : timers_) timer.cancel();
}

void serve(Socket client, Switchboard& board) {
  const auto executor = client.get_executor();
  auto connection = std::make_shared<Connection>(std::move(client), board);
  // The handler holds the connection, so the coroutine's `this` outlives its frame.
  auto over = [connection](std::exception_ptr) {};
  asio::co_spawn(executor, connection->run(), std::move(over));
}

void reset_all(Switchboard& board) {
  const std::set<Connection*> open = board.open;
  for (Connection* connection : open) connection->end(Fault::Reset);
}

}  // namespace smartroute::fault_proxy
