#include "dataplane/net/tls_door.hpp"

#include <algorithm>

#include "dataplane/net/downstream.hpp"
#include "dataplane/net/worker.hpp"
#include "proto/tls/server_certificate.hpp"

namespace smartroute::net {
namespace {

constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-should-retry: false\r\nconnection: close\r\ncontent-length: 133\r\n\r\n"
    "{\"error\":{\"message\":\"this port speaks TLS: call it with https://\",\"type\":\"invalid_request_error\",\"param\":null,"
    "\"code\":\"tls_required\"}}";

// A TLS record of a handshake begins with 22, a request line with a letter.
bool begins_a_request(char first) noexcept { return first >= 'A' && first <= 'Z'; }

}  // namespace

// A place, given back at the end, unless it was taken away. May outlive the door: the frames of a worker's coroutines do.
class TlsDoor::Hold {
 public:
  Hold(TlsDoor& door, Downstream& client) : crowd_(door.crowd_), client_(&client) {
    crowd_->places.push_back(Place{client_, door.worker_.wheel().now()});
  }
  ~Hold() {
    crowd_->places.remove_if([this](const Place& place) { return place.client == client_; });
    if (crowd_->room != nullptr) crowd_->room->set();
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  bool lost() const noexcept {
    const auto& places = crowd_->places;
    return std::none_of(places.begin(), places.end(), [this](const Place& place) { return place.client == client_; });
  }

 private:
  const std::shared_ptr<Crowd> crowd_;
  Downstream* const client_;
};

TlsDoor::TlsDoor(Worker& worker, const tls::ServerCertificate& certificate)
    : worker_(worker), certificate_(certificate), room_(worker.reactor()), crowd_(std::make_shared<Crowd>()) {
  crowd_->room = &room_;
  patience_.bind([](void* event) { static_cast<Event*>(event)->set(); }, &room_);
}

TlsDoor::~TlsDoor() { crowd_->room = nullptr; }

bool TlsDoor::make_room() {
  const Place oldest = crowd_->places.front();
  if (worker_.wheel().now() - oldest.since < kPatience) return false;
  crowd_->places.pop_front();
  oldest.client->interrupt().cut(Cut::Head);
  return true;
}

Awaitable<void> TlsDoor::wait_for_room() {
  room_.clear();
  if (crowd_->places.size() < kPlaces) co_return;
  worker_.wheel().arm(patience_, crowd_->places.front().since + kPatience);
  co_await room_.wait();
  patience_.disarm();
}

Awaitable<Handshake> TlsDoor::shake_hands(Downstream& client) {
  Handshake result = Handshake::Left;
  {
    const Hold hold(*this, client);
    client.interrupt().arm(Cut::Head, kDeadline);
    result = co_await run(client);
    client.interrupt().disarm();
    if (client.interrupt().why() == Cut::Head) result = hold.lost() ? Handshake::CrowdedOut : Handshake::TimedOut;
  }
  if (result != Handshake::PlainHttp) co_return result;
  const iovec told{const_cast<char*>(kPlainHttp.data()), kPlainHttp.size()};
  (void)client.send(&told, 1);
  co_await client.linger();
  co_return result;
}

// Until the first byte is there a connection has no TLS object, which is large.
Awaitable<Handshake> TlsDoor::run(Downstream& client) {
  Stream& stream = client.stream();
  const Interrupt& interrupt = client.interrupt();
  char first = 0;
  for (;;) {
    const IoStatus peeked = stream.peek(first);
    if (peeked == IoStatus::Ok) break;
    if (peeked != IoStatus::WantRead) co_return Handshake::Left;
    stream.readiness().drained();
    co_await stream.readable();
    if (interrupt.why() != Cut::None) co_return Handshake::Left;
  }
  if (begins_a_request(first)) co_return Handshake::PlainHttp;
  if (!stream.accept_tls(certificate_.context().get())) co_return Handshake::Failed;
  for (;;) {
    // A socket that takes bytes wakes at the next turn of the loop: between two turns everybody else is served.
    while (!may_step()) {
      co_await stream.writable();
      if (interrupt.why() != Cut::None) co_return Handshake::Left;
    }
    const IoResult step = stream.handshake();
    if (step.status == IoStatus::Ok) co_return Handshake::Done;
    if (step.status != IoStatus::WantRead && step.status != IoStatus::WantWrite) co_return Handshake::Failed;
    co_await stream.wait(step.status);
    if (interrupt.why() != Cut::None) co_return Handshake::Left;
  }
}

bool TlsDoor::may_step() noexcept {
  if (const std::uint64_t turn = worker_.reactor().turns(); turn != turn_) {
    turn_ = turn;
    steps_ = 0;
  }
  return steps_++ < kStepsATurn;
}

}  // namespace smartroute::net
