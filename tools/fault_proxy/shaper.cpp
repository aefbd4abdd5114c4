#include "tools/fault_proxy/shaper.hpp"

#include <algorithm>

namespace smartroute::fault_proxy {
namespace {

constexpr std::string_view kBlankLine = "\r\n\r\n";

}  // namespace

void Shaper::begin(Flow flow, std::uint64_t seed) {
  flow_ = std::move(flow);
  dice_ = Dice(seed);
  fed_.erase(0, taken_);
  taken_ = 0;
  looked_ = 0;
  matched_ = 0;
  fed_total_ = 0;
  passed_ = 0;
  body_known_ = flow_.from == Origin::Start;
  body_at_ = 0;
  fault_done_ = flow_.fault == Fault::None;
  delay_done_ = flow_.delay.count() == 0;
  owed_ = {};
  find_body();
}

void Shaper::feed(std::string_view bytes) {
  if (taken_ == fed_.size()) {
    fed_.clear();
    taken_ = 0;
    looked_ = 0;
  }
  fed_.append(bytes);
  find_body();
}

void Shaper::find_body() {
  for (; looked_ < fed_.size() && !body_known_; ++looked_) {
    ++fed_total_;
    const char c = fed_[looked_];
    matched_ = c == kBlankLine[matched_] ? matched_ + 1 : c == '\r' ? 1 : 0;
    if (matched_ < kBlankLine.size()) continue;
    body_known_ = true;
    body_at_ = fed_total_;
  }
}

bool Shaper::fault_due() const noexcept {
  return !fault_done_ && body_known_ && passed_ >= body_at_ + flow_.at;
}

Step Shaper::strike() {
  switch (flow_.fault) {
    case Fault::Cut:
      fault_done_ = true;
      return {Step::Do::Cut, {}, {}};
    case Fault::Reset:
      fault_done_ = true;
      return {Step::Do::Reset, {}, {}};
    case Fault::HalfClose:
      fault_done_ = true;
      return {Step::Do::HalfClose, {}, {}};
    case Fault::Stall:
      fault_done_ = true;
      return {Step::Do::Stall, {}, flow_.stall};
    case Fault::Insert:
      fault_done_ = true;
      scratch_ = flow_.insert;
      return {Step::Do::Write, scratch_, {}};
    case Fault::Flip:
      fault_done_ = true;
      scratch_.assign(1, static_cast<char>(static_cast<std::uint8_t>(fed_[taken_]) ^ flow_.mask));
      ++taken_;
      ++passed_;
      return {Step::Do::Write, scratch_, {}};
    case Fault::Drop: {
      const auto n = std::min<std::uint64_t>(flow_.count, fed_.size() - taken_);
      taken_ += static_cast<std::size_t>(n);
      passed_ += n;
      flow_.count -= n;
      fault_done_ = flow_.count == 0;
      return next();
    }
    case Fault::None:
      break;
  }
  return {};
}

Step Shaper::write_some() {
  auto n = static_cast<std::uint64_t>(fed_.size() - taken_);
  if (!fault_done_ && body_known_) n = std::min(n, body_at_ + flow_.at - passed_);
  // Where the body begins is not known yet, so nothing of what was fed can be behind the fault.
  if (flow_.write_size > 0) {
    const auto limit =
        flow_.sizes == Sizes::Random ? dice_.between(1, flow_.write_size) : flow_.write_size;
    n = std::min(n, limit);
  }
  owed_ = flow_.gap;
  if (flow_.bytes_per_second > 0)
    owed_ += std::chrono::microseconds(n * 1'000'000 / flow_.bytes_per_second);
  const std::string_view out(fed_.data() + taken_, static_cast<std::size_t>(n));
  taken_ += static_cast<std::size_t>(n);
  passed_ += n;
  return {Step::Do::Write, out, {}};
}

Step Shaper::next() {
  if (owed_.count() > 0) return {Step::Do::Pause, {}, std::exchange(owed_, {})};
  const bool any = taken_ < fed_.size();
  const bool eats = flow_.fault == Fault::Flip || flow_.fault == Fault::Drop;
  if (!delay_done_ && any) {
    delay_done_ = true;
    return {Step::Do::Pause, {}, flow_.delay};
  }
  if (fault_due() && (any || !eats)) return strike();
  return any ? write_some() : Step{};
}

}  // namespace smartroute::fault_proxy
