// The way out to a client: the head of an answer, and gather writes in the client's framing.
#pragma once
#include <cstdint>
#include <string_view>

#include "dataplane/proxy/exchange.hpp"

namespace smartroute::net {
class Worker;
}

namespace smartroute::proxy {

enum class ClientFraming : std::uint8_t { Length, Chunked, UntilClose };

// Of an answer whose length is not known.
inline ClientFraming open_framing(const Exchange& x) { return x.head->minor == 0 ? ClientFraming::UntilClose : ClientFraming::Chunked; }

// Fills x.client_head: who served it and why, then framing and connection. `length` counts for Length; `extra`: whole header lines. Sets
// x.close_after when the connection cannot stay.
void compose_head(Exchange& x, int status, std::string_view content_type, ClientFraming framing, std::uint64_t length, std::string_view extra);

// Notes in the record when the first byte goes out, and what of the time until then was the gateway's own.
void stamp_overhead(Exchange& x, const net::Worker& worker);

// Collects what is to be written and writes it at once. One at a time for an Exchange; what it is given must live until flush_now().
class ClientWriter {
 public:
  ClientWriter(Exchange& x, ClientFraming framing) : x_(x), framing_(framing) { x_.pieces.clear(); }
  void head() { put(x_.client_head); }
  // Around what belongs to one chunk of `bytes` bytes; nothing where there are no chunks, or no bytes.
  void begin_chunk(std::size_t bytes);
  void bytes(std::string_view payload) { put(payload); }
  void end_chunk(std::size_t bytes);
  void last_chunk();
  // Writes what the socket takes and keeps the rest, see Downstream::send(). False: the client is gone.
  bool flush_now();

 private:
  void put(std::string_view bytes) {
    if (!bytes.empty()) x_.pieces.push_back({const_cast<char*>(bytes.data()), bytes.size()});
  }

  Exchange& x_;
  ClientFraming framing_;
};

}  // namespace smartroute::proxy
