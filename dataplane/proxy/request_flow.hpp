// The story of one request, told in the order of ARCHITECTURE.md "One request": each row is one call. Change the table there when you change this.
#pragma once
#include <atomic>
#include <memory>
#include <string_view>

#include "dataplane/net/listener.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// One a worker.
class RequestFlow final : public net::ConnectionHandler {
 public:
  explicit RequestFlow(WorkerContext& context) : w_(context) {}

  // Serves requests of `client` one after another until either side is done.
  net::Awaitable<void> serve(std::shared_ptr<net::Downstream> client) override;
  void on_refused() noexcept override { w_.metrics.connection_rejected(); }
  void on_accept_paused() noexcept override { w_.metrics.accept_paused(); }
  void on_handshake(net::Handshake result) noexcept override;

 private:
  net::Awaitable<void> one_request(Exchange& x);
  net::Awaitable<Result<void>> chat_completion(Exchange& x);

  Result<void> admit(Exchange& x) const;
  Result<void> expect_body(Exchange& x);
  static bool hold_chunked(void* exchange, std::size_t bytes);
  static net::Awaitable<void> swallow_body(Exchange& x);
  Result<void> parse(Exchange& x, std::string_view body);
  void classify(Exchange& x);
  void settle(Exchange& x);
  Result<void> plan(Exchange& x);
  void watch(Exchange& x);
  static void probe_client(Exchange& x);
  Result<void> commit(Exchange& x);
  net::Awaitable<void> answer_models(Exchange& x);
  net::Awaitable<void> answer_error(Exchange& x, Error error);
  void record(Exchange& x);

  void begin(Exchange& x, net::Downstream& client, const http1::RequestHead* head);
  std::unique_ptr<Exchange> take_exchange();
  void give_exchange(std::unique_ptr<Exchange> x);

  WorkerContext& w_;
};

}  // namespace smartroute::proxy
