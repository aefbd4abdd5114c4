// Why a model request was turned away unread: closed, and the label of smartroute_requests_shed_total.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute::admission {

enum class Refusal : std::uint8_t {
  Streams,       // as many model requests are in flight as the gateway takes
  KeyStreams,    // ... as this key may have
  BodyBytes,     // as many bytes of request bodies are in memory
  KeyBodyBytes,  // ... of this key
  Memory,        // the process is about to run out of memory
  kCount
};

constexpr std::string_view name_of(Refusal why) noexcept {
  switch (why) {
    case Refusal::Streams: return "streams";
    case Refusal::KeyStreams: return "key_streams";
    case Refusal::BodyBytes: return "body_bytes";
    case Refusal::KeyBodyBytes: return "key_body_bytes";
    case Refusal::Memory: return "memory";
    case Refusal::kCount: break;
  }
  return "other";
}

}  // namespace smartroute::admission
