// The fields of a serialised message, one after the other, without parsing it: a tenth of the time where few of them matter. Pure; any bytes.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute::control {

struct WireField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;    // of a varint
  std::string_view bytes;     // of a string, bytes or message
  std::string_view raw;       // the whole field, tag included
};

class WireFields {
 public:
  explicit WireFields(std::string_view message) noexcept : at_(message.data()), end_(at_ + message.size()) {}

  // False at the end, or where the bytes are no message.
  bool next(WireField& field) noexcept {
    const char* const begin = at_;
    std::uint64_t tag = 0;
    if (at_ == end_ || !varint(tag) || tag >> 3 == 0 || tag > 0xffff'ffff) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.value = 0;
    field.bytes = {};
    if (!content(static_cast<unsigned>(tag & 7), field)) return false;
    field.raw = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    return true;
  }
  // Once next() said false: whether that was the end.
  bool whole() const noexcept { return !broken_ && at_ == end_; }

 private:
  bool content(unsigned type, WireField& field) noexcept {
    constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;
    if (type == kVarint) return varint(field.value);
    std::uint64_t length = type == kFixed64 ? 8 : 4;
    if (type == kBytes) {
      if (!varint(length)) return false;
    } else if (type != kFixed64 && type != kFixed32) {
      return broken();
    }
    if (length > static_cast<std::uint64_t>(end_ - at_)) return broken();
    field.bytes = std::string_view(at_, static_cast<std::size_t>(length));
    at_ += length;
    return true;
  }
  bool varint(std::uint64_t& value) noexcept {
    value = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return broken();
  }
  bool broken() noexcept {
    broken_ = true;
    return false;
  }

  const char* at_;
  const char* end_;
  bool broken_ = false;
};

}  // namespace smartroute::control
