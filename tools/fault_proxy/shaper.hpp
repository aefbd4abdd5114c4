// One direction's bytes under its flow, as a sequence of steps for whoever owns the sockets. Pure:
// no clock, no sockets; the same bytes and flow give the same bytes out, however they were fed.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/fault_proxy/mix.hpp"
#include "tools/fault_proxy/plan.hpp"

namespace smartroute::fault_proxy {

struct Step {
  enum class Do : std::uint8_t { NeedMore, Write, Pause, Cut, Reset, HalfClose, Stall };
  Do what = Do::NeedMore;
  std::string_view bytes;              // Write; valid until the next call of the shaper
  std::chrono::microseconds pause{0};  // Pause, Stall; a Stall of 0 ends with the client
};

class Shaper {
 public:
  // The next message begins: counts start at 0, the flow's fault is armed again. Bytes that were
  // fed and not taken are kept, and belong to the new message.
  void begin(Flow flow, std::uint64_t seed);
  void feed(std::string_view bytes);
  // Everything fed is taken once it says NeedMore. After Cut, Reset and HalfClose there is nothing
  // more to ask.
  Step next();
  std::uint64_t passed() const noexcept { return passed_; }  // of this message
  bool faulted() const noexcept { return fault_done_; }

 private:
  bool fault_due() const noexcept;
  Step strike();
  Step write_some();
  void find_body();

  Flow flow_;
  Dice dice_{1};
  std::string fed_;
  std::size_t taken_ = 0;  // of fed_
  std::string scratch_;    // a changed byte, inserted bytes
  std::uint64_t passed_ = 0;
  std::uint64_t matched_ = 0;    // bytes of the head's blank line seen so far
  std::size_t looked_ = 0;       // of fed_, for the blank line
  std::uint64_t fed_total_ = 0;  // of this message, up to looked_
  std::uint64_t body_at_ = 0;
  bool body_known_ = false;
  bool fault_done_ = false;
  bool delay_done_ = false;
  std::chrono::microseconds owed_{0};  // pause for the write before
};

}  // namespace smartroute::fault_proxy
