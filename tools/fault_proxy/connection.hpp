// One client connection and its upstream connection, with the plan between them.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "tools/fault_proxy/plan_book.hpp"

namespace smartroute::fault_proxy {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class Connection;

// What all connections of one proxy share. Thread rule: the io_context's thread, but for `book`.
struct Switchboard {
  PlanBook& book;
  Scope scope = Scope::Connection;
  asio::ip::tcp::endpoint upstream;
  std::FILE* log = nullptr;  // one JSON line for each plan that was drawn; null: none
  std::set<Connection*> open;
};

// Starts serving the socket; the connection keeps itself alive until it ends.
void serve(Socket client, Switchboard& board);
// RST to every client and upstream at once, as of a process that was killed.
void reset_all(Switchboard& board);

}  // namespace smartroute::fault_proxy
