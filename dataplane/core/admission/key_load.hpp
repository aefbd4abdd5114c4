// What one gateway key has in flight right now. One entry a key id, shared by all workers and by every configuration that names the
// key, so that a config change forgets nothing that is still running.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace smartroute::admission {

class LoadGate;

// Any thread. Changed by the LoadGate alone.
class alignas(64) KeyLoad {
 public:
  std::int64_t streams() const noexcept { return streams_.load(std::memory_order_relaxed); }
  std::int64_t body_bytes() const noexcept { return body_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class LoadGate;
  std::atomic<std::int64_t> streams_{0};
  std::atomic<std::int64_t> body_bytes_{0};
};

// Thread rule: one thread at a time, the one that builds configurations; what it hands out is for any.
class KeyLoads {
 public:
  // The entry of a key, made on first use. All callers without a key are the key "".
  std::shared_ptr<KeyLoad> of(std::string_view key_id);

  // Drops the entries that no configuration holds any more. The one that runs must hold its own.
  void forget_unused();

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::map<std::string, std::shared_ptr<KeyLoad>, std::less<>> entries_;
};

}  // namespace smartroute::admission
