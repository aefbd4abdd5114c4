// Distinct types for look-alike strings and numbers: a provider id cannot be passed where a model id is meant.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace smartroute {

template <class Tag>
class StringId {
 public:
  StringId() = default;
  explicit StringId(std::string value) : value_(std::move(value)) {}
  const std::string& str() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  friend auto operator<=>(const StringId&, const StringId&) = default;

 private:
  std::string value_;
};

using ProviderId = StringId<struct ProviderIdTag>;
using ModelId = StringId<struct ModelIdTag>;        // as the config writes it: "provider/model" or "model"
using InstanceId = StringId<struct InstanceIdTag>;

// Number of a configuration revision; 0 means none yet.
struct Revision {
  std::uint64_t number = 0;
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

}  // namespace smartroute

template <class Tag>
struct std::hash<smartroute::StringId<Tag>> {
  std::size_t operator()(const smartroute::StringId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
