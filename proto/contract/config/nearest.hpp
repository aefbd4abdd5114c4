// Which known name an author probably meant.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::config {

// Names longer than this are never compared.
constexpr std::size_t kMaxComparedBytes = 128;

// Optimal string alignment distance of the bytes without regard to ASCII case: insert, delete,
// replace, swap two neighbours. Anything above `limit` comes back as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// nearest_name() with a purse: each comparison costs the product of the lengths and each look one,
// and once `cells` is spent the answer is always empty. It keeps ten thousand wrong names among ten
// thousand right ones from becoming work.
class NearestNames {
 public:
  explicit NearestNames(std::size_t cells) : cells_(cells) {}
  // Empty if none is within max(2, a third of the length), or nothing but the length is shared.
  std::string find(std::string_view name, const std::vector<std::string>& candidates);
  std::string find(std::string_view name, const std::vector<std::string>& candidates,
                   std::size_t limit);

 private:
  std::size_t cells_;
};

}  // namespace smartroute::config
