// What all connections of one provider share: the script, the recorded requests, the counts.
// Thread-safe.
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/mock_provider/chat_request.hpp"
#include "tools/mock_provider/http_request.hpp"
#include "tools/mock_provider/mock_provider.hpp"

namespace smartroute::mock_provider {

// Chooses the behaviour of each request and counts requests for `fail_every` and `fail_ratio`.
class ScriptBook {
 public:
  void set(Script script);
  std::vector<std::string> models() const;

  // By header script, directive, model, fallback, in this order. A script that does not parse is an
  // error.
  Result<std::shared_ptr<const Behaviour>> choose(std::string_view header_script,
                                                  const ChatRequest& request);

 private:
  static constexpr std::size_t kMaxInline =
      256;  // parsed header scripts and directives that are kept

  struct Entry {
    std::shared_ptr<const Behaviour> faulty;
    std::shared_ptr<const Behaviour> healthy;
    std::uint64_t seen = 0;
  };
  static Entry entry_of(Behaviour behaviour);
  static std::shared_ptr<const Behaviour> next(Entry& entry);
  Result<std::shared_ptr<const Behaviour>> choose_inline(std::string_view json,
                                                         const std::string& model);

  mutable std::mutex mutex_;
  Entry fallback_ = entry_of({});
  std::map<std::string, Entry, std::less<>> models_;
  std::map<std::string, Entry, std::less<>> inline_;
};

class RequestLog {
 public:
  void add(const HttpRequest& request);
  void clear();
  std::vector<SeenRequest> all() const;

 private:
  static constexpr std::size_t kMaxRequests = 1000;
  static constexpr std::size_t kMaxBodyBytesKept = 1 << 20;
  static constexpr std::size_t kMaxBytes = 64 << 20;

  mutable std::mutex mutex_;
  std::deque<SeenRequest> requests_;
  std::size_t bytes_ = 0;
};

struct Shared {
  ScriptBook book;
  RequestLog log;
  Recording recording = Recording::On;
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> open_connections{0};
  std::atomic<std::uint64_t> active{0};
  std::atomic<std::uint64_t> aborted{0};

  void count_model(const std::string& model);
  Stats stats() const;

 private:
  static constexpr std::size_t kMaxModels = 1000;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> per_model_;
};

}  // namespace smartroute::mock_provider
