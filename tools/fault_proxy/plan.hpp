// What a fault proxy does to a connection, as data. A plan comes from JSON with these field names,
// all optional:
//
//   {"accept": "serve", "connect_ms": 0, "seed": 1, "request": FLOW, "response": FLOW}
//
//   accept      serve      connect upstream and pass bytes, shaped by the two flows
//               refuse     accept and reset at once
//               blackhole  accept, read nothing, answer nothing, until the client goes
//   connect_ms  wait before the upstream is connected
//   seed        of random sizes
//
// A FLOW shapes one direction: `request` is client to upstream, `response` upstream to client.
//
//   delay_ms     before its first byte
//   write_size   at most so many bytes a write; 0: as they came
//   sizes        fixed, or random: each write 1 to write_size bytes, drawn from the seed
//   gap_us       pause after each write
//   bytes_per_s  bandwidth; 0: unbounded
//   fault        none, or what happens once exactly `at` bytes have passed:
//                cut         FIN to both sides: an orderly end
//                reset       RST to both sides
//                half_close  FIN in this direction, the other one lives on
//                stall       silence for stall_ms; 0: until the client goes
//                flip        the next byte is xored with `mask`
//                insert      `bytes` come in between (each character of the text is one byte)
//                drop        the next `count` bytes are left out
//   at           bytes of this direction's message
//   from         start, or body: counted from behind the head's blank line
//
// A message is the connection's whole direction; in Scope::Request it is one request, or the
// response to it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::fault_proxy {

enum class Accept : std::uint8_t { Serve, Refuse, Blackhole };
enum class Sizes : std::uint8_t { Fixed, Random };
enum class Origin : std::uint8_t { Start, Body };
enum class Fault : std::uint8_t { None, Cut, Reset, HalfClose, Stall, Flip, Insert, Drop };
std::string_view name_of(Fault fault) noexcept;

struct Flow {
  std::chrono::milliseconds delay{0};
  std::uint64_t write_size = 0;
  Sizes sizes = Sizes::Fixed;
  std::chrono::microseconds gap{0};
  std::uint64_t bytes_per_second = 0;
  Fault fault = Fault::None;
  std::uint64_t at = 0;
  Origin from = Origin::Start;
  std::chrono::milliseconds stall{0};
  std::uint8_t mask = 0x80;
  std::string insert = "\xff";
  std::uint64_t count = 1;
  bool operator==(const Flow&) const = default;
};

struct Plan {
  Accept accept = Accept::Serve;
  std::chrono::milliseconds connect_delay{0};
  std::uint64_t seed = 1;
  Flow request;
  Flow response;
  bool operator==(const Plan&) const = default;
};

// Refuses unknown fields and wrong types, naming the field.
Result<Plan> parse_plan(std::string_view json);
// Only what differs from a plan that does nothing; parse_plan(to_json(p)) == p.
std::string to_json(const Plan& plan);

}  // namespace smartroute::fault_proxy
