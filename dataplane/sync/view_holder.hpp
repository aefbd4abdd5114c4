// Where the newest View lives. The subscriber publishes; each worker reads through its own Reader, which costs one relaxed-cheap atomic
// load a request and takes the lock only when the generation has moved.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "dataplane/core/routing/view.hpp"

namespace smartroute::sync {

class ViewHolder {
 public:
  // What must be ready before a View is seen (TLS contexts). Set once, before the first publish; runs on the publishing thread.
  void set_prepare(std::function<void(const routing::View&)> prepare) { prepare_ = std::move(prepare); }

  // Any thread. The old View dies with its last request.
  void publish(std::shared_ptr<const routing::View> view) {
    if (prepare_ && view) prepare_(*view);
    {
      const std::lock_guard lock(mutex_);
      view_ = std::move(view);
    }
    generation_.fetch_add(1, std::memory_order_release);
  }
  // Any thread; null until the first publish.
  std::shared_ptr<const routing::View> current() const {
    const std::lock_guard lock(mutex_);
    return view_;
  }
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  // One a worker; used by its thread only.
  class Reader {
   public:
    explicit Reader(const ViewHolder& holder) : holder_(holder) {}
    // The newest View, or null if there was none yet. The reference is good until the next call; a request copies the pointer.
    const std::shared_ptr<const routing::View>& view() {
      const auto generation = holder_.generation();
      if (generation != seen_) {
        cached_ = holder_.current();
        seen_ = generation;
      }
      return cached_;
    }

   private:
    const ViewHolder& holder_;
    std::shared_ptr<const routing::View> cached_;
    std::uint64_t seen_ = 0;
  };

 private:
  std::function<void(const routing::View&)> prepare_;
  mutable std::mutex mutex_;
  std::shared_ptr<const routing::View> view_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace smartroute::sync
