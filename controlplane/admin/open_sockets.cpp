#include "controlplane/admin/open_sockets.hpp"

#include <vector>

namespace smartroute::control::admin {

class OpenSockets::Watched final : public http::WebSocketSession {
 public:
  Watched(std::shared_ptr<List> list, std::shared_ptr<http::WebSocketSession> inner, Caller caller)
      : list_(std::move(list)), inner_(std::move(inner)), caller_(std::move(caller)) {}

  void on_open(std::shared_ptr<http::WebSocketPeer> peer) override {
    {
      const std::lock_guard lock(list_->mutex);
      number_ = list_->next++;
      list_->open[number_] = {peer, caller_};
    }
    inner_->on_open(std::move(peer));
  }
  void on_text(std::string_view text) override { inner_->on_text(text); }
  void on_ready() override { inner_->on_ready(); }
  void on_closed() override {
    {
      const std::lock_guard lock(list_->mutex);
      list_->open.erase(number_);
    }
    inner_->on_closed();
  }

 private:
  const std::shared_ptr<List> list_;
  const std::shared_ptr<http::WebSocketSession> inner_;
  const Caller caller_;
  std::uint64_t number_ = 0;
};

OpenSockets::OpenSockets() : list_(std::make_shared<List>()) {}

std::shared_ptr<http::WebSocketSession> OpenSockets::watched(std::shared_ptr<http::WebSocketSession> session,
                                                             Caller caller) {
  return std::make_shared<Watched>(list_, std::move(session), std::move(caller));
}

void OpenSockets::close_ended(const std::function<bool(const Caller&)>& lives) {
  std::vector<Open> all;
  {
    const std::lock_guard lock(list_->mutex);
    for (const auto& [number, open] : list_->open) all.push_back(open);
  }
  for (const Open& open : all) {
    if (!lives(open.caller)) open.peer->close(kSessionEnded, "the session has ended: sign in again");
  }
}

std::size_t OpenSockets::size() const {
  const std::lock_guard lock(list_->mutex);
  return list_->open.size();
}

}  // namespace smartroute::control::admin
