// The part of the client that knows libcurl. Private to this folder.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controlplane/outgoing/client.hpp"

namespace smartroute::control::outgoing {

// Who hears of a transfer; on the thread that calls run(), go_on() or add().
class TransferEvents {
 public:
  virtual ~TransferEvents() = default;
  virtual void on_head(AnswerHead head, Facts facts) = 0;
  // False: there is no room; the same bytes come again after go_on().
  virtual bool on_body(std::string_view bytes) = 0;
  // Last call. `why`: nullopt when the answer is whole.
  virtual void on_end(std::optional<Failure> why, Facts facts) = 0;
};

// Transfers that run at once. Thread rule: one thread, but for wake().
class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // `events` must live until on_end or remove(); a transfer that cannot begin ends with the next run(). `addresses`: of the URL's name, as
  // look_up() found them; empty where the URL has an address.
  void add(std::uint64_t id, Request request, const std::vector<std::string>& addresses, TransferEvents& events);
  void go_on(std::uint64_t id);
  // Ends it without on_end.
  void remove(std::uint64_t id);
  // Reads and writes what is possible now. The ids of those that have ended.
  std::vector<std::uint64_t> run();
  // Until something is to be done, a second at most, or wake().
  void wait();
  void wake();

 private:
  struct One;
  void* const multi_;
  std::unordered_map<std::uint64_t, std::unique_ptr<One>> live_;
};

}  // namespace smartroute::control::outgoing
