// WebSockets that are open, and what let each in: a socket does not outlive its session.
//
// Thread rule: any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "controlplane/admin/caller.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

// RFC 6455 section 7.4.2: 4000-4999 are for private use.
constexpr std::uint16_t kSessionEnded = 4401;

class OpenSockets {
 public:
  OpenSockets();
  // The same session, remembered while it is open. May outlive this object.
  std::shared_ptr<http::WebSocketSession> watched(std::shared_ptr<http::WebSocketSession> session, Caller caller);
  // Closes, with kSessionEnded, those whose caller does not live any more.
  void close_ended(const std::function<bool(const Caller&)>& lives);
  std::size_t size() const;

 private:
  struct Open {
    std::shared_ptr<http::WebSocketPeer> peer;
    Caller caller;
  };
  struct List {
    std::mutex mutex;
    std::uint64_t next = 0;
    std::map<std::uint64_t, Open> open;  // as many as the server has WebSockets
  };
  class Watched;
  std::shared_ptr<List> list_;
};

}  // namespace smartroute::control::admin
