// Requests that offer a WebSocket.
#include <algorithm>
#include <exception>

#include "controlplane/http/connection.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;

WebSocketAnswer call_on_websocket(const Handlers& handlers, const Head& head) {
  WebSocketAnswer answer = error_response(500, "internal", "the request could not be served");
  try {
    auto made = handlers.on_websocket(head);
    const auto* session = std::get_if<std::shared_ptr<WebSocketSession>>(&made);
    if (session == nullptr || *session) answer = std::move(made);
  } catch (const std::exception&) {
    // as it stands
  }
  return answer;
}

// What can be said against the offer before its handler is asked.
std::optional<Response> refuse_offer(const UpgradeOffer& offer, const Head& head) {
  switch (offer.form) {
    case UpgradeOffer::Form::Malformed:
      return error_response(400, "invalid_argument", "this is no sound offer of a WebSocket");
    case UpgradeOffer::Form::OtherVersion: {
      auto response = error_response(426, "unimplemented", "WebSockets of version 13 only");
      response.headers.emplace_back("sec-websocket-version", "13");
      return response;
    }
    case UpgradeOffer::Form::Sound:
      break;
  }
  if (!same_origin(head)) {
    return error_response(403, "permission_denied",
                          "a page of another origin may not open a WebSocket here");
  }
  return std::nullopt;
}

}  // namespace

asio::awaitable<Connection::Next> Connection::serve_websocket(Incoming& in) {
  auto refused = refuse_offer(*in.upgrade, in.request.head);
  // Whoever asks for a WebSocket says nothing until it is there.
  if (!refused && buffer_.size() > 0)
    refused = error_response(400, "invalid_argument", "bytes behind the offer of a WebSocket");
  if (refused) co_return co_await write(std::move(*refused), false, Next::Linger);
  const Place place(context_.websockets, limits_.websockets);
  if (!place) {
    auto full = error_response(503, "resource_exhausted", "too many WebSockets at once");
    full.headers.emplace_back("retry-after", "5");
    co_return co_await write(std::move(full), false, Next::Close);
  }
  co_await asio::post(on(context_.handler_threads()));
  WebSocketAnswer answer = call_on_websocket(context_.handlers, in.request.head);
  co_await asio::post(asio::use_awaitable);
  if (auto* response = std::get_if<Response>(&answer)) {
    if (response->stream) co_return co_await write_stream(std::move(*response), in);
    co_return co_await write(std::move(*response), false, Next::Close);
  }
  WebSocketHandshake handshake;
  handshake.target = std::move(in.target);
  handshake.host = in.request.head.host;
  handshake.key = std::move(in.upgrade->key);
  const auto& offered = in.request.head.subprotocols;
  handshake.subprotocol = std::find(offered.begin(), offered.end(), kSubprotocol) != offered.end();
  websocket_ = make_websocket(std::move(stream_), std::move(handshake),
                              std::move(std::get<1>(answer)), context_);
  co_await websocket_->run();
  websocket_.reset();
  co_return Next::Close;
}

}  // namespace smartroute::control::http
