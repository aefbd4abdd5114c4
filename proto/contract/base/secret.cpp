#include "contract/base/secret.hpp"

#include <cstddef>

namespace smartroute {

std::string Secret::hint() const {
  constexpr std::size_t kShortest = 12;
  constexpr std::size_t kShown = 4;
  if (value_.empty()) return {};
  if (value_.size() < kShortest) return "…";
  return "…" + value_.substr(value_.size() - kShown);
}

bool operator==(const Secret& a, const Secret& b) noexcept {
  if (a.value_.size() != b.value_.size()) return false;
  volatile unsigned char differs = 0;
  for (std::size_t i = 0; i < a.value_.size(); ++i)
    differs = static_cast<unsigned char>(differs | (a.value_[i] ^ b.value_[i]));
  return differs == 0;
}

void Secret::wipe() noexcept {
  volatile char* p = value_.data();
  for (std::size_t i = 0; i < value_.size(); ++i) p[i] = 0;
}

}  // namespace smartroute
