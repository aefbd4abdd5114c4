#include "controlplane/outgoing/client.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "controlplane/outgoing/lookup.hpp"
#include "controlplane/outgoing/transfer.hpp"

namespace smartroute::control::outgoing {

std::string_view AnswerHead::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

// Between the thread that reads and the client's own. Locks: `callback`, then `mutex`.
struct Call::Shared final : TransferEvents, std::enable_shared_from_this<Call::Shared> {
  std::mutex callback;                  // held while on_change runs
  std::function<void()> on_change;
  mutable std::mutex mutex;
  std::condition_variable changed;
  Call::State state = Call::State::Waiting;
  AnswerHead head;
  Failure failure;
  Facts facts;
  std::string unread;
  std::uint64_t news = 0;               // grows with every change
  std::uint64_t seen = 0;               // as of the reader's last look
  bool held = false;                    // the connection waits for the reader
  bool abandoned = false;
  std::weak_ptr<Client::Engine> engine;

  void on_head(AnswerHead answer, Facts known) override {
    update([&] {
      head = std::move(answer);
      facts = std::move(known);
      state = Call::State::Answering;
    });
  }
  bool on_body(std::string_view bytes) override {
    bool taken = false;
    update([&] {
      taken = unread.size() < kMaxUnreadBytes;
      if (taken) unread += bytes;
      held = !taken;
    });
    return taken;
  }
  void on_end(std::optional<Failure> why, Facts known) override {
    update([&] {
      facts = std::move(known);
      state = why ? Call::State::Failed : Call::State::Ended;
      if (why) failure = std::move(*why);
    });
  }

 private:
  template <class Change>
  void update(Change change) {
    {
      const std::lock_guard lock(mutex);
      change();
      ++news;
      changed.notify_all();
    }
    const std::lock_guard lock(callback);
    if (on_change) on_change();
  }
};

class Client::Engine : public std::enable_shared_from_this<Client::Engine> {
 public:
  using Shared = std::shared_ptr<Call::Shared>;

  void start(Shared shared, Request request) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_) {
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
        fresh_.push_back({std::move(shared), std::move(request)});
        transfers_.wake();
        return;
      }
    }
    cancel(*shared);
  }

  // The reader has gone, or has taken what held the connection up.
  void look_at(Shared shared) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    poked_.push_back(std::move(shared));
    transfers_.wake();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(stopping_, true)) return;
      transfers_.wake();
    }
    if (thread_.joinable()) thread_.join();
    for (auto& fresh : fresh_) cancel(*fresh.shared);
    fresh_.clear();
    poked_.clear();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Fresh {
    Shared shared;
    Request request;
  };
  // A call whose name is being looked up.
  struct Looking {
    Request request;
    Clock::time_point since;
  };

  static void cancel(Call::Shared& shared) {
    Failure failure;
    failure.fault = Fault::Cancelled;
    failure.detail = "the control plane is stopping";
    shared.on_end(std::move(failure), {});
  }

  void run() {
    for (;;) {
      std::vector<Fresh> fresh;
      std::vector<Shared> poked;
      std::vector<std::pair<std::uint64_t, Found>> found;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) break;
        fresh.swap(fresh_);
        poked.swap(poked_);
        found.swap(found_);
      }
      for (auto& one : fresh) begin(std::move(one));
      for (auto& [id, addresses] : found) go(id, addresses);
      for (const auto& one : poked) serve(*one);
      end_late_lookups();
      for (const std::uint64_t id : transfers_.run()) forget(id);
      transfers_.wait();
    }
    for (const auto& [id, shared] : live_) {
      transfers_.remove(id);
      cancel(*shared);
    }
    live_.clear();
    ids_.clear();
  }

  void begin(Fresh one) {
    const std::uint64_t id = ++last_id_;
    ids_[one.shared.get()] = id;
    live_[id] = one.shared;
    const std::string host = one.request.url.host;
    if (is_address(host)) return transfers_.add(id, std::move(one.request), {}, *one.shared);
    const bool allow_private = one.request.allow_private;
    looking_.emplace(id, Looking{std::move(one.request), Clock::now()});
    look_up(host, allow_private, [engine = weak_from_this(), id](Found found) {
      if (const auto self = engine.lock()) self->was_found(id, std::move(found));
    });
  }

  // On the thread of the lookup.
  void was_found(std::uint64_t id, Found found) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    found_.emplace_back(id, std::move(found));
    transfers_.wake();
  }

  void go(std::uint64_t id, const Found& found) {
    const auto at = looking_.find(id);
    if (at == looking_.end()) return;   // given up
    Looking looking = std::move(at->second);
    looking_.erase(at);
    if (found.addresses.empty()) {
      Failure failure;
      failure.fault = found.verdict == config::AddressVerdict::Allowed ? Fault::Lookup : Fault::Forbidden;
      failure.verdict = found.verdict;
      failure.detail = failure.fault == Fault::Lookup ? found.failure : config::text_of(found.verdict);
      return end(id, std::move(failure));
    }
    // The lookup was part of both times.
    const auto took = std::chrono::duration_cast<Millis>(Clock::now() - looking.since);
    Request& request = looking.request;
    request.connect = std::max(request.connect - took, Millis(1));
    if (request.total > Millis(0)) request.total = std::max(request.total - took, Millis(1));
    transfers_.add(id, std::move(request), found.addresses, *live_.at(id));
  }

  void end_late_lookups() {
    std::vector<std::uint64_t> late;
    for (const auto& [id, looking] : looking_) {
      const Request& request = looking.request;
      const Millis most = request.total > Millis(0) ? std::min(request.connect, request.total) : request.connect;
      if (Clock::now() - looking.since >= most) late.push_back(id);
    }
    for (const std::uint64_t id : late) {
      looking_.erase(id);
      Failure failure;
      failure.fault = Fault::Timeout;
      failure.detail = "the name was not looked up in time";
      end(id, std::move(failure));
    }
  }

  // Of a call that has come to no transfer.
  void end(std::uint64_t id, Failure failure) {
    const Shared shared = live_.at(id);
    forget(id);
    shared->on_end(std::move(failure), {});
  }

  void serve(Call::Shared& shared) {
    const auto found = ids_.find(&shared);
    if (found == ids_.end()) return;
    bool gone = false, go_on = false;
    {
      const std::lock_guard lock(shared.mutex);
      gone = shared.abandoned;
      go_on = std::exchange(shared.held, false);
    }
    const std::uint64_t id = found->second;
    if (gone) {
      looking_.erase(id);
      transfers_.remove(id);
      forget(id);
    } else if (go_on) {
      transfers_.go_on(id);
    }
  }

  void forget(std::uint64_t id) {
    const auto found = live_.find(id);
    if (found == live_.end()) return;
    ids_.erase(found->second.get());
    live_.erase(found);
  }

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<Fresh> fresh_;
  std::vector<Shared> poked_;
  std::vector<std::pair<std::uint64_t, Found>> found_;
  std::thread thread_;                  // made with the first call
  // Of the thread:
  Transfers transfers_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Looking> looking_;
  std::unordered_map<std::uint64_t, Shared> live_;
  std::unordered_map<const Call::Shared*, std::uint64_t> ids_;
};

Call::~Call() {
  {
    const std::lock_guard lock(shared_->callback);
    shared_->on_change = nullptr;
  }
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->abandoned = true;
  }
  if (const auto engine = shared_->engine.lock()) engine->look_at(shared_);
}

Call::State Call::state() const {
  const std::lock_guard lock(shared_->mutex);
  shared_->seen = shared_->news;
  // What was not read yet is still part of the answer.
  if (shared_->state == State::Ended && !shared_->unread.empty()) return State::Answering;
  return shared_->state;
}

Call::Taken Call::take(std::string& out) {
  bool go_on = false;
  Taken taken = Taken::Nothing;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->seen = shared_->news;
    if (!shared_->unread.empty()) taken = Taken::Bytes;
    out += shared_->unread;
    shared_->unread.clear();
    go_on = shared_->held;
    if (shared_->state == State::Ended) taken = Taken::End;
    if (shared_->state == State::Failed && taken == Taken::Nothing) taken = Taken::Failed;
  }
  if (go_on)
    if (const auto engine = shared_->engine.lock()) engine->look_at(shared_);
  return taken;
}

void Call::wait(Millis time) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, time, [&] { return shared_->news != shared_->seen; });
  shared_->seen = shared_->news;
}

AnswerHead Call::head() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->head;
}

Failure Call::failure() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->failure;
}

Facts Call::facts() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->facts;
}

Client::Client() : engine_(std::make_shared<Engine>()) {}
Client::~Client() { shut_down(); }
void Client::shut_down() { engine_->stop(); }

std::unique_ptr<Call> Client::start(Request request, std::function<void()> on_change) {
  auto shared = std::make_shared<Call::Shared>();
  shared->engine = engine_;
  shared->on_change = std::move(on_change);
  std::unique_ptr<Call> call(new Call(shared));
  engine_->start(std::move(shared), std::move(request));
  return call;
}

}  // namespace smartroute::control::outgoing
