// One client connection: reads strict request heads and bounded bodies, writes answers, closes so that the client can still read them.
// During a request a client that breaks away cuts its interrupt(); one that only sent FIN still gets its answer.
// Thread rule: one worker; one request at a time.
#pragma once
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "contract/config/model.hpp"
#include "dataplane/core/http1/request_head.hpp"
#include "dataplane/net/buffer_pool.hpp"
#include "dataplane/net/interrupt.hpp"
#include "dataplane/net/stream.hpp"
#include "dataplane/net/worker.hpp"

namespace smartroute::net {

class Downstream : public std::enable_shared_from_this<Downstream> {
 public:
  static constexpr std::size_t kPadding = 64;                 // readable bytes behind a body, for the JSON parser
  // Of an unread request, swallowed after an early answer: twice the default limit of a body, because a client that sends one too large
  // learns why only if it can send all of it.
  static constexpr std::size_t kLingerBytes = 64 * 1024 * 1024;
  static constexpr std::chrono::seconds kLinger{5};

  Downstream(Worker& worker, int fd, std::string peer, bool loopback);
  ~Downstream();

  // The next request's head, or nullopt when the client is done (FIN or idle timeout before a first byte). Errors of parse_request_head,
  // RequestTimeout, ClientGone. Views are good until finish_request().
  Awaitable<Result<std::optional<http1::RequestHead>>> read_head(const config::Limits& limits);
  // The whole body, chunked ones decoded, kPadding readable bytes behind it. Answers Expect: 100-continue. Errors: BodyTooLarge, RequestTimeout,
  // BadRequest (framing), ClientGone. The view is good until finish_request().
  Awaitable<Result<std::string_view>> read_body(const http1::RequestHead& head, const config::Limits& limits);
  // The same when the whole body has come with the head already, without a coroutine; else nullopt.
  std::optional<std::string_view> body_at_hand(const http1::RequestHead& head);
  // Told how much of a chunked body there is by now, after each read, until finish_request(). False: read_body() ends with Overloaded.
  using BodyMeter = bool (*)(void* context, std::size_t bytes);
  void meter_body(BodyMeter meter, void* context) noexcept {
    meter_ = meter;
    meter_context_ = context;
  }
  // Forgets head and body; keeps what the client sent ahead.
  void finish_request() noexcept;

  // The head and body are not needed any more: gives their memory back while the answer is still on its way.
  void release_request() noexcept;

  // Writes now what the socket takes and copies the rest: pieces may point into the worker's read buffer. False: the client is gone.
  bool send(const iovec* pieces, int count);
  bool has_unsent() const noexcept { return !unsent_.empty(); }
  // Waits until everything is sent. False: gone, stalled beyond the write timeout, or cut; see interrupt().why().
  Awaitable<bool> flush(std::chrono::milliseconds timeout);
  std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

  // Says FIN, of TLS close_notify before it: nothing more will come, and nothing is missing. Waits at most `timeout` for room.
  Awaitable<void> end_answers(std::chrono::milliseconds timeout);
  // Says FIN, then reads and drops what still comes, so that no RST destroys the answer on its way.
  Awaitable<void> linger();

  // Bytes that may be sent, where the answer stands now, to find out whether a half-closed client is still there (it answers with a reset
  // if not); empty: none. They must live as long as the request.
  void allow_probe(std::string_view bytes) {
    probe_ = bytes;
    if (!bytes.empty() && stream_.readiness().peer_closed()) on_client_event();
  }
  bool in_request() const noexcept { return in_request_; }
  // The client has left: what else its socket has to say ends no wait of this request any more.
  void stop_watching() noexcept { watched_ = false; }

  Interrupt& interrupt() noexcept { return interrupt_; }
  Stream& stream() noexcept { return stream_; }
  Worker& worker() noexcept { return worker_; }
  const std::string& peer() const noexcept { return peer_; }
  bool is_loopback() const noexcept { return loopback_; }
  // Body bytes this connection holds; for the gauge of all bodies together.
  std::size_t body_capacity() const noexcept { return body_.capacity(); }

 private:
  Awaitable<IoStatus> fill(Buffer& into, std::size_t want);
  Awaitable<Result<std::string_view>> read_length_body(const http1::RequestHead& head, const config::Limits& limits);
  Awaitable<Result<std::string_view>> read_chunked_body(const http1::RequestHead& head, const config::Limits& limits);
  Error read_error(IoStatus status, const char* what) const;
  void on_client_event();
  void drop_request() noexcept;

  Worker& worker_;
  Stream stream_;
  Interrupt interrupt_;
  Buffer in_;          // head, and the body when it fits behind it
  Buffer body_;        // the body when it does not
  Buffer behind_;      // pipelined behind a chunked body; in_ must not grow while the head is in use
  Buffer unsent_;
  std::size_t used_ = 0;         // bytes of in_ that belong to the current request
  std::uint64_t bytes_sent_ = 0;
  std::string peer_;
  bool loopback_;
  BodyMeter meter_ = nullptr;
  void* meter_context_ = nullptr;
  std::string_view probe_;
  bool probed_ = false;
  bool in_request_ = false;
  bool watched_ = true;               // ... and its client may end it
};

}  // namespace smartroute::net
