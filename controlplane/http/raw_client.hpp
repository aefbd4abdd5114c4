// Speaks raw bytes to a server; for the tests of this folder and of handlers.
#pragma once
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "controlplane/http/server.hpp"

namespace smartroute::control::http {

class Client {
 public:
  // `receive_buffer` bytes of the socket; 0: what the system gives.
  explicit Client(const Server& server, int receive_buffer = 0) : socket_(io_) {
    namespace asio = boost::asio;
    const asio::ip::tcp::endpoint to(asio::ip::make_address(server.address().host),
                                     server.address().port);
    socket_.open(to.protocol());
    if (receive_buffer > 0)
      socket_.set_option(asio::socket_base::receive_buffer_size(receive_buffer));
    socket_.connect(to);
  }
  void send(const std::string& bytes) {
    boost::system::error_code
        ignored;  // the server may have closed already; what it said is what counts
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }
  // Everything until the server closes.
  std::string rest() {
    boost::system::error_code ec;
    return rest(ec);
  }
  // `how`: eof for an orderly end.
  std::string rest(boost::system::error_code& how) {
    std::string bytes = std::exchange(buffer_, {});
    boost::asio::read(socket_, boost::asio::dynamic_buffer(bytes), how);
    return bytes;
  }
  // One answer with content-length.
  std::string answer() {
    std::string head = until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    return head + take(length);
  }
  std::string until(const std::string& mark) {
    while (buffer_.find(mark) == std::string::npos) fill();
    return take(buffer_.find(mark) + mark.size());
  }
  std::string take(std::size_t size) {
    while (buffer_.size() < size) fill();
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }
  void close() { socket_.close(); }

 private:
  void fill() {
    char bytes[4096];
    const auto n = socket_.read_some(boost::asio::buffer(bytes));
    buffer_.append(bytes, n);
  }
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

}  // namespace smartroute::control::http
