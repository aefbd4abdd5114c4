#include "controlplane/terminal/session.hpp"

#include <utility>

#include "contract/base/json_quote.hpp"
#include "controlplane/http/query.hpp"

namespace smartroute::control::terminal {
namespace {

constexpr std::uint16_t kGoingAway = 1001, kTryAgainLater = 1013;

std::string to_json(const Batch& batch) {
  std::string json = "{\"lines\":[";
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (i > 0) json += ',';
    append_json(*batch.lines[i], json);
  }
  json += ']';
  if (batch.dropped > 0) json += ",\"dropped\":\"" + std::to_string(batch.dropped) + '"';
  return json + '}';
}

class Session final : public http::WebSocketSession {
 public:
  Session(Hub& hub, std::uint32_t backlog) : hub_(hub), backlog_(backlog) {}

  void on_open(std::shared_ptr<http::WebSocketPeer> peer) override {
    peer_ = std::move(peer);
    auto reader = hub_.open(backlog_, [peer = peer_] { peer->wake(); });
    if (!reader) {
      peer_->send("{\"error\":" + json_quote(reader.error().text()) + '}');
      return peer_->close(kTryAgainLater, reader.error().text());
    }
    reader_ = std::move(*reader);
    pump();
  }
  void on_text(std::string_view) override {}
  void on_ready() override { pump(); }
  void on_closed() override { reader_.reset(); }

 private:
  // One batch at most: the hub says when the next one is due. One that the socket's queue has no
  // room for is kept, and nothing more is taken until it is gone; what the ring loses meanwhile is
  // told with the next.
  void pump() {
    if (!reader_) return;
    if (!unsent_.empty()) {
      if (!peer_->send(unsent_)) return;
      unsent_.clear();
    }
    const auto batch = reader_->next();
    if (!batch) return;
    if (!batch->lines.empty() || batch->dropped > 0) {
      unsent_ = to_json(*batch);
      if (peer_->send(unsent_)) unsent_.clear();
    }
    if (batch->ended) peer_->close(kGoingAway, "the control plane stops");
  }

  Hub& hub_;
  const std::uint32_t backlog_;
  std::shared_ptr<http::WebSocketPeer> peer_;
  std::unique_ptr<Hub::Reader> reader_;
  std::string unsent_;
};

http::Response refuse(std::string_view why) {
  return http::error_response(400, "invalid_argument", why);
}

}  // namespace

http::WebSocketAnswer watch(Hub& hub, const http::Head& head) {
  const auto pairs = http::parse_query(head.query);
  if (!pairs) return refuse(pairs.error().text());
  std::uint32_t backlog = kDefaultBacklog;
  for (const auto& [name, value] : *pairs) {
    if (name != "backlog") return refuse("there is no parameter '" + name + "' here");
    if (!http::read_number(value, backlog) || backlog > Hub::kMaxLines)
      return refuse("backlog must be a number, " + std::to_string(Hub::kMaxLines) + " at most");
  }
  return std::make_shared<Session>(hub, backlog);
}

}  // namespace smartroute::control::terminal
