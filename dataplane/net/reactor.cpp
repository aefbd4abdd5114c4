#include "dataplane/net/reactor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace smartroute::net {

bool Readiness::attach(Reactor& reactor, int fd) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(reactor.epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  fd_ = fd;
  link(reactor);
  return true;
}

void Readiness::attach_virtual(Reactor& reactor) noexcept { link(reactor); }

void Readiness::link(Reactor& reactor) noexcept {
  reactor_ = &reactor;
  next_ = reactor.all_;
  if (next_ != nullptr) next_->previous_ = this;
  reactor.all_ = this;
}

void Readiness::detach() noexcept {
  if (reactor_ == nullptr) return;
  if (fd_ >= 0) {
    epoll_event ignored{};
    ::epoll_ctl(reactor_->epoll_, EPOLL_CTL_DEL, fd_, &ignored);
  }
  // Events of the batch in progress must not find us any more.
  for (int i = 0; i < reactor_->batch_; ++i)
    if (reactor_->events_[static_cast<std::size_t>(i)].data.ptr == this) reactor_->events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
  if (queued_) {
    std::replace(reactor_->queue_.begin(), reactor_->queue_.end(), this, static_cast<Readiness*>(nullptr));
    std::replace(reactor_->running_.begin(), reactor_->running_.end(), this, static_cast<Readiness*>(nullptr));
  }
  if (previous_ != nullptr)
    previous_->next_ = next_;
  else
    reactor_->all_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  reactor_ = nullptr;
  fd_ = -1;
}

void Readiness::wake_soon() noexcept {
  if (queued_ || reactor_ == nullptr) return;
  queued_ = true;
  reactor_->queue_.push_back(this);
}

void Readiness::on_event(std::uint32_t events) noexcept {
  if ((events & EPOLLIN) != 0) may_read_ = true;
  if ((events & EPOLLOUT) != 0) may_write_ = true;
  if ((events & EPOLLRDHUP) != 0) peer_closed_ = true;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) peer_closed_ = broken_ = may_write_ = true;
}

// Each call may destroy this object: nothing may be touched after one without asking the reactor's list, so the flags are read first.
void Readiness::run() {
  const bool all = std::exchange(cancelled_, false);
  const bool read = reader_ && (all || may_read());
  const bool write = writer_ && (all || may_write_);
  const bool observed = !reader_ && observer_ != nullptr && may_read();
  if (read && write) {
    Continuation second = std::move(writer_);
    reader_.call();
    second.call();
    return;
  }
  if (read) return reader_.call();
  if (write) return writer_.call();
  if (observed) observer_(context_);
}

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;      // level-triggered: a wake-up must not be lost
  event.data.ptr = this;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &event);
}

Reactor::~Reactor() {
  abandon_all();
  ::close(wake_fd_);
  ::close(epoll_);
}

void Reactor::wait(std::chrono::milliseconds timeout) {
  const auto longest = queue_.empty() ? std::max<std::int64_t>(0, timeout.count()) : 0;
  int n = ::epoll_wait(epoll_, events_.data(), kBatch, static_cast<int>(longest));
  // A process that was stopped and goes on is told so instead of what has come meanwhile; deadlines must not be judged before that is seen.
  if (n < 0 && errno == EINTR) n = ::epoll_wait(epoll_, events_.data(), kBatch, 0);
  batch_ = std::max(n, 0);
  full_ = batch_ == kBatch;
}

void Reactor::run_ready() {
  // First all news, then the handlers: a handler that looks at another socket sees what is known by now.
  for (int i = 0; i < batch_; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == this) {
      std::uint64_t count;
      (void)!::read(wake_fd_, &count, sizeof count);
    } else {
      static_cast<Readiness*>(event.data.ptr)->on_event(event.events);
    }
  }
  for (int i = 0; i < batch_; ++i) {
    void* const who = events_[static_cast<std::size_t>(i)].data.ptr;
    if (who != nullptr && who != this) static_cast<Readiness*>(who)->run();
  }
  batch_ = 0;
  running_.swap(queue_);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Readiness* const who = running_[i];
    if (who == nullptr) continue;
    who->queued_ = false;
    who->run();
  }
  running_.clear();
}

void Reactor::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

void Reactor::abandon_all() noexcept {
  // A handler's death takes its coroutine and so its sockets with it, which unlink themselves: start over after each.
  for (bool found = true; found;) {
    found = false;
    for (Readiness* one = all_; one != nullptr; one = one->next_) {
      if (!one->reader_ && !one->writer_) continue;
      Continuation reader = std::move(one->reader_);
      Continuation writer = std::move(one->writer_);
      found = true;
      break;
    }
  }
}

}  // namespace smartroute::net
