// One accepted connection: reads requests, sends scripted answers, notices when the client goes.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "tools/mock_provider/chat_request.hpp"
#include "tools/mock_provider/state.hpp"

namespace smartroute::mock_provider {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// Whole responses that depend on no more than the key, so that a benchmark's request costs one
// look-up and one write.
class ReadyAnswers {
 public:
  struct Key {
    const Behaviour* behaviour;
    std::string model;
    std::size_t body_bytes;
    bool stream;
    bool include_usage;
    bool operator==(const Key&) const = default;
  };
  using Bytes = std::shared_ptr<const std::string>;
  Bytes find(const Key& key) const;  // null: not there
  Bytes keep(Key key, std::shared_ptr<const Behaviour> behaviour, std::string bytes);

 private:
  static constexpr std::size_t kMaxAnswers = 256;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Kept {
    std::shared_ptr<const Behaviour> behaviour;  // keeps the key's address from being used again
    Bytes bytes;
  };
  std::unordered_map<Key, Kept, Hash> answers_;
};

// What the connections of one thread share.
struct Lane {
  Shared& shared;
  asio::ssl::context* tls;  // null: plain
  ChatParser parser;
  ReadyAnswers ready;
};

// Starts serving the socket; the connection keeps itself alive until it ends.
void serve(Socket socket, Lane& lane);

}  // namespace smartroute::mock_provider
