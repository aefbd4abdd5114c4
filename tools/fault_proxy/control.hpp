// The control port: a few commands over HTTP/1.1, one request a connection.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

#include "contract/base/result.hpp"
#include "tools/fault_proxy/fault_proxy.hpp"

namespace smartroute::fault_proxy {

struct Commands {
  PlanBook& book;
  std::function<Result<void>(Listening)> set_listening;
  std::function<void()> drop_connections;
};

// Serves one request on the socket. `commands` outlives the io_context's run.
//
//   PUT /plan       a document (plan_book.hpp)    POST /reset   counters and numbering begin again
//   GET /counters   -> JSON                       POST /drop    RST to all open connections
//   PUT /listening  true or false
void serve_control(
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>
        socket,
    const Commands& commands);

}  // namespace smartroute::fault_proxy
