#include "dataplane/net/downstream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/core/http1/body_reader.hpp"

namespace smartroute::net {

namespace {

constexpr std::size_t kFirstRead = BufferPool::kClasses[1];
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

http1::HeadLimits head_limits(const config::Limits& limits) {
  http1::HeadLimits out;
  out.max_bytes = static_cast<std::size_t>(limits.max_header_bytes);
  out.max_headers = static_cast<std::size_t>(limits.max_headers);
  out.max_target = static_cast<std::size_t>(limits.max_target_bytes);
  return out;
}

}  // namespace

Downstream::Downstream(Worker& worker, int fd, std::string peer, bool loopback)
    : worker_(worker),
      stream_(worker.reactor(), fd),
      interrupt_(worker.wheel()),
      in_(worker.buffers().get()),
      body_(worker.buffers().get()),
      behind_(worker.buffers().get()),
      unsent_(worker.buffers().get()),
      peer_(std::move(peer)),
      loopback_(loopback) {
  interrupt_.set_client(&stream_);
  stream_.readiness().observe([](void* self) { static_cast<Downstream*>(self)->on_client_event(); }, this);
}

Downstream::~Downstream() { interrupt_.set_client(nullptr); }

Error Downstream::read_error(IoStatus status, const char* what) const {
  if (interrupt_.why() == Cut::Drain) return Error(ErrorKind::Draining, "the gateway is shutting down");
  if (interrupt_.why() != Cut::None) return Error(ErrorKind::RequestTimeout, std::string("the ") + what + " came too slowly");
  return Error(ErrorKind::ClientGone, status == IoStatus::Eof ? "the client closed before the request was complete"
                                                             : "the client's connection was lost");
}

// Waits for bytes and appends at most `want` of them to `into` (which keeps kPadding spare bytes).
Awaitable<IoStatus> Downstream::fill(Buffer& into, std::size_t want) {
  for (;;) {
    into.reserve(into.size() + std::min<std::size_t>(want, kFirstRead) / 2 + kPadding + 1);
    const std::size_t room = std::min(want, into.room() - kPadding);
    const IoResult got = stream_.read_some(into.end(), room);
    if (got.status == IoStatus::Ok) {
      into.grew(got.bytes);
      co_return IoStatus::Ok;
    }
    if (got.status != IoStatus::WantRead && got.status != IoStatus::WantWrite) co_return got.status;
    co_await stream_.wait(got.status);
    if (interrupt_.why() != Cut::None) co_return IoStatus::Failed;
  }
}

Awaitable<Result<std::optional<http1::RequestHead>>> Downstream::read_head(const config::Limits& limits) {
  const auto max = head_limits(limits);
  std::size_t scanned = 0;
  if (in_.empty()) {
    // Idle: hold no buffer until there is something to read.
    in_.release();
    interrupt_.arm(Cut::KeepAlive, limits.keep_alive_timeout);
    co_await stream_.readable();
    if (interrupt_.why() != Cut::None) co_return std::nullopt;
    in_.reserve(kFirstRead);
    const IoResult first = stream_.read_some(in_.end(), in_.room() - kPadding);
    if (first.status == IoStatus::Eof || first.status == IoStatus::Failed) co_return std::nullopt;
    in_.grew(first.bytes);
  }
  in_request_ = watched_ = true;
  for (bool armed = false;;) {
    const std::size_t end = http1::find_head_end(in_.view(), scanned);
    if (end != std::string_view::npos) {
      if (end > max.max_bytes) co_return fail(ErrorKind::HeadersTooLarge, "the request head is larger than the limit");
      auto head = http1::parse_request_head(in_.view().substr(0, end), max);
      if (!head) co_return tl::unexpected<Error>(std::move(head.error()));
      used_ = end;
      interrupt_.disarm();
      std::optional<http1::RequestHead> out(std::move(*head));
      co_return out;
    }
    if (in_.size() >= max.max_bytes) {
      co_return fail(http1::overflow_kind(in_.view(), max), "the request head is larger than the limit");
    }
    scanned = in_.size();
    if (!armed) {
      interrupt_.arm(Cut::Head, limits.header_timeout);
      armed = true;
    }
    const IoStatus status = co_await fill(in_, max.max_bytes + 1 - in_.size());
    if (status != IoStatus::Ok) co_return tl::unexpected<Error>(read_error(status, "request head"));
  }
}

std::optional<std::string_view> Downstream::body_at_hand(const http1::RequestHead& head) {
  if (head.body != http1::BodyKind::Length || in_.size() - used_ < head.content_length) return std::nullopt;
  const auto body = in_.view().substr(used_, static_cast<std::size_t>(head.content_length));
  used_ += body.size();
  if (in_.room() >= kPadding) return body;
  body_.reserve(body.size() + kPadding);
  body_.append(body);
  return body_.view();
}

Awaitable<Result<std::string_view>> Downstream::read_body(const http1::RequestHead& head, const config::Limits& limits) {
  if (head.body == http1::BodyKind::None) co_return std::string_view();
  const auto max = static_cast<std::uint64_t>(limits.max_body_bytes);
  if (head.body == http1::BodyKind::Length && head.content_length > max)
    co_return fail(ErrorKind::BodyTooLarge, "the request body is larger than " + std::to_string(max) + " bytes");
  if (const auto body = body_at_hand(head)) co_return *body;
  const std::size_t present = in_.size() - used_;
  if (head.expect_continue && present == 0) {
    iovec piece{const_cast<char*>(kContinue.data()), kContinue.size()};
    if (!send(&piece, 1)) co_return fail(ErrorKind::ClientGone, "the client's connection was lost");
  }
  if (head.body == http1::BodyKind::Length) co_return co_await read_length_body(head, limits);
  co_return co_await read_chunked_body(head, limits);
}

Awaitable<Result<std::string_view>> Downstream::read_length_body(const http1::RequestHead& head, const config::Limits& limits) {
  const auto length = static_cast<std::size_t>(head.content_length);
  body_.reserve(length + kPadding);
  body_.append(in_.view().substr(used_));
  in_.resize(used_);
  const SteadyTime started = worker_.clock().steady();
  while (body_.size() < length) {
    interrupt_.arm(Cut::Body, limits.body_idle_timeout);
    const IoStatus status = co_await fill(body_, length - body_.size());
    if (status != IoStatus::Ok) co_return tl::unexpected<Error>(read_error(status, "request body"));
    const auto taken = worker_.clock().steady() - started;
    if (taken > limits.body_rate_grace &&
        static_cast<double>(body_.size()) < static_cast<double>(limits.min_body_rate) * std::chrono::duration<double>(taken).count())
      co_return fail(ErrorKind::RequestTimeout, "the request body came too slowly");
  }
  interrupt_.disarm();
  co_return body_.view();
}

Awaitable<Result<std::string_view>> Downstream::read_chunked_body(const http1::RequestHead&, const config::Limits& limits) {
  http1::BodyReader reader(http1::BodyKind::Chunked, 0, http1::ChunkedDecoder::Trailers::Refuse);
  const auto max = static_cast<std::size_t>(limits.max_body_bytes);
  Buffer raw = worker_.buffers().get();
  raw.append(in_.view().substr(used_));
  in_.resize(used_);
  const SteadyTime started = worker_.clock().steady();
  std::uint64_t received = raw.size();
  for (;;) {
    auto keep = [this](std::string_view payload) { body_.append(payload); };
    const std::size_t used = reader.feed(raw.view(), keep);
    raw.consume(used);
    if (body_.size() > max)
      co_return fail(ErrorKind::BodyTooLarge, "the request body is larger than " + std::to_string(max) + " bytes");
    if (meter_ != nullptr && !meter_(meter_context_, body_.size()))
      co_return fail(ErrorKind::Overloaded, "too many request bodies are in memory; try again shortly");
    if (reader.state() == http1::BodyReader::State::Bad)
      co_return fail(ErrorKind::BadRequest, std::string("the chunked body is malformed: ") + reader.why());
    if (reader.state() == http1::BodyReader::State::Done) break;
    interrupt_.arm(Cut::Body, limits.body_idle_timeout);
    const std::size_t before = raw.size();
    const IoStatus status = co_await fill(raw, Worker::kReadBuffer);
    if (status != IoStatus::Ok) co_return tl::unexpected<Error>(read_error(status, "request body"));
    received += raw.size() - before;
    const auto taken = worker_.clock().steady() - started;
    if (taken > limits.body_rate_grace &&
        static_cast<double>(received) < static_cast<double>(limits.min_body_rate) * std::chrono::duration<double>(taken).count())
      co_return fail(ErrorKind::RequestTimeout, "the request body came too slowly");
  }
  interrupt_.disarm();
  if (!raw.empty()) behind_ = std::move(raw);      // a pipelined request behind the last chunk
  body_.reserve(body_.size() + kPadding);
  co_return body_.view();
}

void Downstream::finish_request() noexcept {
  in_request_ = false;
  meter_ = nullptr;
  probe_ = {};
  probed_ = false;
  interrupt_.reset();
  drop_request();
}

void Downstream::release_request() noexcept {
  drop_request();
  if (in_.empty()) in_.release();
}

// Where something stands in behind_, in_ ends with the request.
void Downstream::drop_request() noexcept {
  body_.release();
  in_.consume(used_);
  used_ = 0;
  if (!behind_.empty()) in_ = std::exchange(behind_, worker_.buffers().get());
}

bool Downstream::send(const iovec* pieces, int count) {
  int first = 0;
  std::size_t offset = 0;
  if (unsent_.empty()) {
    while (first < count) {
      IoResult wrote;
      if (offset == 0) {
        wrote = stream_.write_some(pieces + first, count - first);
      } else {
        const iovec rest{static_cast<char*>(pieces[first].iov_base) + offset, pieces[first].iov_len - offset};
        wrote = stream_.write_some(&rest, 1);
      }
      if (wrote.status == IoStatus::WantWrite || wrote.status == IoStatus::WantRead) break;
      if (wrote.status != IoStatus::Ok) return false;
      bytes_sent_ += wrote.bytes;
      std::size_t n = wrote.bytes;
      while (first < count && n >= pieces[first].iov_len - offset) {
        n -= pieces[first].iov_len - offset;
        offset = 0;
        ++first;
      }
      offset += n;
    }
  }
  for (; first < count; ++first, offset = 0)
    unsent_.append({static_cast<const char*>(pieces[first].iov_base) + offset, pieces[first].iov_len - offset});
  return true;
}

Awaitable<bool> Downstream::flush(std::chrono::milliseconds timeout) {
  while (!unsent_.empty()) {
    const iovec piece{unsent_.data(), unsent_.size()};
    const IoResult wrote = stream_.write_some(&piece, 1);
    if (wrote.status == IoStatus::Ok) {
      bytes_sent_ += wrote.bytes;
      unsent_.consume(wrote.bytes);
      continue;
    }
    if (wrote.status != IoStatus::WantWrite && wrote.status != IoStatus::WantRead) co_return false;
    interrupt_.arm(Cut::ClientWrite, timeout);
    co_await stream_.wait(wrote.status);
    interrupt_.disarm();
    if (interrupt_.why() != Cut::None) co_return false;
  }
  unsent_.release();
  co_return true;
}

Awaitable<void> Downstream::end_answers(std::chrono::milliseconds timeout) {
  if (stream_.shutdown_send() != IoStatus::WantWrite) co_return;
  interrupt_.reset();
  interrupt_.arm(Cut::ClientWrite, timeout);
  while (interrupt_.why() == Cut::None) {
    co_await stream_.writable();
    if (stream_.shutdown_send() != IoStatus::WantWrite) break;
  }
  interrupt_.disarm();
}

Awaitable<void> Downstream::linger() {
  stream_.shutdown_send();
  interrupt_.reset();
  interrupt_.arm(Cut::Tail, kLinger);
  std::size_t swallowed = 0;
  while (swallowed < kLingerBytes && interrupt_.why() == Cut::None) {
    const IoResult got = stream_.read_some(worker_.read_buffer(), Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      swallowed += got.bytes;
    } else if (got.status != IoStatus::WantRead) {
      break;
    }
    co_await stream_.readable();          // also with bytes at hand: others want this worker, too
  }
  interrupt_.disarm();
}

void Downstream::on_client_event() {
  if (!in_request_ || !watched_ || !stream_.readiness().peer_closed()) return;      // a pipelined request waits its turn
  if (stream_.readiness().broken()) return interrupt_.cut(Cut::ClientGone);
  // FIN alone may be a client that only finished sending: it still gets its answer. One that is gone answers the probe with a reset.
  if (probed_ || probe_.empty() || !unsent_.empty()) return;
  probed_ = true;
  const iovec piece{const_cast<char*>(probe_.data()), probe_.size()};
  (void)stream_.write_some(&piece, 1);
}

}  // namespace smartroute::net
