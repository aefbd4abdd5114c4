// A TCP proxy that does harm on purpose: what stands between a client and its server when a test
// needs the network to fail in one exact way. Runs on a thread of its own; every function may be
// called from any thread, start() and stop() once.
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "tools/fault_proxy/plan_book.hpp"

namespace smartroute::fault_proxy {

enum class Listening : std::uint8_t { Open, Closed };

struct Options {
  std::string listen_host = "127.0.0.1";  // numeric
  std::uint16_t listen_port = 0;
  std::string upstream_host = "127.0.0.1";  // numeric
  std::uint16_t upstream_port = 0;
  bool with_control = false;  // a control port on listen_host
  std::uint16_t control_port = 0;
  std::string name = "fault";  // of directives
  Scope scope = Scope::Connection;
  Listening listening = Listening::Open;
  PlanDocument plan;
  std::FILE* log = nullptr;  // outlives the proxy
};

class FaultProxy {
 public:
  FaultProxy();
  ~FaultProxy();  // stops
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  Result<void> start(Options options);
  void stop();

  std::uint16_t port() const;
  std::uint16_t control_port() const;  // 0: none

  void set_plan(PlanDocument document);
  void reset();
  Counters counters() const;
  // Closed: connecting is refused, as if the server was down; the port stays ours and connections
  // that exist live on. Returns when it is so.
  Result<void> set_listening(Listening listening);
  // RST to everybody at once.
  void drop_connections();

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace smartroute::fault_proxy
