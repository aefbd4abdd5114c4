// Requests and answers of the control plane's own HTTP ports, as values, and the two forms of
// answer that last: a streamed body and a WebSocket. Beast stays in the sources of this folder.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smartroute::control::http {

// What the handlers may know of a request head, after dataplane/core/http1 has found it
// unambiguous.
struct Head {
  std::string method;  // GET, POST, ...
  std::string path;    // without query
  std::string query;   // as sent, without '?'; query.hpp takes it apart
  std::string host;
  std::string origin;  // empty if absent
  std::string authorization;
  std::string content_type;
  std::string content_encoding;
  // What browsers add; several of one name are joined (cookies by "; ", else by ", ").
  std::string cookie;
  std::string user_agent;
  std::string sec_fetch_site;
  std::string csrf;    // x-smartroute-csrf
  std::string accept;
  std::string accept_encoding;
  std::string if_none_match;
  // x-smartroute-* but the one of `csrf`: names in lower case, in the order they were sent.
  std::vector<std::pair<std::string, std::string>> own_fields;
  std::string remote;  // address of the peer, without port
  bool secure = false;  // it came over TLS, to this port itself
  bool has_body = false;
  bool offers_websocket = false;          // and Handlers.on_websocket will decide
  std::vector<std::string> subprotocols;  // of that offer, in its order
};

struct Request {
  Head head;
  std::string body;
};

struct Response;

// A body that is made while it is sent. Calls come one at a time, next() on a thread that may block;
// it waits until the client has taken the piece before, so a slow client costs one piece of
// memory. Destroyed on such a thread too, as soon as the end is reached or the client has left (or
// has ended its own side); a call that is running then is waited for, so it should take at most a
// second or so. Those threads are few: who waits for somebody else says Later instead.
class BodySource {
 public:
  enum class Piece : std::uint8_t {
    More,
    Last,    // what was appended is the end of the body
    Broken,  // the rest cannot be had: the connection is cut so that nobody takes the body for
             // whole; what was appended is not sent
    Later,   // nothing to say yet, and nothing was appended; asked again after `wake`
  };
  virtual ~BodySource() = default;
  // First call; this and begin() come on the server's own thread: they must not block. A source that says
  // Later keeps `wake` and calls it when there may be something: from any thread, as often as it
  // likes, also while it is asked, but not once it is gone.
  virtual void set_wake(std::function<void()> wake) { (void)wake; }
  // Before the first next(), for a source that learns late how its answer begins: may set status,
  // type and headers of `response`. Last: there is no stream, response.body is the whole answer.
  virtual Piece begin(Response& response) {
    (void)response;
    return Piece::More;
  }
  // Appends the next piece to `out`, which is empty; 16 to 256 KiB is a good size. An exception is
  // Broken. A piece is sent at once, whatever its size.
  virtual Piece next(std::string& out) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // One of a name, except set-cookie. What is no field (a name that is no token, a control character) is
  // not sent.
  std::vector<std::pair<std::string, std::string>> headers;
  // If set, the body is this and not `body`. ServerLimits.streams of them at once; the one beyond
  // is answered 503 instead.
  std::shared_ptr<BodySource> stream = nullptr;
  // If set, the body is this and not `body`: for bytes that many answers share.
  std::shared_ptr<const std::string> shared_body = nullptr;
};

// The server's end of an open WebSocket, for its session. Thread rule: any thread; nothing blocks.
// May outlive the connection and the server; then it does nothing.
class WebSocketPeer {
 public:
  virtual ~WebSocketPeer() = default;
  // Queues one text message (UTF-8). False: it is not queued, because ServerLimits.websocket_queue
  // bytes wait already, or the socket closes; the session counts what it drops.
  virtual bool send(std::string text) = 0;
  // Of messages that were not yet written whole.
  virtual std::size_t queued_bytes() const = 0;
  // Has the session's on_ready() called soon; calls that come before it are one.
  virtual void wake() = 0;
  // Closes after what is queued. `code`: RFC 6455 section 7.4; `reason`: 123 bytes are sent at
  // most.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

// What a handler makes of a WebSocket. Calls come one at a time, on a thread that may block for a
// moment (two serve all sockets); none of them may throw.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  // First call. `peer` may be kept.
  virtual void on_open(std::shared_ptr<WebSocketPeer> peer) = 0;
  // The next message is read when this has returned.
  virtual void on_text(std::string_view text) = 0;
  // After wake(), and when a send() was refused and half of the queue is free again.
  virtual void on_ready() {}
  // Last call; comes exactly once if on_open did, also when the server stops.
  virtual void on_closed() = 0;
};

// Refused, or accepted.
using WebSocketAnswer = std::variant<Response, std::shared_ptr<WebSocketSession>>;

// The server answers an offer of subprotocols with this one, if it is among them. Others are for
// the handler to read: a page cannot set a header, but it can offer `smartroute.token.sra_...`.
constexpr std::string_view kSubprotocol = "smartroute.v1";

// Called on the server's threads for handlers, several at a time; they may block.
struct Handlers {
  // Before any byte of the body is read. An answer ends the request here; the connection then
  // closes if a body was announced.
  std::function<std::optional<Response>(const Head&)> on_head;
  std::function<Response(const Request&)> on_request;
  // Instead of both for a request that offers a WebSocket, after the server has checked that the
  // offer is well-formed and of the same origin. Without it such offers are not looked at.
  std::function<WebSocketAnswer(const Head&)> on_websocket = nullptr;
};

// {"code":..., "message":..., "details":[]}: the error form of this port, also for framing errors.
Response error_response(int status, std::string_view code, std::string_view message);

// Refuses a page of another site: true if `origin` is empty, or is http(s) with exactly the
// authority the request was sent to. Of what came over TLS it must be https; what came without may
// have come through a TLS proxy.
bool same_origin(const Head& head);
// As same_origin, but there must be an origin, and it must be spelt as browsers spell it.
bool exact_origin(const Head& head);
// `host`, with or without port, is neither an address nor this machine by name (localhost).
bool is_public_name(std::string_view host);

}  // namespace smartroute::control::http
